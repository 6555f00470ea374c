package evaluate

import (
	"context"
	"io"
	"math"
	"testing"

	"github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"

	"github.com/amgen/amgen/backends/engine"
	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/solve"
	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/run"
)

// The command's whole way from integers to bits, on a density that is known: black and white at random under the still
// flow, N(0, I). With u uniform, E x² = (1/128²) E (k + u − 128)², and bits are ½E x²/ln 2 + ½log₂2π + 7 in the mean.
func TestBitsOfAKnownDensity(t *testing.T) {
	opened, err := run.OpenEngine(engine.Auto, 1, term.Streams{Err: io.Discard}.Loading())
	if err != nil {
		t.Fatal(err)
	}
	backend := opened.Backend
	defer backend.Finalize()
	still := func(_ *mlcontext.Context, t, x *graph.Node) *graph.Node {
		return graph.MulScalar(graph.ReduceSum(x, 1, 2, 3), 0)
	}
	model := flows.Model{Action: still, Path: flows.Linear{}, Objective: flows.ActionMatching{}}
	likelihood, err := flows.NewLikelihood(backend, mlcontext.New(), model,
		flows.LikelihoodOptions{Trace: flows.Hutchinson})
	if err != nil {
		t.Fatal(err)
	}
	defer likelihood.Finalize()
	const n, side = 10, 8
	pixels := make([]uint8, n*side*side)
	want := 0.0
	for i := range pixels {
		if i%3 == 0 {
			pixels[i] = 255
		}
		low := (float64(pixels[i]) - 128) / 128
		high := low + 1./128
		want += (low*low + low*high + high*high) / 3 / float64(len(pixels)) // E x² over the interval
	}
	want = (want+math.Log(2*math.Pi))/2/math.Ln2 + 7
	data, err := imaging.New("chequers", imaging.Test, pixels, nil, side, side, 1)
	if err != nil {
		t.Fatal(err)
	}
	o := bpdOptions{n: n, batch: 4, passes: 3, seed: 1}
	bits, nfe, err := o.bits(context.Background(), likelihood, solve.RK4{Steps: 1}, toldImages{images: data},
		term.Streams{Err: t.Output()})
	if err != nil {
		t.Fatal(err)
	}
	mean, stderr, passes := summarise(bits)
	// Each of 1920 numbers has noise of at most 1/128·1/√12 in x, so 0.0023·1.5 bits, and the mean 1e-4.
	if math.Abs(mean-want) > 3e-4 || nfe != 4 || stderr > 0.01 || passes <= 0 || passes > 3e-4 {
		t.Errorf("%.5f ± %.5f bits (passes %.5f) in %d evaluations, want %.5f in 4", mean, stderr, passes, nfe, want)
	}

	// Image k has the same noise in any batch, and another in another pass.
	values := func(pass, first, count int) []float32 {
		return tensors.MustCopyFlatData[float32](o.dequantised(data, pass, first, count))
	}
	all, alone := values(0, 0, n), values(0, 7, 1)
	for i, v := range alone {
		if all[7*side*side+i] != v {
			t.Fatal("image 7 alone has other noise")
		}
	}
	if again := values(1, 7, 1); again[0] == alone[0] && again[1] == alone[1] {
		t.Error("both passes have the same noise")
	}
}

func TestSummarise(t *testing.T) {
	mean, stderr, passes := summarise([][]float64{{1, 5, 3}, {3, 5, 7}})
	// Images have means 2, 5, 5: mean 4, variance 3, so √(3/3). Within them the variances are 2, 0, 8: √(10/2)/3.
	if mean != 4 || math.Abs(stderr-1) > 1e-12 || math.Abs(passes-math.Sqrt(5)/3) > 1e-12 {
		t.Errorf("%g ± %g, passes %g; want 4 ± 1, %g", mean, stderr, passes, math.Sqrt(5)/3)
	}
	if _, stderr, passes := summarise([][]float64{{2}}); stderr != 0 || passes != 0 {
		t.Errorf("one figure alone has standard errors %g and %g", stderr, passes)
	}
}
