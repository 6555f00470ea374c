package unet

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
)

// Counts of the same networks in PyTorch, with biases everywhere as here.
func TestParams(t *testing.T) {
	for name, want := range map[string]int{"tiny": 275889, "mnist": 1589633, "cifar10": 36009987,
		"cifar10-tiny": 1097187, "mnist-small": 686308, "cifar10-small": 1393248} {
		cfg, err := Preset(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := cfg.Params(); got != want {
			t.Errorf("%s: %d parameters, want %d", name, got, want)
		}
	}
	for _, c := range []struct {
		cfg  Config
		want int
	}{
		{Config{Size: 28, Channels: 1, Base: 24, Multipliers: []int{1, 2, 3}, Blocks: 2, Attention: []int{14, 7}},
			1454881},
		{Config{Size: 28, Channels: 1, Base: 8, Multipliers: []int{1, 2}, Blocks: 1}, 41609},
		{Config{Size: 64, Channels: 3, Base: 64, Multipliers: []int{1, 2, 2, 4}, Blocks: 2, Attention: []int{16}},
			17085315},
	} {
		if got := c.cfg.Params(); got != c.want {
			t.Errorf("%+v: %d parameters, want %d", c.cfg, got, c.want)
		}
	}
}

// One resolution is countable by hand.
func TestFLOPs(t *testing.T) {
	cfg := Config{Size: 4, Channels: 1, Base: 4, Multipliers: []int{1}, Blocks: 1}
	time := 4*16 + 16*16
	block := func(in int) int {
		skip := in * 4 * 16
		if in == 4 {
			skip = 0
		}
		return 9*in*4*16 + 9*4*4*16 + 16*4 + skip
	}
	attention := 4*4*4*16 + 2*16*16*4
	told := cfg
	told.Classes = 9
	if got, want := told.FLOPs(3)-cfg.FLOPs(3), int64(2*3*10*16); got != want { // a row of the table for each example
		t.Errorf("classes take %d, want %d", got, want)
	}
	want := time + 9*1*4*16 + block(4) + (block(4) + attention + block(4)) + 2*block(8) + 9*4*1*16
	if got := cfg.FLOPs(3); got != int64(2*3*want) {
		t.Errorf("got %d, want %d", got, 6*want)
	}
}

func TestStartsAtZero(t *testing.T) {
	eachBackend(t, func(t *testing.T, backend backends.Backend) {
		exec := mlcontext.MustNewExec(backend, mlcontext.New(), func(vars *mlcontext.Context, times, x *Node) []*Node {
			x = Identity(x)
			s := Action(mini)(vars, times, x)
			return []*Node{s, Gradient(ReduceAllSum(s), x)[0]}
		})
		for i, out := range exec.MustExec([]float64{0, 0.5, 1}, image("x", 3, 8, 8, 2)) {
			for _, v := range tensors.MustCopyFlatData[float64](out) {
				if v != 0 {
					t.Fatalf("output %d: got %v before training, want 0", i, v)
				}
			}
		}
	})
}

// Examples do not see each other: reversing the batch reverses the action.
func TestBatchEquivariance(t *testing.T) {
	eachBackend(t, func(t *testing.T, backend backends.Backend) {
		exec := mlcontext.MustNewExec(backend, filled(t, backend, mini),
			func(vars *mlcontext.Context, times, x *Node) []*Node {
				return []*Node{Action(mini)(vars, times, x),
					Reverse(Action(mini)(vars, Reverse(times, 0), Reverse(x, 0)), 0)}
			})
		out := exec.MustExec([]float64{0, 0.4, 1}, image("x", 3, 8, 8, 2))
		a, b := tensors.MustCopyFlatData[float64](out[0]), tensors.MustCopyFlatData[float64](out[1])
		for i := range a {
			if !(math.Abs(a[i]-b[i]) <= 1e-10*math.Abs(a[i])) { // rounding only: blocking may differ by position
				t.Errorf("example %d: %v, reversed %v", i, a[i], b[i])
			}
		}
	})
}

// The action is ⟨h, x⟩ or −½‖h − x‖² of the network's own output, over the image's channels alone; the network sees the
// condition.
func TestForms(t *testing.T) {
	eachBackend(t, func(t *testing.T, backend backends.Backend) {
		for form, term := range map[Form]func(h, x float64) float64{
			InnerProduct: func(h, x float64) float64 { return h * x },
			Quadratic:    func(h, x float64) float64 { return -0.5 * (h - x) * (h - x) },
		} {
			for _, conditions := range []int{0, 1} {
				cfg := mini
				cfg.Form, cfg.ConditionChannels = form, conditions
				t.Run(fmt.Sprintf("%s/condition=%d", form, conditions),
					func(t *testing.T) { checkForm(t, backend, cfg, term) })
			}
		}
	})
}

func checkForm(t *testing.T, backend backends.Backend, cfg Config, term func(h, x float64) float64) {
	seen := cfg.Channels + cfg.ConditionChannels
	exec := mlcontext.MustNewExec(backend, filled(t, backend, cfg),
		func(vars *mlcontext.Context, times, x *Node) []*Node {
			return []*Node{Action(cfg)(vars, times, x), Network(cfg)(vars, times, x)}
		})
	eval := func(x []float64) []float64 {
		out := exec.MustExec([]float64{0, 0.4, 1}, tensors.FromFlatDataAndDimensions(x, 3, 8, 8, seen))
		s, h := tensors.MustCopyFlatData[float64](out[0]), tensors.MustCopyFlatData[float64](out[1])
		for example, got := range s {
			want, size := 0.0, 0.0
			for pixel := 64 * example; pixel < 64*(example+1); pixel++ {
				for c := range cfg.Channels {
					v := term(h[pixel*cfg.Channels+c], x[pixel*seen+c])
					want, size = want+v, size+math.Abs(v)
				}
			}
			if !(math.Abs(got-want) <= 1e-12*size) { // the same 128 numbers, summed in another order
				t.Errorf("example %d: action %.15g, want %.15g", example, got, want)
			}
		}
		return s
	}
	x := tensors.MustCopyFlatData[float64](image("x", 3, 8, 8, seen))
	before := eval(x)
	if cfg.ConditionChannels == 0 {
		return
	}
	for i := cfg.Channels; i < len(x); i += seen {
		x[i] += 0.5
	}
	for example, s := range eval(x) {
		if !(math.Abs(s-before[example]) >= 1e-3*math.Abs(s)) { // far more than rounding makes
			t.Errorf("example %d: action %.15g, and %.15g with another condition", example, before[example], s)
		}
	}
}

// Derivatives along a random direction against central differences, for both forms and with condition channels: the
// condition moves s but has no gradient.
func TestDerivatives(t *testing.T) {
	withCondition := mini
	withCondition.ConditionChannels = 1
	quadratic := mini
	quadratic.Form = Quadratic
	eachBackend(t, func(t *testing.T, backend backends.Backend) {
		for name, cfg := range map[string]Config{"inner product": mini, "quadratic": quadratic,
			"condition": withCondition} {
			t.Run(name, func(t *testing.T) { checkDerivatives(t, backend, cfg) })
		}
	})
}

func checkDerivatives(t *testing.T, backend backends.Backend, cfg Config) {
	channels := cfg.Channels + cfg.ConditionChannels
	dims := []int{3, 8, 8, channels}
	exec := mlcontext.MustNewExec(backend, filled(t, backend, cfg),
		func(vars *mlcontext.Context, times, x *Node) []*Node {
			times, x = Identity(times), Identity(x)
			s := Action(cfg)(vars, times, x)
			d := Gradient(ReduceAllSum(s), times, x)
			image := AxisRange(0, cfg.Channels)
			return []*Node{ReduceAllSum(s), ReduceAllSum(d[0]),
				ReduceAllSum(Mul(SliceAxis(d[1], 3, image), SliceAxis(Const(x.Graph(), direction(cfg, dims)), 3,
					image))),
				ReduceAllMax(Abs(SliceAxis(d[1], 3, AxisRange(channels-1))))}
		})
	point, along := tensors.MustCopyFlatData[float64](image("x", dims...)),
		tensors.MustCopyFlatData[float64](direction(cfg, dims))
	eval := func(dt, dx float64) []float64 {
		x := make([]float64, len(point))
		for i := range x {
			x[i] = point[i] + dx*along[i]
		}
		var out []float64
		for _, o := range exec.MustExec([]float64{0.1 + dt, 0.4 + dt, 0.9 + dt},
			tensors.FromFlatDataAndDimensions(x, dims...)) {
			out = append(out, tensors.ToScalar[float64](o))
		}
		return out
	}
	at := eval(0, 0)
	// The embedding oscillates up to 1000 radians a unit of time, so steps in t must be small; the error is of order
	// (1000 h)² relative for t and h² for x, with rounding of 1e-16/h.
	const ht, hx = 1e-7, 1e-4
	for i, c := range []struct {
		name string
		want float64
	}{
		{"∂ₜs", (eval(ht, 0)[0] - eval(-ht, 0)[0]) / (2 * ht)},
		{"∇ₓs", (eval(0, hx)[0] - eval(0, -hx)[0]) / (2 * hx)},
	} {
		if got := at[1+i]; !(math.Abs(got-c.want) <= 1e-6*math.Max(1, math.Abs(c.want))) {
			t.Errorf("%s: gradient gives %.10g, central difference %.10g", c.name, got, c.want)
		}
	}
	if last := at[3]; (last == 0) != (cfg.ConditionChannels > 0) {
		t.Errorf("the largest gradient by the last of %d+%d channels is %v", cfg.Channels, cfg.ConditionChannels, last)
	}
}

// direction is zero in the condition channels.
func direction(cfg Config, dims []int) *tensors.Tensor {
	flat := tensors.MustCopyFlatData[float64](image("direction", dims...))
	for i := range flat {
		if i%dims[3] >= cfg.Channels {
			flat[i] = 0
		}
	}
	return tensors.FromFlatDataAndDimensions(flat, dims...)
}

// Losses of Action Matching, whose gradients by the parameters are second (pathwise) and third (entropic: the Laplacian
// by Hutchinson's estimator) derivatives of the network. Along a random direction for all parameters at once.
func TestParameterGradient(t *testing.T) {
	losses := map[string]func(s, x, probe *Node) *Node{
		"pathwise": func(s, x, velocity *Node) *Node {
			dx := Gradient(ReduceAllSum(s), x)[0]
			return ReduceAllSum(Mul(dx, Sub(MulScalar(dx, 0.5), velocity)))
		},
		"Laplacian": func(s, x, probe *Node) *Node {
			dx := Gradient(ReduceAllSum(s), x)[0]
			return ReduceAllSum(Mul(probe, Gradient(ReduceAllSum(Mul(dx, probe)), x)[0]))
		},
	}
	eachBackend(t, func(t *testing.T, backend backends.Backend) {
		for name, loss := range losses {
			t.Run(name, func(t *testing.T) { checkParameterGradient(t, backend, loss) })
		}
	})
}

func checkParameterGradient(t *testing.T, backend backends.Backend, loss func(s, x, probe *Node) *Node) {
	exec := mlcontext.MustNewExec(backend, filled(t, backend, mini),
		func(vars *mlcontext.Context, x, probe, step *Node) []*Node {
			g := x.Graph()
			original := map[*mlcontext.Variable]*Node{}
			for v := range vars.IterVariables() { // move the parameters inside the graph
				if v.Trainable {
					original[v] = v.ValueGraph(g)
					u := Const(g, fill("towards/"+variableName(v), v.Shape().Dimensions...))
					v.SetValueGraph(Add(original[v], Mul(step, u)))
				}
			}
			x = Identity(x)
			value := loss(Action(mini)(vars, Const(g, []float64{0, 0.3, 0.9}), x), x, probe)
			for v, value := range original {
				v.SetValueGraph(value)
			}
			return []*Node{value, Gradient(value, step)[0]}
		})
	eval := func(step float64) (loss, slope float64) {
		out := exec.MustExec(image("x", 3, 8, 8, 2), image("velocity", 3, 8, 8, 2), step)
		return tensors.ToScalar[float64](out[0]), tensors.ToScalar[float64](out[1])
	}
	// The error is quadratic in h: 7e-5 of the Laplacian's slope at h = 1e-4, 1e-6 of it or less here.
	const h = 1e-5
	up, _ := eval(h)
	down, _ := eval(-h)
	_, got := eval(0)
	if want := (up - down) / (2 * h); !(math.Abs(got-want) <= 1e-5*math.Abs(want)) {
		t.Errorf("gradient gives %.10g, central difference %.10g", got, want)
	}
}

// The two ways to double and convolve are one function, up to the order of summation.
func TestDoubled(t *testing.T) {
	eachBackend(t, func(t *testing.T, backend backends.Backend) {
		out := MustNewExec(backend, func(x, kernel *Node) []*Node {
			return []*Node{repeatedConv(x, kernel), dilatedConv(x, kernel)}
		}).MustExec(image("x", 2, 3, 5, 4), image("kernel", 3, 3, 4, 6))
		if want := []int{2, 6, 10, 6}; !slices.Equal(out[0].Shape().Dimensions, want) ||
			!out[0].Shape().Equal(out[1].Shape()) {
			t.Fatalf("shapes %s and %s, want %v", out[0].Shape(), out[1].Shape(), want)
		}
		a, b := tensors.MustCopyFlatData[float64](out[0]), tensors.MustCopyFlatData[float64](out[1])
		for i := range a {
			if !(math.Abs(a[i]-b[i]) <= 1e-12) { // sums of 36 products of order 1
				t.Fatalf("element %d: %v repeated, %v dilated", i, a[i], b[i])
			}
		}
	})
}

// While training, activations drop and the rest grows by 1/(1−p); ∇ₓs belongs to the mask that s was computed with.
func TestDropout(t *testing.T) {
	eachBackend(t, func(t *testing.T, backend backends.Backend) {
		vars := mlcontext.New()
		if err := vars.SetRNGStateFromSeed(1); err != nil {
			t.Fatal(err)
		}
		exec := mlcontext.MustNewExec(backend, vars, func(vars *mlcontext.Context, x *Node) []*Node {
			vars.SetTraining(x.Graph(), true)
			x = Identity(x)
			y := builder{vars: vars, dropout: 0.25}.drop(x)
			return []*Node{y, Gradient(ReduceAllSum(y), x)[0]}
		})
		ones := make([]float64, 10000)
		for i := range ones {
			ones[i] = 1
		}
		out := exec.MustExec(ones)
		y, d := tensors.MustCopyFlatData[float64](out[0]), tensors.MustCopyFlatData[float64](out[1])
		kept := 0
		for i := range y {
			if y[i] != d[i] || (y[i] != 0 && math.Abs(y[i]-4.0/3) > 1e-15) {
				t.Fatalf("element %d: value %v, gradient %v, want 0 or 4/3 for both", i, y[i], d[i])
			}
			if y[i] != 0 {
				kept++
			}
		}
		if deviation := math.Sqrt(10000 * 0.25 * 0.75); math.Abs(float64(kept)-7500) > 5*deviation {
			t.Errorf("kept %d of 10000, want 7500 within five standard deviations of %.0f", kept, deviation)
		}
	})
}

// The configuration's dropout reaches the blocks: while training, each evaluation has masks of its own; otherwise the
// action is that without dropout.
func TestDropoutWhileTraining(t *testing.T) {
	eachBackend(t, func(t *testing.T, backend backends.Backend) {
		dropping := mini
		dropping.Dropout = 0.5
		vars := filled(t, backend, mini)
		if err := vars.SetRNGStateFromSeed(2); err != nil {
			t.Fatal(err)
		}
		action := func(cfg Config, training bool) func() []float64 {
			exec := mlcontext.MustNewExec(backend, vars, func(vars *mlcontext.Context, times, x *Node) *Node {
				vars.SetTraining(x.Graph(), training)
				return Action(cfg)(vars, times, x)
			})
			return func() []float64 {
				return tensors.MustCopyFlatData[float64](exec.MustExec([]float64{0, 0.4, 1}, image("x", 3, 8, 8, 2))[0])
			}
		}
		plain, training := action(mini, true)(), action(dropping, true)
		if got := action(dropping, false)(); !slices.Equal(got, plain) {
			t.Errorf("action %v outside of training, want %v as without dropout", got, plain)
		}
		first, second := training(), training()
		for i := range plain {
			if first[i] == second[i] || first[i] == plain[i] || second[i] == plain[i] {
				t.Errorf("example %d: action %v and %v while training, %v without dropout; want three numbers", i,
					first[i], second[i], plain[i])
			}
		}
	})
}

func TestActionRejectsShapes(t *testing.T) {
	eachBackend(t, func(t *testing.T, backend backends.Backend) {
		g := NewGraph(backend, t.Name())
		defer g.Finalize()
		defer func() {
			err, _ := recover().(error)
			if err == nil || !strings.Contains(err.Error(), "[batch, 28, 28, 1]") ||
				!strings.Contains(err.Error(), "[2 32 32 1]") {
				t.Errorf("got %v, want the shapes wanted and given", err)
			}
		}()
		Action(Presets["tiny"])(mlcontext.New(), Parameter(g, "t", shapeOf(2)),
			Parameter(g, "x", shapeOf(2, 32, 32, 1)))
	})
}

func shapeOf(dims ...int) shapes.Shape { return shapes.Make(dtypes.Float32, dims...) }
