package inception

import (
	"context"
	"io"

	"github.com/amgen/amgen/eval/internal/pretrained"
	"github.com/amgen/amgen/internal/fetch"
	"github.com/amgen/amgen/weights"
)

const (
	fidFile    = "pt_inception-2015-12-05-6726825d.pth"
	fidAddress = "https://github.com/mseitzer/pytorch-fid/releases/download/fid_weights/" + fidFile
	fidSHA256  = "6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2"
	fidClasses = 1008
)

// fidVariant is TensorFlow's network of 2015-12-05 as pytorch-fid ported it.
func fidVariant() variant {
	head := []dense{{fcPath, Dim, fidClasses}}
	return variant{
		name: FID, lastMax: true, unbiased: true, head: head,
		source: pretrained.Source{
			Tensors: expected(head),
			Files: &fetch.Set{
				Owner: "inception", Kind: "weights", Name: FID, Folder: "weights/" + FID,
				Files:   []fetch.File{{Name: fidFile, Size: 95628359, SHA256: fidSHA256}},
				Sources: []fetch.Source{fidHTTPS(fidAddress)},
				ByHand:  "take " + fidAddress + " (sha256 " + fidSHA256 + ")",
			},
			Convert: func(read func(string) ([]byte, error)) ([]weights.Tensor, error) {
				data, err := read(fidFile)
				if err != nil {
					return nil, err
				}
				list, err := weights.ParsePyTorch(data)
				if err != nil {
					return nil, err
				}
				return fromPyTorch(list)
			},
		},
	}
}

func fidHTTPS(addresses ...string) fetch.Source {
	return fetch.Source{Name: "https", Fetch: func(ctx context.Context, j *fetch.Job) error {
		return fetch.EachMirror(ctx, j, addresses, func(ctx context.Context, address string) error {
			return j.PutEach(func(string) (io.ReadCloser, error) { return fetch.Get(ctx, address) })
		})
	}}
}
