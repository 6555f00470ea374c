package inception

import (
	"github.com/amgen/amgen/eval/internal/pretrained"
	"github.com/amgen/amgen/weights"
)

// owner begins the errors of this package.
const owner = "inception"

// fcPath is the scope of the FID network's last layer.
const fcPath = "/fc"

// fromPyTorch brings the state dictionary of the FID network to this package's form: kernels [out, in, height, width]
// to [height, width, in, out], each with its batch normalisation folded in, the last layer [out, in] to [in, out].
func fromPyTorch(list []weights.Tensor) ([]weights.Tensor, error) {
	have := pretrained.ByName(owner, list)
	var out []weights.Tensor
	for _, l := range layers() {
		folded, err := have.FromPyTorch(l.name+".conv", l.name+".bn", l.path(), l.shape())
		if err != nil {
			return nil, err
		}
		out = append(out, folded...)
	}
	last, err := have.LinearFromPyTorch("fc", fcPath, Dim, fidClasses)
	return append(out, last...), err
}
