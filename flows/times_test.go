package flows_test

import (
	"math"
	"slices"
	"testing"

	"github.com/amgen/amgen/flows"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
)

// drawTimes draws some batches, and checks that the density is 1.
func drawTimes(t *testing.T, times flows.Times, seed int64, dtype dtypes.DType, batches, batch int) []float64 {
	t.Helper()
	vars := mlcontext.New().Checked(false)
	if err := vars.SetRNGStateFromSeed(seed); err != nil {
		t.Fatal(err)
	}
	exec, err := mlcontext.NewExec(testBackend(t), vars, func(vars *mlcontext.Context, g *Graph) (*Node, *Node) {
		t, density := times.Draw(vars, g, shapes.Make(dtype, batch))
		return ConvertDType(t, dtypes.Float64), ConvertDType(density, dtypes.Float64)
	})
	if err != nil {
		t.Fatal(err)
	}
	var all []float64
	for range batches {
		out, err := exec.Exec()
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, tensors.MustCopyFlatData[float64](out[0])...)
		for _, p := range tensors.MustCopyFlatData[float64](out[1]) {
			if p != 1 {
				t.Fatalf("density %g, want 1", p)
			}
		}
	}
	return all
}

// The walk is u ← (u + √2) mod 1 across batches, to the last bit that the type holds: no drift after many steps.
func TestWeylIsExact(t *testing.T) {
	for dtype, tolerance := range map[dtypes.DType]float64{dtypes.Float32: 0x1p-23, dtypes.Float64: 0x1p-52} {
		u := drawTimes(t, flows.WeylTimes{}, 5, dtype, 100, 37)
		for i := range u {
			// i·√2 mod 1, exact to 2⁻⁵² for i < 2¹² by splitting √2 at 2⁻²⁶.
			high := math.Round(math.Sqrt2*0x1p26) / 0x1p26
			low := math.Sqrt2 - high
			_, whole := math.Modf(float64(i) * high)
			want := math.Mod(u[0]+whole+float64(i)*low, 1)
			if d := math.Abs(u[i] - want); !(min(d, 1-d) <= tolerance+float64(i)*0x1p-53) {
				t.Fatalf("%s: time %d is %.17g, want %.17g", dtype, i, u[i], want)
			}
			if u[i] < 0 || u[i] >= 1 {
				t.Fatalf("%s: time %d is %g, outside [0, 1)", dtype, i, u[i])
			}
		}
	}
}

// Each batch of n Weyl times is spread out: its largest gap from the uniform distribution function is O(log n/n),
// here below 2.5/n·log₂n, where independent times have about 0.87/√n.
func TestWeylStratifiesTheBatch(t *testing.T) {
	const batch = 256
	discrepancy := func(u []float64) float64 {
		u = slices.Sorted(slices.Values(u))
		d := 0.0
		for i, v := range u {
			d = max(d, math.Abs(v-float64(i)/batch), math.Abs(v-float64(i+1)/batch))
		}
		return d
	}
	weyl := drawTimes(t, flows.WeylTimes{}, 6, dtypes.Float32, 20, batch)
	uniform := drawTimes(t, flows.UniformTimes{}, 6, dtypes.Float32, 20, batch)
	var worst, best float64 = 0, 1
	for i := 0; i < len(weyl); i += batch {
		worst = max(worst, discrepancy(weyl[i:i+batch]))
		best = min(best, discrepancy(uniform[i:i+batch]))
	}
	t.Logf("largest discrepancy of a Weyl batch %.4f, smallest of an independent one %.4f", worst, best)
	if worst > 2.5*8/batch || worst > best {
		t.Errorf("largest discrepancy of a Weyl batch %.4f, smallest of an independent one %.4f", worst, best)
	}
}

// Seeds start in different places, uniformly: the first times of 32 seeds have mean ½ ± 3·√(1/12/32).
func TestWeylStartsAtRandom(t *testing.T) {
	var first []float64
	for seed := range int64(32) {
		first = append(first, drawTimes(t, flows.WeylTimes{}, seed, dtypes.Float64, 1, 1)[0])
	}
	if mean, _, deviation := summary(first); math.Abs(mean-0.5) > 0.15 || math.Abs(deviation-0.289) > 0.08 {
		t.Errorf("first times have mean %.3f and deviation %.3f, want 0.5 and 0.289", mean, deviation)
	}
}

// The largest 64-bit fraction, 1 − 2⁻⁶⁴, must not round to 1.
func TestWeylStaysBelowOne(t *testing.T) {
	for _, dtype := range []dtypes.DType{dtypes.Float32, dtypes.Float64} {
		vars := mlcontext.New().Checked(false)
		const frac = 0x6A09E667F3BCC909 // of √2, in units of 2⁻⁶⁴
		vars.InAbsPath(flows.TimesScope).VariableWithValue("weyl", uint64(math.MaxUint64-frac))
		exec, err := mlcontext.NewExec(testBackend(t), vars, func(vars *mlcontext.Context, g *Graph) *Node {
			u, _ := flows.WeylTimes{}.Draw(vars, g, shapes.Make(dtype, 1))
			return ConvertDType(u, dtypes.Float64)
		})
		if err != nil {
			t.Fatal(err)
		}
		out, err := exec.Exec()
		if err != nil {
			t.Fatal(err)
		}
		if u := tensors.MustCopyFlatData[float64](out[0])[0]; !(u < 1 && u >= 1-0x1p-23) {
			t.Errorf("%s: time %.17g, want just below 1", dtype, u)
		}
	}
}
