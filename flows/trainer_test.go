package flows_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/optimizer"
	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// toyData is N((3, 1), ½²).
func toyData(t testing.TB, batch int, seed int64) *flows.Points {
	t.Helper()
	data, err := flows.NewPoints("gaussian", batch, 2, seed, func(rng *rand.Rand, p []float32) {
		p[0] = float32(3 + 0.5*rng.NormFloat64())
		p[1] = float32(1 + 0.5*rng.NormFloat64())
	})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// small is a training run on few parameters.
type small struct {
	backend   backends.Backend
	vars      *mlcontext.Context
	objective flows.Objective
	cfg       flows.TrainerConfig
	log       []flows.Step
	data      *flows.Points
	trainer   *flows.Trainer
}

func newSmall(t *testing.T, vars *mlcontext.Context, cfg flows.TrainerConfig) *small {
	t.Helper()
	s := &small{backend: testBackend(t), vars: vars, objective: flows.ActionMatching{Estimator: flows.Boundary},
		cfg: cfg}
	hook := cfg.OnStep
	s.cfg.OnStep = func(step flows.Step) error {
		s.log = append(s.log, step)
		if hook != nil {
			return hook(step)
		}
		return nil
	}
	s.data = toyData(t, 16, 7)
	var err error
	model := flows.Model{Action: flows.MLP{Hidden: []int{8, 8}}.Action(), Path: flows.Linear{}, Objective: s.objective}
	s.trainer, err = flows.NewTrainer(s.backend, vars, model, s.cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *small) run(t *testing.T, steps int) {
	t.Helper()
	if err := s.trainer.Run(t.Context(), s.data, steps); err != nil {
		t.Fatal(err)
	}
}

func (s *small) losses() []float64 {
	var all []float64
	for _, step := range s.log {
		all = append(all, step.Loss, step.GradNorm)
	}
	return all
}

func everything() flows.TrainerConfig {
	return flows.TrainerConfig{LearningRate: 1e-2, Warmup: 8, Decay: optimizer.CosineDecay, DecaySteps: 9, ClipNorm: 1,
		EMADecay: 0.9, EMAWarmup: true, Seed: 11}
}

// values snapshots all variables of a context.
func values(t *testing.T, vars *mlcontext.Context) map[string]*tensors.Tensor {
	t.Helper()
	all := map[string]*tensors.Tensor{}
	for v := range vars.IterVariables() {
		value, err := v.Value()
		if err != nil {
			t.Fatal(err)
		}
		if all[v.ScopeAndName()], err = value.LocalClone(); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// restored returns a new context with the variables of a snapshot, created in the order of their names, as a
// checkpoint might, and all marked trainable, as GoMLX does by default.
func restored(snapshot map[string]*tensors.Tensor) *mlcontext.Context {
	vars := mlcontext.New()
	var names []string
	for name := range snapshot {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		scope, base := mlcontext.SplitScope(name)
		vars.InAbsPath(scope).VariableWithValue(base, snapshot[name])
	}
	return vars
}

// One seed gives one sequence of losses; another seed gives another.
func TestSeedDecidesTheLosses(t *testing.T) {
	train := func(seed int64) []float64 {
		cfg := everything()
		cfg.Seed = seed
		s := newSmall(t, mlcontext.New(), cfg)
		s.run(t, 6)
		return s.losses()
	}
	first := train(1)
	if diff := cmp.Diff(first, train(1)); diff != "" {
		t.Errorf("two runs of one seed differ:\n%s", diff)
	}
	if cmp.Equal(first, train(2)) {
		t.Error("two seeds give the same losses")
	}
}

// Ten steps are five steps, all variables saved, a new process, and five steps: the same losses, gradient norms
// and final values, bit for bit.
func TestResumeIsExact(t *testing.T) {
	for i, times := range []flows.Times{flows.WeylTimes{}, flows.UniformTimes{}} {
		cfg := everything()
		cfg.Times, cfg.Rule = times, optimizer.Rule(i)
		straight := newSmall(t, mlcontext.New(), cfg)
		straight.run(t, 10)

		first := newSmall(t, mlcontext.New(), cfg)
		first.run(t, 5)
		cfg.Seed = 99 // a restored context goes on with its own random numbers
		second := newSmall(t, restored(values(t, first.vars)), cfg)
		second.data.Seek(second.trainer.Step())
		second.run(t, 5)

		if diff := cmp.Diff(straight.losses(), append(first.losses(), second.losses()...)); diff != "" {
			t.Errorf("%T: interrupted and straight runs differ:\n%s", times, diff)
		}
		if got := second.log[0].Step; got != 6 {
			t.Errorf("the first step after resuming is %d, want 6", got)
		}
		want, got := values(t, straight.vars), values(t, second.vars)
		for name, value := range want {
			if other, ok := got[name]; !ok || !value.Equal(other) {
				t.Errorf("%T: variable %s differs at the end", times, name)
			}
		}
		if len(got) != len(want) {
			t.Errorf("%T: %d variables after resuming, %d in a straight run", times, len(got), len(want))
		}
	}
}

// A second Run on the same trainer goes on where the first stopped.
func TestRunTwiceIsRunOnce(t *testing.T) {
	once, twice := newSmall(t, mlcontext.New(), everything()), newSmall(t, mlcontext.New(), everything())
	once.run(t, 6)
	twice.run(t, 2)
	twice.run(t, 0)
	twice.run(t, 4)
	if diff := cmp.Diff(once.losses(), twice.losses()); diff != "" {
		t.Error(diff)
	}
	if twice.trainer.Step() != 6 || twice.log[5].Step != 6 {
		t.Errorf("step %d, logged as %d, want 6", twice.trainer.Step(), twice.log[5].Step)
	}
}

// Warm-up: rate·n/warmup, then rate. Clipping: Adam's first moment after one step is 0.1 times the clipped
// gradient, whose norm is the bound. The norm that is logged is the one before.
func TestWarmupAndClipping(t *testing.T) {
	const bound = 0.01
	cfg := flows.TrainerConfig{LearningRate: 1e-2, Warmup: 4, ClipNorm: bound, Seed: 1}
	s := newSmall(t, mlcontext.New(), cfg)
	s.run(t, 1)
	square := 0.0
	for v := range s.vars.IterVariables() {
		if strings.HasSuffix(v.Name(), "_1st_moment") {
			for _, m := range tensors.MustCopyFlatData[float32](v.MustValue()) {
				square += float64(m) * float64(m)
			}
		}
	}
	if got := math.Sqrt(square) / 0.1; !(math.Abs(got-bound) <= 1e-5*bound+1e-6) || !(s.log[0].GradNorm >= 10*bound) {
		t.Errorf("gradient norm %g is clipped to %g, want a large one clipped to %g", s.log[0].GradNorm, got, bound)
	}
	s.run(t, 5)
	var rates []float64
	for _, step := range s.log {
		rates = append(rates, step.LearningRate)
	}
	if diff := cmp.Diff([]float64{0.0025, 0.005, 0.0075, 0.01, 0.01, 0.01}, rates,
		cmpopts.EquateApprox(1e-6, 0)); diff != "" {
		t.Error(diff)
	}
}

// The cosine falls from the whole rate at the first step to a hundredth at the end of the decay, through the mean of
// both in the middle, and stays there; the warm-up is a factor of its own.
func TestCosineDecay(t *testing.T) {
	s := newSmall(t, mlcontext.New(), flows.TrainerConfig{LearningRate: 1e-2, Warmup: 2, Decay: optimizer.CosineDecay,
		DecaySteps: 6, Seed: 1})
	s.run(t, 9)
	var rates []float64
	for _, step := range s.log {
		rates = append(rates, step.LearningRate)
	}
	share := func(u float64) float64 { return 0.01 + 0.99*math.Pow(math.Cos(math.Pi*u/2), 2) }
	want := []float64{0.5e-2, 1e-2 * share(1./6), 1e-2 * share(2./6), 1e-2 * (1 + 0.01) / 2, 1e-2 * share(4./6),
		1e-2 * share(5./6), 1e-4, 1e-4, 1e-4}
	if diff := cmp.Diff(want, rates, cmpopts.EquateApprox(1e-5, 0)); diff != "" {
		t.Error(diff)
	}
}

// The average follows e ← d e + (1 − d) v from the initial parameters, with d = min(decay, (1 + n)/(w + n)), w = 10
// unless another one is set; without warm-up, or with w = 1, d is the decay.
func TestMovingAverage(t *testing.T) {
	const name = "/mlp/out/dense/weights"
	for _, c := range []struct {
		warmup    bool
		length, w int
	}{{false, 0, 1}, {true, 0, 10}, {true, 4, 4}, {true, 1, 1}} {
		var history [][]float32
		vars := mlcontext.New()
		cfg := flows.TrainerConfig{LearningRate: 0.05, EMADecay: 0.6, EMAWarmup: c.warmup, EMAWarmupLength: c.length,
			Seed: 3}
		read := func(path string) []float32 {
			scope, base := mlcontext.SplitScope(path)
			return tensors.MustCopyFlatData[float32](vars.GetVariableByScopeAndName(scope, base).MustValue())
		}
		cfg.OnStep = func(flows.Step) error { history = append(history, read(name)); return nil }
		s := newSmall(t, vars, cfg)
		s.run(t, 5)

		initial := newSmall(t, mlcontext.New(), flows.TrainerConfig{LearningRate: 1e-30, Seed: 3})
		initial.run(t, 1)
		want := tensors.MustCopyFlatData[float32](initial.vars.GetVariableByScopeAndName("/mlp/out/dense",
			"weights").MustValue())
		for n, v := range history {
			decay := min(0.6, float64(1+n)/float64(c.w+n))
			for i := range want {
				want[i] = float32(decay*float64(want[i]) + (1-decay)*float64(v[i]))
			}
		}
		if diff := cmp.Diff(want, read(optimizer.EMAScope+name), cmpopts.EquateApprox(1e-5, 1e-6)); diff != "" {
			t.Errorf("warm-up %v:\n%s", c, diff)
		}

		ema, err := flows.EMAContext(vars)
		if err != nil {
			t.Fatal(err)
		}
		got := tensors.MustCopyFlatData[float32](ema.GetVariableByScopeAndName("/mlp/out/dense", "weights").MustValue())
		if diff := cmp.Diff(read(optimizer.EMAScope+name), got); diff != "" {
			t.Errorf("EMAContext does not hold the average:\n%s", diff)
		}
		s.run(t, 1)
		if cmp.Equal(read(optimizer.EMAScope+name), got) {
			t.Error("the average stood still")
		}
		if err := flows.RefreshEMA(ema, vars); err != nil {
			t.Fatal(err)
		}
		got = tensors.MustCopyFlatData[float32](ema.GetVariableByScopeAndName("/mlp/out/dense", "weights").MustValue())
		if !cmp.Equal(read(optimizer.EMAScope+name), got) {
			t.Error("RefreshEMA did not bring the average up to date")
		}
	}
	if _, err := flows.EMAContext(mlcontext.New()); err == nil {
		t.Error("EMAContext of a context without average: no error")
	}
}

// Training stops at the step whose loss is not a number, and says which.
func TestNonFiniteLossStops(t *testing.T) {
	steps := 0
	data, _ := flows.NewPoints("spoilt", 4, 2, 1, func(_ *rand.Rand, p []float32) {
		if steps++; steps > 3*4 {
			p[0] = float32(math.NaN())
		}
	})
	s := newSmall(t, mlcontext.New(), flows.TrainerConfig{Seed: 1})
	err := s.trainer.Run(t.Context(), data, 10)
	var nonFinite *flows.NonFiniteLossError
	if !errors.As(err, &nonFinite) || nonFinite.Step != 4 || len(s.log) != 3 {
		t.Fatalf("err = %v after %d good steps, want a NonFiniteLossError at step 4", err, len(s.log))
	}
	if !strings.Contains(err.Error(), "step 4") {
		t.Errorf("%q does not name the step", err)
	}
}

// OnStep's error ends the run and comes back as it is; what was done stays done.
func TestOnStepCancels(t *testing.T) {
	stop := errors.New("stop")
	s := newSmall(t, mlcontext.New(), flows.TrainerConfig{Seed: 1, OnStep: func(step flows.Step) error {
		if step.Step == 3 {
			return stop
		}
		return nil
	}})
	if err := s.trainer.Run(t.Context(), s.data, 10); err != stop || s.trainer.Step() != 3 {
		t.Fatalf("err = %v at step %d, want OnStep's own at step 3", err, s.trainer.Step())
	}
	s.run(t, 2)
	straight := newSmall(t, mlcontext.New(), flows.TrainerConfig{Seed: 1})
	straight.run(t, 5)
	if diff := cmp.Diff(straight.losses(), s.losses()); diff != "" {
		t.Errorf("after a cancelled run the losses differ:\n%s", diff)
	}
}

func TestTrainerRefusesNonsense(t *testing.T) {
	backend := testBackend(t)
	for _, test := range []struct {
		cfg   flows.TrainerConfig
		words string
	}{
		{flows.TrainerConfig{LearningRate: -1}, "learning rate -1"},
		{flows.TrainerConfig{Warmup: -1}, "warm-up of -1"},
		{flows.TrainerConfig{Decay: optimizer.CosineDecay}, "falls over 0 steps"},
		{flows.TrainerConfig{DecaySteps: 5}, "give a Decay too"},
		{flows.TrainerConfig{ClipNorm: math.NaN()}, "norm NaN"},
		{flows.TrainerConfig{EMADecay: 1}, "decay 1"},
	} {
		_, err := flows.NewTrainer(backend, mlcontext.New(), plain(flows.MLP{}.Action(), flows.Linear{}), test.cfg)
		if err == nil || !strings.Contains(err.Error(), test.words) {
			t.Errorf("%+v: err %v, want one that mentions %q", test.cfg, err, test.words)
		}
	}
	model := flows.Model{Action: flows.MLP{}.Action(), Path: onlySamples{},
		Objective: flows.ActionMatching{Estimator: flows.Pathwise}}
	_, err := flows.NewTrainer(backend, mlcontext.New(), model, flows.TrainerConfig{})
	if err == nil {
		t.Error("pathwise on a path without velocity: no error")
	}
	s := newSmall(t, mlcontext.New(), flows.TrainerConfig{})
	if err := s.trainer.Run(t.Context(), s.data, -1); err == nil {
		t.Error("-1 steps: no error")
	}
	// A checkpoint of another architecture.
	s.run(t, 1)
	model = flows.Model{Action: flows.MLP{Hidden: []int{9}}.Action(), Path: flows.Linear{}, Objective: s.objective}
	other, err := flows.NewTrainer(s.backend, s.vars, model, flows.TrainerConfig{})
	if err == nil {
		err = other.Run(t.Context(), s.data, 1)
	}
	if err == nil || !strings.Contains(err.Error(), "different shape") {
		t.Errorf("parameters of another network: err %v, want one that names the shapes", err)
	}
}

// byteImages yields one uint8 image of rank 4 over and over: 64 in each pixel of the left column, 192 in the right.
type byteImages struct{}

func (byteImages) Name() string { return "bytes" }
func (byteImages) Reset()       {}
func (byteImages) Yield() (any, []*tensors.Tensor, []*tensors.Tensor, error) {
	flat := make([]uint8, 32*4)
	for i := range flat {
		flat[i] = uint8(64 + 128*(i%2))
	}
	return nil, []*tensors.Tensor{tensors.FromFlatDataAndDimensions(flat, 32, 2, 2, 1)}, nil, nil
}

// Prepare turns what the dataset yields into floats, images of rank 4 included. With s = ⟨h, x⟩ + ½a(t)‖x‖² the
// flow at t = 0 is E[x₁ − x₀ | x₀] = x₁ − x₀: h learns the image, pixel by pixel.
func TestPrepareAndImages(t *testing.T) {
	backend := testBackend(t)
	vars := mlcontext.New()
	action := func(vars *mlcontext.Context, t, x *Node) *Node {
		shape := x.Shape().Clone()
		shape.Dimensions[0] = 1
		h := vars.VariableWithShape("h", shape).ValueGraph(x.Graph()) // [1, 2, 2, 1]
		inner := ReduceSum(Mul(x, h), 1, 2, 3)
		return Sub(inner, MulScalar(ReduceSum(Square(x), 1, 2, 3), 0.5))
	}
	// Times near 0 only, where the action can be exact.
	weight := flows.Weight{At0: 1, Func: func(t *Node) *Node {
		return Pow(OneMinus(t), Scalar(t.Graph(), t.DType(), 40))
	}}
	model := flows.Model{Action: action, Path: flows.Linear{}, Objective: flows.ActionMatching{Weight: weight}}
	trainer, err := flows.NewTrainer(backend, vars, model, flows.TrainerConfig{LearningRate: 0.02, Seed: 1,
		Prepare: func(_ *mlcontext.Context, batch *Node) *Node {
			return AddScalar(DivScalar(ConvertDType(batch, dtypes.Float32), 128), -1)
		}})
	if err != nil {
		t.Fatal(err)
	}
	if err := trainer.Run(t.Context(), byteImages{}, 300); err != nil {
		t.Fatal(err)
	}
	got := tensors.MustCopyFlatData[float32](vars.GetVariableByScopeAndName("/", "h").MustValue())
	// h is off by what the action cannot follow over the weight's mean time, 1/40 of E‖x₁ − x₀‖, and by noise.
	if diff := cmp.Diff([]float32{-0.5, 0.5, -0.5, 0.5}, got, cmpopts.EquateApprox(0, 0.1)); diff != "" {
		t.Error(diff)
	}
}
