package arrayfile

import (
	"fmt"
	"math"
	"slices"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/internal/npy"
	"github.com/amgen/amgen/internal/weighting"
)

// sampleWeights are what the samples of a file count, one number each.
type sampleWeights struct {
	name   string // of the array
	values []float64
}

// readWeights reads the weights that an archive has, nil where it has none.
func readWeights(archive *npy.Archive) (*sampleWeights, error) {
	name, hasLog := "", false
	for _, array := range archive.Names() {
		logs, ok := weighting.Name(array)
		switch {
		case ok && name != "" && name != array:
			return nil, fmt.Errorf("arrays %q and %q; keep one of them", name, array)
		case ok:
			name, hasLog = array, logs
		}
	}
	if name == "" {
		return nil, nil
	}
	shape, values, err := npy.Named[float64](archive, name)
	if err != nil {
		return nil, err
	}
	if len(shape) != 1 && !(len(shape) == 2 && shape[1] == 1) {
		return nil, fmt.Errorf("array %q of shape %v; give a weight for each sample, or another name if it isn't that",
			name,
			shape)
	}
	for i, v := range values {
		if v != v || math.IsInf(v, 1) || !hasLog && (v < 0 || math.IsInf(v, 0)) {
			return nil, fmt.Errorf("array %q with %g at %d; give weights that are finite and not negative", name, v, i)
		}
	}
	if hasLog {
		if values = eval.RelativeWeights(values); slices.ContainsFunc(values, math.IsNaN) { // all are −∞
			return nil, fmt.Errorf("array %q of weights that are all 0; give some sample a mass", name)
		}
	}
	return &sampleWeights{name, values}, nil
}

// weigh gives a set the weights of the n samples that its file has. Equal ones are none.
func (a arrayFile) weigh(s *eval.Set, n int) error {
	if err := a.checkBeside(s, n); err != nil {
		return err
	}
	if a.weights == nil {
		return nil
	}
	w := a.weights.values
	if len(w) != n {
		return fmt.Errorf("%s has %d samples and an array %q of %d; give one for each", a.path, n, a.weights.name,
			len(w))
	}
	if slices.Max(w) == slices.Min(w) && w[0] > 0 {
		return nil
	}
	if s.Points == nil && s.Count < n { // those of the images that were taken, see [eval.ImageArray.Spread]
		w = eval.Cloud{Dim: 1, X: w}.Spread(s.Count).X
	}
	if slices.Max(w) == 0 {
		return fmt.Errorf("%s has an array %q of weights that are all 0; give some sample a mass", a.path,
			a.weights.name)
	}
	s.Weights, s.WeightedBy, s.Hash = w, a.weights.name, a.hash
	return nil
}
