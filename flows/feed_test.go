package flows_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/optimizer"
	"github.com/gomlx/gomlx/backends"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
	"github.com/gomlx/gomlx/pkg/ml/train"
)

// turned is the linear path to each example from itself, turned a quarter: its noise depends on the example alone, so
// that a batch means the same in parts.
type turned struct{ flows.Linear }

func (turned) Draw(_ *mlcontext.Context, data *Node) flows.Curves {
	start := Reverse(Mul(data, Const(data.Graph(), [][]float32{{1, -1}})), 1)
	return flows.Curves{Start: start, End: data, Noise: start, At: func(t *Node) (x, velocity *Node) {
		velocity = Sub(data, start)
		return Add(start, Mul(InsertAxes(t, -1), velocity)), velocity
	}}
}

// fitTurned trains a perceptron on the path without noise and returns the run's log and variables.
func fitTurned(t *testing.T, backend backends.Backend, data train.Dataset, cfg flows.TrainerConfig,
	steps int) ([]flows.Step, map[string]*tensors.Tensor) {
	t.Helper()
	vars := mlcontext.New()
	var log []flows.Step
	cfg.OnStep = func(s flows.Step) error {
		log = append(log, s)
		return nil
	}
	trainer, err := flows.NewTrainer(backend, vars, plain(flows.MLP{Hidden: []int{16, 16}}.Action(), turned{}), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := trainer.Run(t.Context(), data, steps); err != nil {
		t.Fatal(err)
	}
	return log, values(t, vars)
}

// near compares the metrics of two logs and the model's variables, relative to their size. A batch in parts sums some
// twenty numbers in another order, of which each rounding is 6e-8, and training carries differences on.
func near(t *testing.T, got, want []flows.Step, gotVars, wantVars map[string]*tensors.Tensor, tolerance float64) {
	t.Helper()
	apart := func(a, b float64) bool { return !(math.Abs(a-b) <= tolerance*(1+math.Abs(b))) }
	for i := range want {
		g, w := got[i], want[i]
		if g.Step != w.Step || g.Batch != w.Batch || apart(g.Loss, w.Loss) || apart(g.GradNorm, w.GradNorm) ||
			apart(g.LearningRate, w.LearningRate) {
			t.Errorf("step %d: %+v, want %+v", i+1, g, w)
		}
	}
	compared := 0
	for name, tensor := range wantVars {
		if tensor.DType().String() != "Float32" || gotVars[name] == nil {
			continue
		}
		compared++
		a, b := tensors.MustCopyFlatData[float32](gotVars[name]), tensors.MustCopyFlatData[float32](tensor)
		for i := range b {
			if apart(float64(a[i]), float64(b[i])) {
				t.Errorf("%s[%d] is %g, want %g", name, i, a[i], b[i])
				break
			}
		}
	}
	if compared < 20 {
		t.Errorf("compared only %d variables", compared)
	}
}

// A batch in micro-batches makes the steps of the whole batch, and leaves nothing in the sums.
func TestAccumulatedStepIsTheBatchs(t *testing.T) {
	backend := testBackend(t)
	want, wantVars := fitTurned(t, backend, toyData(t, 24, 5), everything(), 12)
	for _, parts := range []int{2, 3, 24} {
		cfg := everything()
		cfg.Accumulate = parts
		got, gotVars := fitTurned(t, backend, toyData(t, 24, 5), cfg, 12)
		near(t, got, want, gotVars, wantVars, 2e-5)
		for name, tensor := range gotVars {
			if strings.HasPrefix(name, optimizer.AccumulatedScope) {
				for _, v := range tensors.MustCopyFlatData[float32](maxAbs(t, backend, tensor)) {
					if v != 0 {
						t.Errorf("%d parts: %s holds %g between steps", parts, name, v)
					}
				}
			}
		}
	}
}

func maxAbs(t *testing.T, backend backends.Backend, x *tensors.Tensor) *tensors.Tensor {
	t.Helper()
	local, err := x.LocalClone()
	if err != nil {
		t.Fatal(err)
	}
	return MustExecOnce(backend, func(x *Node) *Node { return ReduceAllMax(Abs(x)) }, local)
}

// A run that goes on from a checkpoint without the sums has the bits of one that was never interrupted.
func TestAccumulatedResume(t *testing.T) {
	cfg := everything()
	cfg.Accumulate = 4
	whole := newSmall(t, mlcontext.New(), cfg)
	whole.run(t, 6)
	first := newSmall(t, mlcontext.New(), cfg)
	first.run(t, 3)
	snapshot := values(t, first.vars)
	for name := range snapshot {
		if strings.HasPrefix(name, optimizer.AccumulatedScope) {
			delete(snapshot, name)
		}
	}
	second := newSmall(t, restored(snapshot), cfg)
	second.data.Seek(3)
	second.run(t, 3)
	for i, step := range append(first.log, second.log...) {
		if want := whole.log[i]; step.Loss != want.Loss || step.GradNorm != want.GradNorm {
			t.Errorf("step %d: loss %v and norm %v, want %v and %v", i+1, step.Loss, step.GradNorm, want.Loss,
				want.GradNorm)
		}
	}
}

func TestBatchThatDoesNotDivide(t *testing.T) {
	cfg := everything()
	cfg.Accumulate = 5
	s := newSmall(t, mlcontext.New(), cfg)
	err := s.trainer.Run(t.Context(), s.data, 1)
	if err == nil || !strings.Contains(err.Error(), "16 examples") || !strings.Contains(err.Error(), "5 equal parts") {
		t.Errorf("16 examples in 5 parts: %v", err)
	}
}

func TestMoreDevicesThanThereAre(t *testing.T) {
	backend := testBackend(t)
	n := int(backend.NumDevices())
	model := plain(flows.MLP{}.Action(), flows.Linear{})
	_, err := flows.NewTrainer(backend, mlcontext.New(), model, flows.TrainerConfig{Devices: n + 1})
	if err == nil || !strings.Contains(err.Error(), backend.Name()) {
		t.Errorf("%d devices of %d: %v", n+1, n, err)
	}
}

// listed serves the rows of a table in turn.
type listed struct {
	rows  [][]float32
	batch int
	at    int
}

func (l *listed) Name() string { return "listed" }
func (l *listed) Reset()       { l.at = 0 }

func (l *listed) YieldIndices() []int32 {
	indices := make([]int32, l.batch)
	for i := range indices {
		indices[i] = int32((5*l.at + 3*i) % len(l.rows))
	}
	l.at++
	return indices
}

func (l *listed) Examples() (*tensors.Tensor, error) { return tensors.FromValue(l.rows), nil }

func (l *listed) Yield() (spec any, inputs, labels []*tensors.Tensor, err error) {
	var rows [][]float32
	for _, i := range l.YieldIndices() {
		rows = append(rows, l.rows[i])
	}
	return nil, []*tensors.Tensor{tensors.FromValue(rows)}, nil, nil
}

func newListed(t *testing.T) *listed {
	t.Helper()
	_, inputs, _, err := toyData(t, 50, 3).Yield()
	if err != nil {
		t.Fatal(err)
	}
	return &listed{rows: inputs[0].Value().([][]float32), batch: 12}
}

// Examples that lie on the device make the very bits of those that are sent there.
func TestResidentTable(t *testing.T) {
	backend := testBackend(t)
	for _, parts := range []int{1, 3} {
		cfg := everything()
		cfg.Accumulate = parts
		want, wantVars := fitTurned(t, backend, newListed(t), cfg, 5)
		cfg.Resident = true
		got, gotVars := fitTurned(t, backend, newListed(t), cfg, 5)
		near(t, got, want, gotVars, wantVars, 0)
	}
}

// Metrics are read when they are wanted, and training is the same.
func TestReadEvery(t *testing.T) {
	every := newSmall(t, mlcontext.New(), everything())
	every.run(t, 11)
	cfg := everything()
	cfg.ReadEvery = 4
	some := newSmall(t, mlcontext.New(), cfg)
	some.run(t, 11)
	var read []int
	for i, step := range some.log {
		if step.Step != i+1 {
			t.Fatalf("step %d came as %d", i+1, step.Step)
		}
		if want := every.log[i]; step.Read {
			read = append(read, step.Step)
			if step.Loss != want.Loss || step.GradNorm != want.GradNorm || step.LearningRate != want.LearningRate {
				t.Errorf("step %d: %+v, want %+v", i+1, step, want)
			}
		}
	}
	if len(read) != 4 || read[0] != 1 || read[1] != 4 || read[2] != 8 || read[3] != 11 {
		t.Errorf("read after steps %v, want 1, 4, 8, 11", read)
	}
	near(t, nil, nil, values(t, some.vars), values(t, every.vars), 0)
}

// A loss that is no number stops a run at the next reading.
func TestReadEveryFindsNaN(t *testing.T) {
	cfg := everything()
	cfg.ReadEvery, cfg.ClipNorm = 3, 0
	s := newSmall(t, mlcontext.New(), cfg)
	s.data = poisoned(t, 4)
	var bad *flows.NonFiniteLossError
	if err := s.trainer.Run(t.Context(), s.data, 20); !errors.As(err, &bad) || bad.Step != 6 {
		t.Errorf("a NaN in batch 4, read after each third step: %v; want it found at step 6", err)
	}
}

// A gradient whose norm isn't finite in a step that nobody reads, and is clipped away, is found at the next reading,
// and by those who are about to save. Loss and gradients of the spike, of order 1e23, are finite; the squares of the
// gradients are not, so what is left of the gradients is 0, and the parameters and the losses after it are finite
// ones.
func TestUnreadStepIsSeen(t *testing.T) {
	cfg := everything()
	cfg.ReadEvery, cfg.ClipNorm = 5, 1
	s := newSmall(t, mlcontext.New(), cfg)
	drawn := 0
	data, err := flows.NewPoints("spike", 16, 2, 7, func(random *rand.Rand, p []float32) {
		p[0], p[1] = float32(random.NormFloat64()), float32(random.NormFloat64())
		if drawn++; drawn > 16*2 && drawn <= 16*3 { // of step 3 alone
			p[0] = 1e12
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	var bad *flows.NonFiniteLossError
	if err := s.trainer.Run(t.Context(), data, 20); !errors.As(err, &bad) || bad.Step != 5 || !bad.Unread {
		t.Fatalf("a spike at step 3, read after each fifth step: %v; want it found at step 5", err)
	}
	if math.IsNaN(bad.Loss) || math.IsInf(bad.Loss, 0) {
		t.Errorf("loss %g at step 5, want that of sound parameters", bad.Loss)
	}
	for name, tensor := range values(t, s.vars) {
		if tensor.DType().IsFloat() {
			for _, v := range float64s(t, tensor) {
				if math.IsNaN(v) || math.IsInf(v, 0) {
					t.Fatalf("%s holds %g", name, v)
				}
			}
		}
	}
	if err := flows.CheckFinite(s.vars, 4); !errors.As(err, &bad) || bad.Step != 4 {
		t.Errorf("before saving: %v; want an error", err)
	}
	sound := newSmall(t, mlcontext.New(), cfg)
	sound.run(t, 7)
	if err := flows.CheckFinite(sound.vars, 7); err != nil {
		t.Error(err)
	}
}

// poisoned is toy data whose batch of that number, counted from 1, holds a NaN.
func poisoned(t *testing.T, batch int) *flows.Points {
	t.Helper()
	drawn := 0
	data, err := flows.NewPoints("poisoned", 16, 2, 7, func(_ *rand.Rand, p []float32) {
		if drawn++; drawn > 16*(batch-1) {
			p[0] = float32(math.NaN())
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return data
}
