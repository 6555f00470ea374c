package edit

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/amgen/amgen/internal/npy"
	"github.com/amgen/amgen/internal/replace"
	"github.com/amgen/amgen/run"
)

// Arrays in a file of codes.
const (
	arrayCode    = "code"    // [n, height, width, channels]
	arrayDecoded = "decoded" // the same
	arrayGiven   = "given"   // the same in 8 bits
)

// codeComment begins the comment of a file of codes; the hash of the weights follows.
const codeComment = "amgen code by weights "

// Codes are what a file of codes holds.
type Codes struct {
	X       []float32 // [n, height, width, channels]
	Weights string    // hash of the weights that made them; "" where the file doesn't say
}

// WriteCodes writes codes of a run, what they are decoded to and the images that they are of, each n after another,
// into a .npz.
func WriteCodes(path string, r *run.Run, codes, decoded []float32, given []uint8) error {
	shape := append([]int{len(codes) / r.Source.Size()}, r.Source.Dims...)
	return replace.Output(path, func(w io.Writer) error {
		return npy.WriteCommented(w, codeComment+r.Hash, npy.Array{Name: arrayCode, Shape: shape, Values: codes},
			npy.Array{Name: arrayDecoded, Shape: shape, Values: decoded},
			npy.Array{Name: arrayGiven, Shape: shape, Values: given})
	})
}

// mostCodeBytes bounds a file of codes.
const mostCodeBytes = 1 << 30

// ReadCodes reads the codes of images of the given dimensions from the array code of a .npz. Codes of another shape,
// and numbers that aren't finite, are errors.
func ReadCodes(path string, dims []int) (Codes, error) {
	data, err := replace.ReadRegular(path, mostCodeBytes)
	if err != nil {
		return Codes{}, fmt.Errorf("codes: %w", err)
	}
	archive, err := npy.OpenArchive(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return Codes{}, fmt.Errorf("codes in %s: %w; give a .npz", path, err)
	}
	if !archive.Has(arrayCode) {
		return Codes{}, fmt.Errorf("codes in %s: no array %q, only %s; give a .npz with one", path, arrayCode, archive)
	}
	shape, x, err := npy.Named[float32](archive, arrayCode)
	if err != nil {
		return Codes{}, fmt.Errorf("codes in %s: %w", path, err)
	}
	if len(shape) != 1+len(dims) || shape[0] < 1 || !slices.Equal(shape[1:], dims) {
		return Codes{}, fmt.Errorf("codes in %s: array %q of shape %v, and the run's images have %v; give codes of "+
			"the same run", path, arrayCode, shape, dims)
	}
	for _, v := range x {
		if v != v || v-v != 0 {
			return Codes{}, fmt.Errorf("codes in %s: a number that isn't finite; encode the image again", path)
		}
	}
	weights, _ := strings.CutPrefix(archive.Comment(), codeComment)
	if weights == archive.Comment() {
		weights = ""
	}
	return Codes{X: x, Weights: weights}, nil
}
