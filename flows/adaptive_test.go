package flows_test

import (
	"math"
	"testing"

	"github.com/amgen/amgen/flows"
	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
)

// peak is an integrand f(t, z) = g(t) z + cos t, z ~ N(0, 1), that is noisy near t = 0.2 only: g = 0.05 + 5
// e^(−(t−0.2)²/0.005).
func peak(t, z *Node) *Node {
	g := AddScalar(MulScalar(Exp(DivScalar(Neg(Square(AddScalar(t, -0.2))), 0.005)), 5), 0.05)
	return Add(Mul(g, z), Cos(t))
}

// peakIntegral is ∫ E f dt = sin 1.
var peakIntegral = math.Sin(1)

// runPeak draws some batches of times, lets them learn from the peak, and returns of each batch the times, the
// densities and the estimate of the integral.
func runPeak(t *testing.T, backend backends.Backend, vars *mlcontext.Context, times flows.Times, batch,
	batches int) (at, density, estimates []float64) {
	t.Helper()
	exec, err := mlcontext.NewExec(backend, vars, func(vars *mlcontext.Context, g *Graph) (*Node, *Node, *Node) {
		shape := shapes.Make(dtypes.Float64, batch)
		t, p := times.Draw(vars, g, shape)
		f := peak(t, vars.RandomNormal(g, shape))
		if learner, ok := times.(flows.Learner); ok {
			learner.Observe(vars, t, f)
		}
		return t, p, ReduceAllMean(Div(f, p))
	})
	if err != nil {
		t.Fatal(err)
	}
	for range batches {
		out, err := exec.Exec()
		if err != nil {
			t.Fatal(err)
		}
		at = append(at, tensors.MustCopyFlatData[float64](out[0])...)
		density = append(density, tensors.MustCopyFlatData[float64](out[1])...)
		estimates = append(estimates, tensors.ToScalar[float64](out[2]))
	}
	return at, density, estimates
}

func timesContext(t *testing.T, seed int64) *mlcontext.Context {
	t.Helper()
	vars := mlcontext.New().Checked(false)
	if err := vars.SetRNGStateFromSeed(seed); err != nil {
		t.Fatal(err)
	}
	return vars
}

// Where the noise of the integrand is concentrated, adaptive times divide the variance of the estimate by more than 3
// against both others (here ∫g² = 2.3 and (∫g)² = 0.47: nearly 5 at best), and stay unbiased.
func TestAdaptiveTimesReduceTheVariance(t *testing.T) {
	backend := testBackend(t)
	variance := map[string]float64{}
	for name, times := range map[string]flows.Times{"uniform": flows.UniformTimes{}, "weyl": flows.WeylTimes{},
		"adaptive": flows.AdaptiveTimes{}} {
		vars := timesContext(t, 31)
		runPeak(t, backend, vars, times, 64, 300) // learn
		_, _, estimates := runPeak(t, backend, vars, times, 64, 1000)
		mean, stderr, deviation := summary(estimates)
		if math.Abs(mean-peakIntegral) > 4*stderr {
			t.Errorf("%s: mean %.5f ± %.5f, want %.5f", name, mean, stderr, peakIntegral)
		}
		variance[name] = deviation * deviation
	}
	t.Logf("variance %.5f uniform, %.5f Weyl, %.5f adaptive", variance["uniform"], variance["weyl"],
		variance["adaptive"])
	if variance["adaptive"]*3 > min(variance["uniform"], variance["weyl"]) {
		t.Errorf("variance %.5f uniform, %.5f Weyl, %.5f adaptive", variance["uniform"], variance["weyl"],
			variance["adaptive"])
	}
}

// What Draw calls the density is the density of what it draws: E[1/p in a bin] is the bin's width, bin by bin.
func TestAdaptiveDensityIsThatOfTheTimes(t *testing.T) {
	backend := testBackend(t)
	vars := timesContext(t, 32)
	runPeak(t, backend, vars, flows.AdaptiveTimes{}, 64, 300)
	at, density, _ := runPeak(t, backend, vars, flows.AdaptiveTimes{}, 1000, 40)
	const bins = 50
	var width [bins]float64
	least, most := math.Inf(1), 0.0
	for i, t0 := range at {
		if !(t0 >= 0 && t0 < 1) {
			t.Fatalf("time %g, outside [0, 1)", t0)
		}
		width[int(t0*bins)] += 1 / density[i] / float64(len(at))
		least, most = min(least, density[i]), max(most, density[i])
	}
	for i, w := range width {
		if !(math.Abs(w-1.0/bins) <= 0.05/bins) {
			t.Errorf("bin %d: mean of 1/p is %.5f, want %.5f", i, w, 1.0/bins)
		}
	}
	if least < 0.0099 || most < 3 {
		t.Errorf("densities from %.4f to %.4f; want a floor of 0.01 and a peak", least, most)
	}
}

// Before anything is learnt, or where nothing varies, times are uniform.
func TestAdaptiveTimesStartUniform(t *testing.T) {
	_, density, _ := runPeak(t, testBackend(t), timesContext(t, 33), flows.AdaptiveTimes{}, 64, 1)
	for _, p := range density {
		if !(math.Abs(p-1) <= 1e-9) {
			t.Fatalf("density %g to begin with, want 1", p)
		}
	}
}

// The state in the context is all there is: a sampler on a copy of the variables goes on with the same times.
func TestAdaptiveTimesResume(t *testing.T) {
	backend := testBackend(t)
	vars := timesContext(t, 34)
	runPeak(t, backend, vars, flows.AdaptiveTimes{}, 64, 50)
	restored := mlcontext.New().Checked(false)
	for v := range vars.IterVariables() {
		value, err := v.MustValue().LocalClone()
		if err != nil {
			t.Fatal(err)
		}
		restored.InAbsPath(v.Scope()).VariableWithValue(v.Name(), value).SetTrainable(false)
	}
	a, _, _ := runPeak(t, backend, vars, flows.AdaptiveTimes{}, 64, 20)
	b, _, _ := runPeak(t, backend, restored, flows.AdaptiveTimes{}, 64, 20)
	for i := range a {
		if a[i] != b[i] {
			t.Fatalf("time %d is %g after restoring, %g without", i, b[i], a[i])
		}
	}
}
