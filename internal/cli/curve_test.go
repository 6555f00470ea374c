package cli

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/gomlx/backends"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"

	_ "github.com/amgen/amgen/backends/simd"
	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/unet"
)

// randomTiny is the tiny preset with random parameters, those of its last convolution too, which starts at zero.
func randomTiny(t *testing.T, backend backends.Backend) (flows.Action, *mlcontext.Context) {
	t.Helper()
	model, ctx := flows.Action(unet.Action(unet.Presets["tiny"])), mlcontext.New()
	if err := ctx.SetRNGStateFromSeed(1); err != nil {
		t.Fatal(err)
	}
	sampler, err := flows.NewSampler(backend, ctx,
		flows.Model{Action: model, Path: flows.Linear{}, Objective: flows.ActionMatching{}})
	if err != nil {
		t.Fatal(err)
	}
	defer sampler.Finalize()
	x, err := flows.Noise(1, 0, 1, 28, 28, 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sampler.Velocity(0.5, x); err != nil { // makes the variables
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for v := range ctx.IterVariables() {
		if !v.Trainable || v.Shape().Rank() < 2 {
			continue
		}
		tensors.MustMutableFlatData(v.MustValue(), func(flat []float32) {
			for _, w := range flat {
				if w != 0 {
					return
				}
			}
			for i := range flat {
				flat[i] = float32(0.05 * rng.NormFloat64())
			}
		})
	}
	return model, ctx.Reuse()
}

// TestActionAlongCurve tests the identity by which both estimators have one mean: on each curve x_t from x₀ to x₁,
// s(1, x₁) − s(0, x₀) = ∫ (∂ₜs + ∇s·ẋ) dt. On one curve through the tiny U-Net the midpoint rule shows it to a
// thousandth of ∫|ds/dt|, which no Monte-Carlo comparison could; the time embedding turns up to 1000 radians, hence
// the 2048 points.
func TestActionAlongCurve(t *testing.T) {
	backend, err := backends.NewWithConfig("simd")
	if err != nil {
		t.Fatal(err)
	}
	defer backend.Finalize()
	model, ctx := randomTiny(t, backend)
	along, err := mlcontext.NewExec(backend, ctx, func(ctx *mlcontext.Context, times, noise *Node) (*Node, *Node) {
		x0, x1 := Slice(noise, AxisElem(0)), Slice(noise, AxisElem(1)) // [1, 28, 28, 1]
		at := Reshape(times, -1, 1, 1, 1)
		t, x := Identity(times), Identity(StopGradient(Add(Mul(OneMinus(at), x0), Mul(at, x1))))
		s := model(ctx, t, x)
		grads := Gradient(ReduceAllSum(s), t, x)
		return Add(grads[0], ReduceSum(Mul(grads[1], Sub(x1, x0)), 1, 2, 3)), s
	})
	if err != nil {
		t.Fatal(err)
	}
	noise, err := flows.Noise(3, 0, 2, 28, 28, 1)
	if err != nil {
		t.Fatal(err)
	}
	eval := func(times []float32) (slope, s []float32) {
		out, err := along.Exec(tensors.FromFlatDataAndDimensions(times, len(times)), noise)
		if err != nil {
			t.Fatal(err)
		}
		return tensors.MustCopyFlatData[float32](out[0]), tensors.MustCopyFlatData[float32](out[1])
	}
	const points, batch = 2048, 32
	var integral, size float64
	for first := 0; first < points; first += batch {
		times := make([]float32, batch)
		for i := range times {
			times[i] = (float32(first+i) + 0.5) / points
		}
		slope, _ := eval(times)
		for _, v := range slope {
			integral += float64(v) / points
			size += math.Abs(float64(v)) / points
		}
	}
	ends := make([]float32, batch)
	ends[1] = 1
	_, s := eval(ends)
	want := float64(s[1] - s[0])
	t.Logf("∫ ds/dt dt = %.4f, s(1) − s(0) = %.4f, ∫ |ds/dt| dt = %.2f", integral, want, size)
	if math.Abs(integral-want) > 1e-3*size {
		t.Errorf("∫ ds/dt dt = %.4f, s(1) − s(0) = %.4f", integral, want)
	}
}
