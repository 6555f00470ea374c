package eval

import (
	"fmt"
	"math"

	"github.com/amgen/amgen/eval/internal/roots"
	"github.com/amgen/amgen/internal/evenly"
)

// FrechetWithError is [Frechet], with the standard error that comes of the generated samples being no more than they
// are. The reference counts as given.
//
// It is that of the delta method: in first order, adding a sample x moves the distance by
//
//	ψ(x) = ‖x − μ‖² + 2(μ − μ')·(x − μ) − (x − μ)ᵀT(x − μ)
//
// and a constant, over the number of samples, with T the linear map that carries the generated Gaussian to the
// reference. The error is the deviation of ψ over the root of the number. It tells how the value varies, not of its
// bias; where the value is little more than its bias, it is too small. There is none where the generated samples are as
// few as the dimensions.
//
// Of some of the samples that the generated Gaussian is of, all or a couple of thousand evenly taken, the deviation of
// ψ is estimated.
func FrechetWithError(generated, reference Gaussian, some Cloud) (Estimate, error) {
	if err := checkGaussians(generated, reference); err != nil {
		return Estimate{}, err
	}
	if err := checkSamples("an error", 2, some, some); err != nil {
		return Estimate{}, err
	}
	if some.Dim != generated.Dim() {
		return Estimate{}, fmt.Errorf("eval: samples of %d dimensions and statistics of %d; give those that the "+
			"statistics are of", some.Dim, generated.Dim())
	}
	root := generated.root()
	e, overlap, err := frechet(generated, reference, root, reference.root())
	if err != nil || root.Rank() < some.Dim {
		return e, err
	}
	_, deviation := meanAndDeviation(influence(generated, reference, root, overlap, some))
	count := generated.Count
	if count == 0 {
		count = some.Len()
	}
	e.StdErr = finite(deviation / math.Sqrt(float64(count)))
	return e, nil
}

// influence is ψ of each sample, or of so many evenly taken.
//
// With Σ = LLᵀ and x − μ = L z, (x − μ)ᵀT(x − μ) is zᵀ(MMᵀ)^½z for M = LᵀL', since TΣT = Σ'.
func influence(generated, reference Gaussian, r roots.Root, o roots.Overlap, some Cloud) []float64 {
	const most = 2000 // which know a deviation to two per cent
	dim, n := some.Dim, min(some.Len(), most)
	values, rows := make([]float64, n), make([]float64, n*dim)
	for i := range n {
		at := evenly.Index(i, n, some.Len())
		row := some.rows(rows[i*dim:], at, at+1)
		for k := range row {
			row[k] -= generated.Mean[k]
			values[i] += row[k] * (row[k] + 2*(generated.Mean[k]-reference.Mean[k]))
		}
	}
	r.Solve(rows)
	for i, v := range o.RootForms(rows) {
		values[i] -= v
	}
	return values
}
