//go:build xla

package unet

import (
	"math"
	"strings"
	"testing"

	_ "github.com/amgen/amgen/internal/autodiff"
	"github.com/gomlx/gomlx/backends"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
)

// single rounds a float64 tensor to float32.
func single(t *tensors.Tensor) *tensors.Tensor {
	wide := tensors.MustCopyFlatData[float64](t)
	flat := make([]float32, len(wide))
	for i, v := range wide {
		flat[i] = float32(v)
	}
	return tensors.FromFlatDataAndDimensions(flat, t.Shape().Dimensions...)
}

// float32Step returns the pathwise and the boundary loss of a network on float32 images, and their gradients by each
// parameter, on one backend, all by name.
func float32Step(t *testing.T, backend backends.Backend, cfg Config) map[string][]float32 {
	t.Helper()
	vars, batch := mlcontext.New(), 4
	action, dims := Action(cfg), []int{batch, cfg.Size, cfg.Size, cfg.Channels}
	x, velocity, times := single(image("x", dims...)), single(image("velocity", dims...)), []float32{0, 0.2, 0.6, 0.95}
	mlcontext.MustNewExec(backend, vars, action).MustExec(times, x)
	names := []string{"pathwise", "boundary"}
	for _, loss := range []string{"pathwise", "boundary"} {
		for v := range vars.IterVariables() {
			if !v.Trainable {
				continue
			}
			names = append(names, loss+" "+variableName(v))
			if err := v.SetValue(single(fill(variableName(v), v.Shape().Dimensions...))); err != nil {
				t.Fatal(err)
			}
		}
	}
	exec := mlcontext.MustNewExec(backend, vars.Reuse(), func(vars *mlcontext.Context, times, x,
		velocity *Node) []*Node {
		times, x = Identity(times), Identity(x)
		s := action(vars, times, x)
		d := Gradient(ReduceAllSum(s), times, x)
		dt, dx := d[0], d[1]
		pathwise := ReduceAllMean(ReduceSum(Mul(dx, Sub(MulScalar(dx, 0.5), velocity)), 1, 2, 3))
		kinetic := MulScalar(ReduceSum(Square(dx), 1, 2, 3), 0.5)
		boundary := ReduceAllMean(Sub(Mul(OneMinus(times), Add(dt, kinetic)), s))
		out := append([]*Node{pathwise, boundary}, vars.BuildTrainableVariablesGradientsGraph(pathwise)...)
		return append(out, vars.BuildTrainableVariablesGradientsGraph(boundary)...)
	})
	values := map[string][]float32{}
	for i, out := range exec.MustExec(times, x, velocity) {
		values[names[i]] = tensors.MustCopyFlatData[float32](out)
	}
	return values
}

// TestTinyStepAgreesWithXLA compares a float32 step of the tiny preset on both engines. Both round each of some
// thousand terms of a sum to 2⁻²⁴ in orders of their own, twice over in a gradient of a gradient: a gradient may
// differ by 2e-4 of its norm, and by 1e-6 of the largest norm where the exact one is zero.
func TestTinyStepAgreesWithXLA(t *testing.T) {
	results := map[string]map[string][]float32{}
	eachBackend(t, func(t *testing.T, backend backends.Backend) {
		results[backend.Name()] = float32Step(t, backend, Presets["tiny"])
	})
	ours, theirs := results["simd"], results["xla"]
	if ours == nil || theirs == nil {
		t.Skip("needs both simd and xla:cpu; AMGEN_TEST_BACKEND names one alone")
	}
	largest, worst := 0.0, 0.0
	for _, v := range theirs {
		largest = max(largest, norm(v))
	}
	for name, want := range theirs {
		got, gap := ours[name], make([]float32, len(want))
		for i := range want {
			gap[i] = got[i] - want[i]
		}
		if size := norm(want); size > 1e-6*largest {
			worst = max(worst, norm(gap)/size)
		}
		if !(norm(gap) <= 2e-4*norm(want)+1e-6*largest) {
			t.Errorf("%s: norm %.6g on xla, the difference %.3g", name, norm(want), norm(gap))
		}
	}
	t.Logf("%d values compared, the worst relative difference %.2g", len(theirs), worst)
}

// In bfloat16 a product loses 2⁻⁹ of itself where float32 loses 2⁻²⁵, and what a gradient of a gradient makes of such
// losses is some ten times as much (PyTorch's autocast of the network's twin: 0.02 to 0.05): the loss stays within a
// hundredth of float32's, the gradient by all parameters within a twentieth of its length, and not so near that it can
// have been float32. Parameters stay float32, whose shapes the gradients have. ∂ₜs, which the boundary estimator needs
// besides, is a small sum of large numbers, and its gradient worse.
func TestBFloat16StepIsNear(t *testing.T) {
	backend, err := backends.NewWithConfig("xla:cpu")
	if err != nil {
		t.Fatal(err)
	}
	defer backend.Finalize()
	narrow := mini
	narrow.BFloat16 = true
	want, got := float32Step(t, backend, mini), float32Step(t, backend, narrow)
	for loss, limit := range map[string]float64{"pathwise": 0.05, "boundary": 0.2} {
		a, b := float64(got[loss][0]), float64(want[loss][0])
		if loss == "pathwise" && !(math.Abs(a-b) <= 0.01*math.Abs(b)) {
			t.Errorf("loss %g in bfloat16, %g in float32", a, b)
		}
		var gaps, all []float32
		for name, w := range want {
			if strings.HasPrefix(name, loss+" ") {
				all = append(all, w...)
				for i := range w {
					gaps = append(gaps, got[name][i]-w[i])
				}
			}
		}
		apart := norm(gaps) / norm(all)
		t.Logf("%s: %.6g for %.6g; %d numbers of the gradient, %.3g apart", loss, a, b, len(all), apart)
		if !(apart <= limit && apart >= 1e-3) {
			t.Errorf("%s: gradients are %.3g of their length apart", loss, apart)
		}
	}
}

func norm(v []float32) (n float64) {
	for _, x := range v {
		n += float64(x) * float64(x)
	}
	return math.Sqrt(n)
}
