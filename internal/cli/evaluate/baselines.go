package evaluate

import (
	"fmt"
	"math"
	"strings"

	"github.com/gomlx/gomlx/pkg/core/tensors"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/science"
)

// Baselines are distances of models that need no learning from a snapshot.
type Baselines struct {
	// Halves are between two random halves of the snapshot: what chance gives half as many cells.
	Halves *Distances `json:"halves,omitempty"`
	// RandomPairs and OptimalPairs interpolate between cells of the snapshots before and after one that was left out:
	// in pairs at random, and in those of exact optimal transport.
	RandomPairs  *Distances `json:"random_pairs,omitempty"`
	OptimalPairs *Distances `json:"optimal_pairs,omitempty"`
}

// MassReport compares the mass of a run with growth with that of a snapshot, both relative to the first.
type MassReport struct {
	Mass  float64 `json:"mass"`
	Truth float64 `json:"truth"`
	// Off is Mass/Truth − 1.
	Off float64 `json:"off"`
	// Effective is the part of the samples that their effective size is.
	Effective float64 `json:"effective"`
}

// neighbours are the snapshots beside one, after nil of the last.
type neighbours struct{ before, after *science.Marginal }

// beside are the neighbours of marginal i of those after the first, nil where the marginals aren't snapshots.
func beside(problem *science.Problem, i int) *neighbours {
	if problem.Snapshots == nil {
		return nil
	}
	n := &neighbours{before: &problem.Marginals[i]}
	if i+2 < len(problem.Marginals) {
		n.after = &problem.Marginals[i+2]
	}
	return n
}

// cells are as many of a snapshot as there are samples, evenly from all, since distances depend on the number.
func (o *pointsOptions) cells(m science.Marginal) (eval.Cloud, error) {
	x, err := m.Points(o.seed, o.n)
	if err != nil {
		return eval.Cloud{}, err
	}
	defer x.MustFinalizeAll()
	all, err := eval.CloudOf(x)
	if err != nil {
		return eval.Cloud{}, err
	}
	some := eval.Cloud{Dim: all.Dim}
	count := min(o.n, all.Len())
	for i := range count {
		k := i * all.Len() / count
		some.X = append(some.X, all.X[k*all.Dim:(k+1)*all.Dim]...)
	}
	return some, nil
}

// baselines fills in what a snapshot is compared with besides the run: from the cache, or computed and kept there.
func (o *pointsOptions) baselines(r *MarginalReport, kernels eval.MMD, m science.Marginal, near neighbours,
	truth eval.Cloud) error {
	before, err := o.cells(*near.before)
	if err != nil {
		return err
	}
	in := baselineInput{truth: truth, before: before, bandwidths: kernels.Bandwidths, n: o.n, seed: o.seed}
	if m.LeftOut && near.after != nil {
		after, err := o.cells(*near.after)
		if err != nil {
			return err
		}
		in.after, in.part = &after, (m.Time-near.before.Time)/(near.after.Time-near.before.Time)
	}
	key := in.key()
	kept, ok := findBaselines(key)
	if !ok {
		kept = keptBaselines{Key: key}
		if kept.Unchanged, kept.Baselines, err = in.compute(); err != nil {
			return err
		}
		keepBaselines(kept)
	}
	r.Unchanged, r.Baselines = &kept.Unchanged, &kept.Baselines
	return nil
}

// compute takes the distances of the snapshot before, of halves of the truth and, where there is a snapshot after, of
// pairs interpolated.
func (b baselineInput) compute() (unchanged Distances, all Baselines, err error) {
	kernels := eval.MMD{Bandwidths: b.bandwidths}
	if unchanged, err = distances(kernels, b.before, b.truth); err != nil {
		return unchanged, all, err
	}
	if some := b.truth.Spread(max(2, b.n)); some.Len() > 1 {
		one, other := eval.Halves(some, b.seed)
		halves, err := distances(kernels, one, other)
		if err != nil {
			return unchanged, all, err
		}
		all.Halves = &halves
	}
	if b.after == nil {
		return unchanged, all, nil
	}
	for by, to := range map[eval.Pairing]**Distances{
		eval.RandomPairs: &all.RandomPairs, eval.OptimalPairs: &all.OptimalPairs,
	} {
		between, err := eval.Interpolate(b.before, *b.after, b.part, by, b.seed)
		if err != nil {
			return unchanged, all, err
		}
		d, err := distances(kernels, between.Spread(eval.MostExact), b.truth)
		if err != nil {
			return unchanged, all, err
		}
		*to = &d
	}
	return unchanged, all, nil
}

// massOf compares the mass of samples from t = 0 with that of snapshot k; nil where the run didn't learn masses.
func massOf(problem *science.Problem, k int, logWeights []float64) (*MassReport, error) {
	s := problem.Snapshots
	if s == nil || logWeights == nil {
		return nil, nil
	}
	massive, ok := problem.Path.(flows.Massive)
	if !ok || !massive.CarriesMass() {
		return nil, nil
	}
	mean, err := flows.LogMeanWeight(logWeights)
	if err != nil {
		return nil, err
	}
	size, err := flows.EffectiveSize(logWeights)
	r := &MassReport{Mass: min(math.Exp(mean), math.MaxFloat64), Truth: s.Masses[k], // JSON has no infinity
		Effective: size / float64(len(logWeights))}
	r.Off = min(r.Mass/r.Truth-1, math.MaxFloat64)
	return r, err
}

// String has the masses, and by how much they differ.
func (m MassReport) String() string {
	off := fmt.Sprintf("%+.2g", 100*m.Off)
	if math.Abs(m.Off) > 0.99 { // -99.9 and +150, not -1e+02
		off = fmt.Sprintf("%+.4g", 100*m.Off)
	}
	return fmt.Sprintf("mass %.4g of the first, truth %.4g (%s %%), effective samples %.0f %%", m.Mass, m.Truth, off,
		100*m.Effective)
}

// String is a line for each baseline that there is, indented.
func (b Baselines) String() string {
	var text strings.Builder
	for _, line := range []struct {
		name string
		of   *Distances
	}{
		{"half of the truth against the other half", b.Halves},
		{"random pairs of both neighbours, interpolated", b.RandomPairs},
		{"optimal pairs of both neighbours, interpolated", b.OptimalPairs},
	} {
		if line.of != nil {
			fmt.Fprintf(&text, "\n  %s: %s", line.name, line.of)
		}
	}
	return text.String()
}

// weighted are the points of a tensor with log-weights or nil.
func weighted(x *tensors.Tensor, logWeights []float64) (eval.Cloud, error) {
	points, err := eval.CloudOf(x)
	points.Weights = eval.RelativeWeights(logWeights)
	return points, err
}
