package flows_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/solve"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// quadratic has s = ½a(t)‖x‖² + b·Σx with a(t) = −2t and b = 1 over images or points: ∇s = a x + b.
func quadratic(_ *mlcontext.Context, t, x *Node) *Node {
	sum := func(v *Node) *Node {
		for v.Rank() > 1 {
			v = ReduceSum(v, -1)
		}
		return v
	}
	return Add(Mul(Neg(t), sum(Square(x))), sum(x))
}

// flowOf is the exact solution at t = 1 of dx/dt = −2t x + 1: e^{−1} (x₀ + ∫₀¹ e^{u²} du).
func flowOf(x0 float64) float64 {
	const integral = 1.4626517459071816
	return math.Exp(-1) * (x0 + integral)
}

// Every solver follows a field with an exact solution, on points and on images; the noise is left as it is, and
// the reports count.
func TestSampleFollowsTheField(t *testing.T) {
	backend := testBackend(t)
	for _, dims := range [][]int{{3}, {2, 2, 1}} {
		noise, err := flows.Noise(4, 0, 5, dims...)
		if err != nil {
			t.Fatal(err)
		}
		before := tensors.MustCopyFlatData[float32](noise)
		var want []float32
		for _, v := range before {
			want = append(want, float32(flowOf(float64(v))))
		}
		for _, test := range []struct {
			solver    solve.Solver
			tolerance float64
			nfe       int
		}{
			{solve.Euler{Steps: 200}, 1e-2, 200},
			{solve.Heun{Steps: 100}, 1e-4, 200},
			{solve.RK4{Steps: 20}, 5e-6, 80},
			{solve.AB2{Steps: 100, Grid: solve.CosineGrid{}}, 1e-3, 100},
			{solve.AB3{Steps: 100}, 5e-5, 100},
			{solve.DPMSolver2M{Steps: 200}, 1e-3, 200},
			{solve.Dopri5{RTol: 1e-6, ATol: 1e-6}, 5e-6, 0},
		} {
			model := plain(quadratic, flows.Linear{})
			x, report, err := flows.Sample(t.Context(), backend, mlcontext.New(), model, test.solver, noise)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, tensors.MustCopyFlatData[float32](x), cmpopts.EquateApprox(0, test.tolerance)); diff != "" {
				t.Errorf("%v %s:\n%s", dims, report.Solver, diff)
			}
			if test.nfe != 0 && report.NFE != test.nfe || test.nfe == 0 && report.NFE != 2+6*report.Steps || report.Elapsed <= 0 {
				t.Errorf("%v %s: report %+v", dims, report.Solver, report)
			}
			if !cmp.Equal(noise.Shape().Dimensions, x.Shape().Dimensions) {
				t.Errorf("samples of %s from noise of %s", x.Shape(), noise.Shape())
			}
		}
		if !cmp.Equal(before, tensors.MustCopyFlatData[float32](noise)) {
			t.Errorf("%v: the noise was changed", dims)
		}
	}
}

// The adaptive solver sees the same errors through the tensors as through plain slices, so it takes the same
// steps; in float64, to compare closely. One example only: a batch's norm is that of its worst member.
func TestTensorSpaceAgreesWithVectors(t *testing.T) {
	backend := testBackend(t)
	sampler, err := flows.NewSampler(backend, mlcontext.New(), plain(quadratic, flows.Linear{}))
	if err != nil {
		t.Fatal(err)
	}
	defer sampler.Finalize()
	x0 := []float64{0.3, -2, 1.1}
	solver := solve.Dopri5{RTol: 1e-8, ATol: 1e-8}
	y, got, err := sampler.Sample(t.Context(), solver, tensors.FromFlatDataAndDimensions(append([]float64{}, x0...), 1, 3))
	if err != nil {
		t.Fatal(err)
	}
	field := func(t float64, x []float64) ([]float64, error) {
		v := make([]float64, len(x))
		for i := range x {
			v[i] = -2*t*x[i] + 1
		}
		return v, nil
	}
	z, want, err := solve.Integrate(t.Context(), solve.Problem[[]float64]{Space: solve.Vectors{}, Field: field}, solver, x0, 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(z, tensors.MustCopyFlatData[float64](y), cmpopts.EquateApprox(1e-12, 0)); diff != "" {
		t.Error(diff)
	}
	if got.NFE != want.NFE || got.Rejected != want.Rejected {
		t.Errorf("%d evaluations, %d steps rejected; with slices %d and %d", got.NFE, got.Rejected, want.NFE, want.Rejected)
	}
}

// The norm of a batch is that of its worst example, and a NaN anywhere is not lost.
func TestTensorSpaceNorm(t *testing.T) {
	space, err := flows.NewTensorSpace(testBackend(t))
	if err != nil {
		t.Fatal(err)
	}
	defer space.Finalize()
	x := [][]float64{{1, 2}, {-3, 0}, {0.5, 0.1}}
	y := [][]float64{{1.5, 1}, {2, -1}, {0, 0.2}}
	ks := [][][]float64{{{1, 2}, {0.3, 3}, {9, -1}}, {{2, 2}, {1, 1}, {-1, -2}}}
	coeffs := []float64{0.1, -0.2}
	want := 0.0
	for i := range x {
		norm, err := solve.Vectors{}.Norm(coeffs, [][]float64{ks[0][i], ks[1][i]}, x[i], y[i], 1e-2, 1e-1)
		if err != nil {
			t.Fatal(err)
		}
		want = max(want, norm)
	}
	norm := func() float64 {
		got, err := space.Norm(coeffs, []*tensors.Tensor{tensors.FromValue(ks[0]), tensors.FromValue(ks[1])},
			tensors.FromValue(x), tensors.FromValue(y), 1e-2, 1e-1)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if got := norm(); !(math.Abs(got-want) <= 1e-12*want) {
		t.Errorf("norm %g, want %g", got, want)
	}
	for i := range x {
		keep := ks[1][i][1]
		ks[1][i][1] = math.NaN()
		if got := norm(); !math.IsNaN(got) && !math.IsInf(got, 0) {
			t.Errorf("NaN in example %d: norm %g", i, got)
		}
		ks[1][i][1] = keep
	}
}

// Example k of a seed is the same noise in any batch, and follows the same curve with fixed steps.
func TestExamplesDoNotDependOnTheirBatch(t *testing.T) {
	backend := testBackend(t)
	model := flows.MLP{Hidden: []int{16}}.Action()
	vars := mlcontext.New()
	if err := vars.SetRNGStateFromSeed(1); err != nil {
		t.Fatal(err)
	}
	sample := func(first, count int) []float32 {
		noise, err := flows.Noise(9, first, count, 2)
		if err != nil {
			t.Fatal(err)
		}
		x, _, err := flows.Sample(t.Context(), backend, vars, plain(model, flows.Linear{}), solve.RK4{Steps: 5}, noise)
		if err != nil {
			t.Fatal(err)
		}
		return tensors.MustCopyFlatData[float32](x)
	}
	all := sample(0, 64)
	for k := 0; k < 64; k += 9 {
		// Matrix products may sum in another order for another batch size: equal to rounding.
		if diff := cmp.Diff(all[2*k:2*k+2], sample(k, 1), cmpopts.EquateApprox(1e-5, 1e-6)); diff != "" {
			t.Errorf("example %d alone:\n%s", k, diff)
		}
	}
}

// Noise is standard normal, repeats for a seed, and differs between seeds and examples.
func TestNoise(t *testing.T) {
	draw := func(seed int64, first, count int) []float64 {
		x, err := flows.Noise(seed, first, count, 50)
		if err != nil {
			t.Fatal(err)
		}
		var all []float64
		for _, v := range tensors.MustCopyFlatData[float32](x) {
			all = append(all, float64(v))
		}
		return all
	}
	all := draw(1, 0, 400)
	// 20 000 numbers: mean 0 ± 0.007, deviation 1 ± 0.005.
	if mean, _, deviation := summary(all); math.Abs(mean) > 0.03 || math.Abs(deviation-1) > 0.02 {
		t.Errorf("mean %.3f, deviation %.3f, want 0 and 1", mean, deviation)
	}
	if !cmp.Equal(all[50*17:50*20], draw(1, 17, 3)) {
		t.Error("examples 17 to 19 depend on the batch")
	}
	if cmp.Equal(all[:50], all[50:100]) || cmp.Equal(all[:50], draw(2, 0, 1)) {
		t.Error("two examples, or two seeds, have the same noise")
	}
	for _, bad := range [][3]int{{-1, 1, 2}, {0, 0, 2}, {0, 1, 0}} {
		if _, err := flows.Noise(1, bad[0], bad[1], bad[2]); err == nil {
			t.Errorf("Noise of %v: no error", bad)
		}
	}
}

// Errors name what is wrong: the shape of the state, or the time at which it blew up.
func TestSampleFailures(t *testing.T) {
	backend := testBackend(t)
	points := tensors.FromValue([][]float32{{1, 2}, {3, 4}})
	blowUp := func(_ *mlcontext.Context, _, x *Node) *Node { // dx/dt = 10 x²
		return ReduceSum(MulScalar(Mul(x, Square(x)), 10.0/3), 1)
	}
	for _, test := range []struct {
		name   string
		model  flows.Action
		solver solve.Solver
		x      *tensors.Tensor
		is     error
		words  string
	}{
		{"scalar state", quadratic, solve.Euler{Steps: 2}, tensors.FromValue([]float32{1}), nil, "(Float32)[1]; give floats"},
		{"bytes", quadratic, solve.Euler{Steps: 2}, tensors.FromValue([][]uint8{{1}}), nil, "(Uint8)[1 1]; give floats"},
		{"no steps", quadratic, solve.Euler{Steps: -1}, points, nil, "at least 1 step"},
		{"blow-up", blowUp, solve.Euler{Steps: 50}, points, solve.ErrNonFinite, "t=0."},
		{"blow-up, adaptive", blowUp, solve.Dopri5{RTol: 1e-4, ATol: 1e-4}, points, solve.ErrUnderflow, "t=0.0"},
		{"action of wrong shape", func(_ *mlcontext.Context, _, x *Node) *Node { return x }, solve.Euler{Steps: 2}, points, nil, "the action returned"},
	} {
		model := plain(test.model, flows.Linear{})
		_, _, err := flows.Sample(t.Context(), backend, mlcontext.New(), model, test.solver, test.x)
		if err == nil || !strings.Contains(err.Error(), test.words) || test.is != nil && !errors.Is(err, test.is) {
			t.Errorf("%s: err %v, want %v and one that mentions %q", test.name, err, test.is, test.words)
		}
	}
}

func TestRegistries(t *testing.T) {
	for _, test := range []struct {
		kind  string
		names []string
		find  func(string) error
	}{
		{"path", flows.PathNames(), func(n string) error {
			p, err := flows.PathByName(n, flows.PathSettings{})
			if err == nil && p.Name() != n {
				t.Errorf("path %q calls itself %q", n, p.Name())
			}
			return err
		}},
		{"estimator", flows.EstimatorNames(), func(n string) error {
			e, err := flows.EstimatorByName(n)
			if err == nil && e.String() != n {
				t.Errorf("estimator %q calls itself %q", n, e)
			}
			return err
		}},
		{"probe", flows.ProbeNames(), func(n string) error { _, err := flows.ProbeByName(n); return err }},
		{"time sampler", flows.TimesNames(), func(n string) error { _, err := flows.TimesByName(n); return err }},
		{"weight", flows.WeightNames(), func(n string) error {
			w, err := flows.WeightByName(n)
			if err == nil && n != "auto" && w.Name != n {
				t.Errorf("weight %q calls itself %q", n, w.Name)
			}
			return err
		}},
		{"decay", flows.DecayNames(), func(n string) error { _, err := flows.DecayByName(n); return err }},
		{"objective", flows.ObjectiveNames(), func(n string) error { _, err := flows.ObjectiveByName(n, flows.ObjectiveSettings{}); return err }},
	} {
		for _, name := range test.names {
			if err := test.find(name); err != nil {
				t.Errorf("%s %q is listed but: %v", test.kind, name, err)
			}
		}
		err := test.find("nonsense")
		if err == nil || !strings.Contains(err.Error(), test.kind) || !strings.Contains(err.Error(), strings.Join(test.names, ", ")) {
			t.Errorf("unknown %s: err %v, want one that lists %v", test.kind, err, test.names)
		}
	}
}
