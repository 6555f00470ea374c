package flows_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/optimizer"
	"github.com/amgen/amgen/flows/solve"
	"github.com/amgen/amgen/internal/autodiff"
	"github.com/gomlx/gomlx/backends"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
	"github.com/gomlx/gomlx/pkg/ml/context/initializers"
	"github.com/gomlx/gomlx/pkg/ml/layers"
)

// sorted serves examples of two numbers around a mean for each class, whose label they have, as a table and in batches.
type sorted struct {
	listed
	labels []int32
}

func newSorted(classes, n, batch int) *sorted {
	rng := rand.New(rand.NewPCG(1, 2))
	s := &sorted{listed: listed{batch: batch}}
	for i := range n {
		class := i % classes
		s.rows = append(s.rows, []float32{float32(4*class-2) + 0.5*float32(rng.NormFloat64()), float32(class)})
		s.labels = append(s.labels, int32(class))
	}
	return s
}

func (s *sorted) Labels() []int32 { return s.labels }

func (s *sorted) Yield() (spec any, inputs, labels []*tensors.Tensor, err error) {
	var rows [][]float32
	var classes []int32
	for _, i := range s.YieldIndices() {
		rows, classes = append(rows, s.rows[i]), append(classes, s.labels[i])
	}
	return nil, []*tensors.Tensor{tensors.FromValue(rows)}, []*tensors.Tensor{tensors.FromValue(classes)}, nil
}

// judged is an objective whose loss is what the model says of the data.
type judged struct{ flows.ActionMatching }

func (judged) Loss(vars *mlcontext.Context, model flows.Action, _ flows.Path, _ flows.Times, data *Node) *Node {
	return model(vars, nil, data)
}

// labelLoss trains for some steps a model that says what of gets of data and classes, and returns the losses.
func labelLoss(t *testing.T, backend backends.Backend, data *sorted, classes int, cfg flows.TrainerConfig,
	of func(class, data *Node) *Node) (losses []float64) {
	t.Helper()
	byClass := func(class *Node) flows.Action {
		return func(vars *mlcontext.Context, _, x *Node) *Node {
			v := vars.WithInitializer(initializers.Zero).VariableWithShape("v", shapes.Make(x.DType()))
			return Add(of(class, x), MulScalar(v.ValueGraph(x.Graph()), 0)) // a trainer needs something to train
		}
	}
	cfg.Seed = 3
	cfg.OnStep = func(s flows.Step) error {
		losses = append(losses, s.Loss)
		return nil
	}
	trainer, err := flows.NewTrainer(backend, mlcontext.New(), flows.Model{Classes: classes, ByClass: byClass,
		Path: flows.Linear{}, Objective: judged{}}, cfg)
	if err == nil {
		err = trainer.Run(t.Context(), data, 20)
	}
	if err != nil {
		t.Fatal(err)
	}
	return losses
}

// labelsOff tells how far a class is from that of its example.
func labelsOff(class, data *Node) *Node {
	second := Reshape(Slice(data, AxisRange(), AxisElem(1)), -1) // is the class
	return Abs(Sub(second, ConvertDType(class, data.DType())))
}

// Each example meets its own label, however batches reach the model: whole or in parts, yielded or from a table.
func TestLabelsMeetTheirExamples(t *testing.T) {
	for _, cfg := range []flows.TrainerConfig{{}, {Accumulate: 3}, {Resident: true}, {Resident: true, Accumulate: 4}} {
		cfg.LabelDropout = -1
		for i, loss := range labelLoss(t, testBackend(t), newSorted(3, 30, 12), 3, cfg, labelsOff) {
			if loss != 0 {
				t.Errorf("%+v: step %d: labels are off by %g", cfg, i+1, loss)
			}
		}
	}
}

// Labels are dropped as often as the configuration says: with one class, the mean class is the share of null labels. It
// is within five of its standard deviations over 20 batches of 500.
func TestLabelDropout(t *testing.T) {
	for _, test := range []struct{ dropout, want float64 }{{0, 0.1}, {0.3, 0.3}, {-1, 0}} {
		for _, parts := range []int{1, 4} {
			sum := 0.0
			losses := labelLoss(t, testBackend(t), newSorted(1, 500, 500), 1,
				flows.TrainerConfig{LabelDropout: test.dropout, Accumulate: parts},
				func(class, data *Node) *Node { return ConvertDType(class, data.DType()) })
			for i, loss := range losses {
				sum += loss
				if i > 0 && test.want > 0 && loss == losses[i-1] && loss == losses[max(i-2, 0)] && i > 1 {
					t.Errorf("dropout %g: three batches of the same share %g", test.dropout, loss)
				}
			}
			got := sum / float64(len(losses))
			if deviation := math.Sqrt(test.want * (1 - test.want) / 10000); math.Abs(got-test.want) > 5*deviation {
				t.Errorf("dropout %g in %d parts: share %g, want %g within 5·%g", test.dropout, parts, got, test.want,
					deviation)
			}
		}
	}
}

// toldClass is an action ½‖x − h‖² of a perceptron h that is told the class.
func toldClass(classes int, field bool) func(class *Node) flows.Action {
	return func(class *Node) flows.Action {
		return func(vars *mlcontext.Context, t, x *Node) *Node {
			vars = vars.In("told").WithInitializer(initializers.GlorotUniformFn(vars))
			all := Concatenate([]*Node{x, InsertAxes(t, -1), OneHot(class, classes+1, x.DType())}, 1)
			h := layers.Dense(vars.In("x"), all, true, 64)
			h = autodiff.SiLU(layers.Dense(vars.In("h"), autodiff.SiLU(h), true, 64))
			h = layers.Dense(vars.In("out"), h, true, x.Shape().Dimensions[1])
			if field {
				return h
			}
			return MulScalar(ReduceSum(Square(Sub(x, h)), 1), 0.5)
		}
	}
}

// A model learns the mean of each class, and of the mixture for the null label.
func TestLearnsClasses(t *testing.T) {
	backend, vars := testBackend(t), mlcontext.New()
	model := flows.Model{Classes: 2, ByClass: toldClass(2, false), Path: flows.Linear{},
		Objective: flows.ActionMatching{}}
	trainer, err := flows.NewTrainer(backend, vars, model, flows.TrainerConfig{LearningRate: 3e-3, Seed: 5,
		EMADecay: 0.99, Decay: optimizer.CosineDecay, DecaySteps: 800})
	if err != nil {
		t.Fatal(err)
	}
	if err := trainer.Run(t.Context(), newSorted(2, 1000, 256), 800); err != nil {
		t.Fatal(err)
	}
	averages, err := flows.EMAContext(vars)
	if err != nil {
		t.Fatal(err)
	}
	s, err := flows.NewSampler(backend, averages, model)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Finalize()
	const n = 1000
	for class, want := range map[int32]float64{0: -2, 1: 2, flows.NoClass: 0} {
		noise, err := flows.Noise(9, 0, n, 2)
		if err != nil {
			t.Fatal(err)
		}
		labels := make([]int32, n)
		for i := range labels {
			labels[i] = class
		}
		end, err := s.Follow(t.Context(), solve.Heun{Steps: 30}, noise, 0, 1, flows.FollowOptions{Classes: labels})
		if err != nil {
			t.Fatal(err)
		}
		got, spread := 0.0, 0.0
		for i := range n {
			got += float64s(t, end.X)[2*i] / n
		}
		for i := range n {
			spread += math.Pow(float64s(t, end.X)[2*i]-got, 2) / n
		}
		spread = math.Sqrt(spread)
		// The classes lie 4 apart, with deviation 0.5. The null label is trained by a tenth of the examples.
		if tolerance, deviation := 0.15, 0.5; class != flows.NoClass &&
			(math.Abs(got-want) > tolerance || math.Abs(spread-deviation) > tolerance) ||
			class == flows.NoClass && (math.Abs(got) > 0.5 || spread < 1.5) {
			t.Errorf("class %d: mean %.3f and deviation %.3f, want mean %g", class, got, spread, want)
		}
		end.Finalize()
		noise.MustFinalizeAll()
	}
}

// Every objective trains by labels, in parts of a batch.
func TestEveryObjectiveTakesLabels(t *testing.T) {
	for _, name := range flows.ObjectiveNames() {
		for _, estimator := range []flows.Estimator{flows.Pathwise, flows.Boundary} {
			objective, err := flows.ObjectiveByName(name, flows.ObjectiveSettings{Estimator: estimator})
			if err != nil {
				continue // a baseline has no boundary terms
			}
			for _, path := range []flows.Path{flows.Linear{Antithetic: true}, flows.VP{}} {
				if objective.Check(path) != nil {
					continue
				}
				vars := mlcontext.New()
				trainer, err := flows.NewTrainer(testBackend(t), vars, flows.Model{Classes: 2,
					ByClass: toldClass(2, objective.Motion().VectorField()), Path: path, Objective: objective},
					flows.TrainerConfig{Accumulate: 2, Times: flows.AdaptiveTimes{}, Seed: 1})
				if err == nil {
					err = trainer.Run(t.Context(), newSorted(2, 20, 8), 3)
				}
				if err != nil {
					t.Errorf("%s by %v on %s: %v", name, estimator, path.Name(), err)
				}
			}
		}
	}
}

// A run that goes on from its variables has the bits of one that was never interrupted.
func TestResumeWithLabels(t *testing.T) {
	backend := testBackend(t)
	model := flows.Model{Classes: 2, ByClass: toldClass(2, false), Path: flows.Linear{},
		Objective: flows.ActionMatching{}}
	train := func(vars *mlcontext.Context, data *sorted, steps int) (losses []float64) {
		cfg := everything()
		cfg.OnStep = func(s flows.Step) error {
			losses = append(losses, s.Loss)
			return nil
		}
		trainer, err := flows.NewTrainer(backend, vars, model, cfg)
		if err == nil {
			err = trainer.Run(t.Context(), data, steps)
		}
		if err != nil {
			t.Fatal(err)
		}
		return losses
	}
	want := train(mlcontext.New(), newSorted(2, 40, 8), 8)
	data, vars := newSorted(2, 40, 8), mlcontext.New()
	got := train(vars, data, 4)
	got = append(got, train(restored(values(t, vars)), data, 4)...)
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("step %d: loss %v, want %v", i+1, got[i], want[i])
		}
	}
}

// Labels that are missing, or none of the model's, are refused.
func TestLabelsRefused(t *testing.T) {
	strange := newSorted(3, 30, 12)
	few := newSorted(2, 30, 12)
	few.labels = few.labels[:20]
	unlabelled := newSorted(2, 30, 12)
	unlabelled.labels = nil
	for _, test := range []struct {
		data     any
		resident bool
		words    string
	}{
		{toyData(t, 8, 1), false, "yielded 0 labels, and the model has 2 classes"},
		{strange, false, "yielded label 2"}, {strange, true, "yielded label 2"},
		{few, true, "for 30 examples"}, {unlabelled, true, "yielded 0 labels"},
		{&few.listed, true, "yielded 0 labels"},
	} {
		trainer, err := flows.NewTrainer(testBackend(t), mlcontext.New(), flows.Model{Classes: 2,
			ByClass: toldClass(2, false), Path: flows.Linear{}, Objective: flows.ActionMatching{}},
			flows.TrainerConfig{Resident: test.resident})
		if err != nil {
			t.Fatal(err)
		}
		switch data := test.data.(type) {
		case *flows.Points:
			err = trainer.Run(t.Context(), data, 3)
		case *sorted:
			err = trainer.Run(t.Context(), data, 3)
		case *listed:
			err = trainer.Run(t.Context(), data, 3)
		}
		if err == nil || !strings.Contains(err.Error(), test.words) {
			t.Errorf("error %v, want one that mentions %q", err, test.words)
		}
	}
	for _, dropout := range []float64{1, math.NaN()} {
		if _, err := flows.NewTrainer(testBackend(t), mlcontext.New(), plain(flows.MLP{}.Action(), flows.Linear{}),
			flows.TrainerConfig{LabelDropout: dropout}); err == nil {
			t.Errorf("label dropout %g: no error", dropout)
		}
	}
}
