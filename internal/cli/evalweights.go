package cli

import (
	"fmt"
	"math"
	"slices"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/internal/npy"
)

// sampleWeights are what the samples of a file count, one number each.
type sampleWeights struct {
	name   string // of the array
	values []float64
}

// Arrays of weights in a .npz: log_weights as `amgen sample` writes them, or the weights themselves.
const (
	logWeightsArray = "log_weights"
	weightsArray    = "weights"
)

// readWeights reads the weights that an archive has, nil where it has none.
func readWeights(archive *npy.Archive) (*sampleWeights, error) {
	hasLog, has := archive.Has(logWeightsArray), archive.Has(weightsArray)
	name := weightsArray
	switch {
	case hasLog && has:
		return nil, fmt.Errorf("arrays %q and %q; keep one of them", logWeightsArray, weightsArray)
	case hasLog:
		name = logWeightsArray
	case !has:
		return nil, nil
	}
	shape, values, err := npy.Named[float64](archive, name)
	if err != nil {
		return nil, err
	}
	if len(shape) != 1 && !(len(shape) == 2 && shape[1] == 1) {
		return nil, fmt.Errorf("array %q of shape %v; give a weight for each sample, or another name if it isn't that", name, shape)
	}
	for i, v := range values {
		if v != v || math.IsInf(v, 1) || !hasLog && (v < 0 || math.IsInf(v, 0)) {
			return nil, fmt.Errorf("array %q with %g at %d; give weights that are finite and not negative", name, v, i)
		}
	}
	if hasLog {
		if values = relativeWeights(values); slices.ContainsFunc(values, math.IsNaN) { // all are −∞
			return nil, fmt.Errorf("array %q of weights that are all 0; give some sample a mass", name)
		}
	}
	return &sampleWeights{name, values}, nil
}

// weigh gives a side the weights of the n samples that its file has. Equal ones are none.
func (a arrayFile) weigh(s *side, n int) error {
	if a.weights == nil {
		return nil
	}
	w := a.weights.values
	if len(w) != n {
		return fmt.Errorf("%s has %d samples and an array %q of %d; give one for each", a.path, n, a.weights.name, len(w))
	}
	if slices.Max(w) == slices.Min(w) && w[0] > 0 {
		return nil
	}
	if s.points == nil && s.count < n { // those of the images that were taken, see imaging.Dataset.Spread
		w = eval.Cloud{Dim: 1, X: w}.Spread(s.count).X
	}
	if slices.Max(w) == 0 {
		return fmt.Errorf("%s has an array %q of weights that are all 0; give some sample a mass", a.path, a.weights.name)
	}
	s.weights, s.weightedBy, s.hash = w, a.weights.name, a.hash
	return nil
}

// checkWeights refuses weighted samples where a metric takes all for equal.
func (m metric) checkWeights(s *side, o metricOptions) error {
	if s.weights == nil || m.weighs && !o.Extrapolate {
		return nil
	}
	what := m.name
	if o.Extrapolate {
		what += " --extrapolate"
	}
	return usagef("%s takes all samples for equal, and %s has %s; use one of %s, or draw samples by their weights and save these", what, s.name, s.weightedBy,
		weighing())
}

// weighing names the metrics of weighted samples.
func weighing() string {
	text := ""
	for _, m := range metrics {
		if m.weighs {
			text += ", " + m.name
		}
	}
	return text[2:]
}
