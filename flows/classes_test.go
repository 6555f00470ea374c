package flows_test

import (
	"math"
	"strings"
	"sync"
	"testing"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/solve"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// slopes and curvatures of an action a·x + ½b‖x‖² + t·Σx for classes 0, 1 and the null label.
var (
	slopes     = [][]float64{{1, -2}, {0.5, 3}, {-0.25, 0.75}}
	curvatures = []float64{0.5, -1, 0.25}
)

// ofClass picks the rows of values by class, [batch, ...].
func ofClass(class *Node, dtype dtypes.DType, values any) *Node {
	return Gather(ConvertDType(Const(class.Graph(), values), dtype), InsertAxes(class, -1))
}

// quadraticOf is the action for each class; as a vector field its gradient.
func quadraticOf(field bool) func(class *Node) flows.Action {
	return func(class *Node) flows.Action {
		return func(_ *mlcontext.Context, t, x *Node) *Node {
			a, b := ofClass(class, x.DType(), slopes), ofClass(class, x.DType(), curvatures)
			if field {
				return Add(Add(a, Mul(InsertAxes(b, -1), x)), InsertAxes(t, -1))
			}
			squares := MulScalar(Mul(b, ReduceSum(Square(x), 1)), 0.5)
			return Add(Add(ReduceSum(Mul(a, x), 1), squares), Mul(t, ReduceSum(x, 1)))
		}
	}
}

func labelled(objective flows.Objective) flows.Model {
	return flows.Model{Classes: 2, ByClass: quadraticOf(objective.Motion().VectorField()), Path: flows.Linear{},
		Objective: objective}
}

// The guided action's gradient is the combination of the classes' gradients, its s that of their s, and outside of the
// interval the motion is that of the class alone.
func TestGuidance(t *testing.T) {
	start := [][]float64{{0.3, -0.7}, {1.5, 0.2}, {-0.4, 0.9}}
	labels := []int32{1, 0, flows.NoClass}
	am := flows.ActionMatching{}
	grows := flows.ActionMatching{Dynamics: flows.Dynamics{Growth: true}}
	for name, objective := range map[string]flows.Objective{"am": am, "growth": grows, "fm": flows.FlowMatching{}} {
		s, x := sampler(t, labelled(objective)), tensors.FromValue(start)
		for _, guidance := range []flows.Guidance{{}, {Weight: 2}, {Weight: -1},
			{Weight: 2, From: 0.25, To: 0.25 + 1e-9}, {Weight: 2, From: 0.3}, {Weight: 2, To: 0.2}} {
			const at, h = 0.25, 0.5 // powers of two: one step of Euler gives the velocity exactly but for one rounding
			end, err := s.Follow(t.Context(), solve.Euler{Steps: 1}, x, at, at+h,
				flows.FollowOptions{Classes: labels, Guidance: guidance})
			if err != nil {
				t.Fatal(err)
			}
			w := guidance.Weight
			if guidance.From > at || guidance.To != 0 && guidance.To < at {
				w = 0
			}
			got := float64s(t, end.X)
			for i, row := range start {
				class := labels[i]
				if class == flows.NoClass {
					class = 2
				}
				for j, value := range row {
					v := (1+w)*(slopes[class][j]+curvatures[class]*value) - w*(slopes[2][j]+curvatures[2]*value) + at
					if want := value + h*v; math.Abs(got[2*i+j]-want) > 1e-14 {
						t.Errorf("%s %+v: example %d moves to %.17g, want %.17g", name, guidance, i, got[2*i+j], want)
					}
				}
				if end.LogWeights == nil {
					continue
				}
				of := func(k int32) float64 {
					return slopes[k][0]*row[0] + slopes[k][1]*row[1] + curvatures[k]*(row[0]*row[0]+row[1]*row[1])/2 +
						at*(row[0]+row[1])
				}
				if want := h * ((1+w)*of(class) - w*of(2)); math.Abs(end.LogWeights[i]-want) > 1e-14 {
					t.Errorf("%s %+v: example %d weighs %.17g, want %.17g", name, guidance, i, end.LogWeights[i], want)
				}
			}
			if end.Report.NFE != 1 {
				t.Errorf("%s %+v: %d evaluations, want 1", name, guidance, end.Report.NFE)
			}
			end.Finalize()
		}
	}
}

// A path's condition is told beside the class, in both halves of a guided batch.
func TestGuidanceOnCondition(t *testing.T) {
	byClass := func(class *Node) flows.Action { // s = Σ x·condition·(class + 1)
		return func(_ *mlcontext.Context, _, x *Node) *Node {
			image := SliceAxis(x, 3, AxisRange(0, 1))
			given := SliceAxis(x, 3, AxisRange(1, 2))
			scale := OnePlus(ConvertDType(class, x.DType()))
			return Mul(ReduceSum(Mul(image, given), 1, 2, 3), scale)
		}
	}
	s := sampler(t, flows.Model{Classes: 2, ByClass: byClass, Path: flows.Inpaint{}, Objective: flows.ActionMatching{}})
	x := tensors.FromValue([][][][]float64{{{{1}, {2}}}, {{{3}, {4}}}})
	condition := tensors.FromValue([][][][]float64{{{{0.5}, {-1}}}, {{{2}, {0.25}}}})
	end, err := s.Follow(t.Context(), solve.Euler{Steps: 1}, x, 0, 1, flows.FollowOptions{Condition: condition,
		Classes: []int32{0, 1}, Guidance: flows.Guidance{Weight: 0.5}})
	if err != nil {
		t.Fatal(err)
	}
	defer end.Finalize()
	// (1 + ½)(class + 1) − ½·3 is 0 and 1.5.
	if diff := cmp.Diff([]float64{1, 2, 3 + 2*1.5, 4 + 0.25*1.5}, float64s(t, end.X)); diff != "" {
		t.Error(diff)
	}
}

// The log-likelihood is that of the guided flow, which is known where the action is a quadratic: x₁ = e^b x₀ +
// a(e^b−1)/b.
func TestGuidedLikelihood(t *testing.T) {
	still := func(class *Node) flows.Action {
		return func(_ *mlcontext.Context, _, x *Node) *Node {
			a, b := ofClass(class, x.DType(), slopes), ofClass(class, x.DType(), curvatures)
			return Add(ReduceSum(Mul(a, x), 1), MulScalar(Mul(b, ReduceSum(Square(x), 1)), 0.5))
		}
	}
	l, err := flows.NewLikelihood(testBackend(t), mlcontext.New(), flows.Model{Classes: 2, ByClass: still,
		Path: flows.Linear{}, Objective: flows.ActionMatching{}}, flows.LikelihoodOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Finalize()
	x := tensors.FromValue([][]float64{{0.3, -0.7}, {1.5, 0.2}})
	for _, test := range []struct {
		labels []int32
		w      float64
	}{{nil, 0}, {[]int32{1, 0}, 0}, {[]int32{1, 0}, 1.5}} {
		got, _, err := l.Log(t.Context(), solve.RK4{Steps: 200}, x, flows.LogOptions{Classes: test.labels,
			Guidance: flows.Guidance{Weight: test.w}})
		if err != nil {
			t.Fatal(err)
		}
		for i, row := range [][]float64{{0.3, -0.7}, {1.5, 0.2}} {
			k := int32(2)
			if test.labels != nil {
				k = test.labels[i]
			}
			b := (1+test.w)*curvatures[k] - test.w*curvatures[2]
			want := -2*b - math.Log(2*math.Pi)
			for j, value := range row {
				a := (1+test.w)*slopes[k][j] - test.w*slopes[2][j]
				x0 := (value - a*(math.Exp(b)-1)/b) / math.Exp(b)
				want -= x0 * x0 / 2
			}
			if !(math.Abs(got[i]-want) < 1e-7*(1+math.Abs(want))) { // RK4's error is (1/200)⁴
				t.Errorf("%+v: log q of example %d is %.12g, want %.12g", test, i, got[i], want)
			}
		}
	}
}

// Guidance within an interval, by a solver that chooses its steps, is three solves one after the other; so is its
// likelihood, backwards.
func TestGuidanceIntervalInParts(t *testing.T) {
	s, x := sampler(t, labelled(flows.ActionMatching{})), tensors.FromValue([][]float64{{0.3, -0.7}, {1.5, 0.2}})
	labels, guided := []int32{1, 0}, flows.Guidance{Weight: 2}
	within := flows.Guidance{Weight: 2, From: 0.3, To: 0.8}
	parts := []struct {
		from, to float64
		guidance flows.Guidance
	}{{0, 0.3, flows.Guidance{}}, {0.3, 0.8, guided}, {0.8, 1, flows.Guidance{}}}
	follow := func(x *tensors.Tensor, t0, t1 float64, guidance flows.Guidance) (*tensors.Tensor, int) {
		end, err := s.Follow(t.Context(), solve.Dopri5{}, x, t0, t1,
			flows.FollowOptions{Classes: labels, Guidance: guidance})
		if err != nil {
			t.Fatal(err)
		}
		return end.X, end.Report.NFE
	}
	want, wantNFE := x, 0
	for _, part := range parts {
		var nfe int
		want, nfe = follow(want, part.from, part.to, part.guidance)
		wantNFE += nfe
	}
	got, nfe := follow(x, 0, 1, within)
	// The parts' times are the jumps themselves, and here they are the float64 next to them.
	rounding := cmpopts.EquateApprox(1e-14, 0)
	if diff := cmp.Diff(float64s(t, want), float64s(t, got), rounding); diff != "" || nfe != wantNFE {
		t.Errorf("%d evaluations, in parts %d\n%s", nfe, wantNFE, diff)
	}
	l, err := flows.NewLikelihood(testBackend(t), mlcontext.New(), labelled(flows.ActionMatching{}),
		flows.LikelihoodOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Finalize()
	x = tensors.FromValue([][]float64{{0.3, -0.7}, {1.5, 0.2}}) // of this backend
	log := func(solver solve.Solver) ([]float64, int) {
		values, report, err := l.Log(t.Context(), solver, x, flows.LogOptions{Classes: labels, Guidance: within})
		if err != nil {
			t.Fatal(err)
		}
		return values, report.NFE
	}
	adaptive, nfe := log(solve.Dopri5{RTol: 1e-6, ATol: 1e-6})
	fine, _ := log(solve.RK4{Steps: 200}) // whose grid has the ends of the interval
	for i := range fine {
		if !(math.Abs(adaptive[i]-fine[i]) < 1e-4*math.Abs(fine[i])) {
			t.Errorf("log q of example %d is %.9g, by fine steps %.9g", i, adaptive[i], fine[i])
		}
	}
	if nfe > 150 {
		t.Errorf("%d evaluations of a likelihood", nfe)
	}
}

// What classes and guidance don't go with is refused, with the reason.
func TestClassesRefused(t *testing.T) {
	x := tensors.FromValue([][]float32{{1, 2}, {3, 4}})
	none := sampler(t, plain(flows.MLP{}.Action(), flows.Linear{}))
	some := sampler(t, labelled(flows.ActionMatching{}))
	nan := math.NaN()
	for _, test := range []struct {
		s        *flows.Sampler
		classes  []int32
		guidance flows.Guidance
		words    string
	}{
		{none, []int32{0, 0}, flows.Guidance{}, "a model that has none"},
		{none, nil, flows.Guidance{Weight: 1}, "without classes"},
		{some, nil, flows.Guidance{Weight: 1}, "without classes"},
		{some, []int32{0}, flows.Guidance{}, "a batch of 2 examples"},
		{some, []int32{0, 2}, flows.Guidance{}, "class 2 of example 1; give one from 0 to 1"},
		{some, []int32{-2, 0}, flows.Guidance{}, "class -2 of example 0"},
		{some, []int32{0, 0}, flows.Guidance{Weight: nan}, "a finite one"},
		{some, []int32{0, 0}, flows.Guidance{Weight: math.Inf(1)}, "a finite one"},
		{some, []int32{0, 0}, flows.Guidance{Weight: 1, From: 0.5, To: 0.5}, "an interval within [0, 1]"},
		{some, []int32{0, 0}, flows.Guidance{Weight: 1, From: -1}, "an interval within [0, 1]"},
		{some, []int32{0, 0}, flows.Guidance{Weight: 1, From: nan}, "an interval within [0, 1]"},
		{some, []int32{0, 0}, flows.Guidance{Weight: 1, To: 1.5}, "an interval within [0, 1]"},
		{some, []int32{0, 0}, flows.Guidance{From: 0.5}, "of weight 0"},
	} {
		_, err := test.s.Follow(t.Context(), solve.Euler{Steps: 1}, x, 0, 1, flows.FollowOptions{Classes: test.classes,
			Guidance: test.guidance})
		if err == nil || !strings.Contains(err.Error(), test.words) {
			t.Errorf("classes %v, %+v: error %v, want one that mentions %q", test.classes, test.guidance, err,
				test.words)
		}
	}
	for _, model := range []flows.Model{
		{Classes: 2, Action: flows.MLP{}.Action(), Path: flows.Linear{}, Objective: flows.ActionMatching{}},
		{ByClass: quadraticOf(false), Action: flows.MLP{}.Action(), Path: flows.Linear{},
			Objective: flows.ActionMatching{}},
		{Classes: -1, Path: flows.Linear{}, Objective: flows.ActionMatching{}},
	} {
		if _, err := flows.NewSampler(testBackend(t), mlcontext.New(), model); err == nil {
			t.Errorf("a model of %d classes, ByClass %t: no error", model.Classes, model.ByClass != nil)
		}
	}
}

// Several goroutines draw classes of their own, guided and not, from one sampler that compiles as they come.
func TestConcurrentClasses(t *testing.T) {
	model := labelled(flows.ActionMatching{})
	draw := func(s *flows.Sampler, k int) ([]float64, error) {
		x, err := flows.Noise(int64(k), 0, 4+k%3, 2)
		if err != nil {
			return nil, err
		}
		defer x.MustFinalizeAll()
		labels := make([]int32, 4+k%3)
		for i := range labels {
			labels[i] = int32((i+k)%3) - 1
		}
		end, err := s.Follow(t.Context(), solve.Heun{Steps: 4}, x, 0, 1, flows.FollowOptions{Classes: labels,
			Guidance: flows.Guidance{Weight: float64(k % 2)}})
		if err != nil {
			return nil, err
		}
		defer end.Finalize()
		return float64s(t, end.X), nil
	}
	alone, shared := sampler(t, model), sampler(t, model)
	var all sync.WaitGroup
	for k := range 8 {
		want, err := draw(alone, k)
		if err != nil {
			t.Fatal(err)
		}
		all.Go(func() {
			got, err := draw(shared, k)
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Errorf("drawer %d: %v\n%s", k, err, diff)
			}
		})
	}
	all.Wait()
}
