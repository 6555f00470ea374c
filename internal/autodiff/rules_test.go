package autodiff

import (
	"math"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/backends"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
)

func positive(z float64) float64 { return 0.5 + math.Abs(z) }

// one lifts a function of one tensor.
func one(f func(x *Node) *Node) func([]*Node) *Node {
	return func(in []*Node) *Node { return f(in[0]) }
}

// two lifts a function of two tensors.
func two(f func(a, b *Node) *Node) func([]*Node) *Node {
	return func(in []*Node) *Node { return f(in[0], in[1]) }
}

var elementwiseCases = []ruleCase{
	{name: "identity", shapes: [][]int{{3, 2}}, f: one(Identity)},
	{name: "expm1", shapes: [][]int{{3, 2}}, f: one(Expm1)},
	{name: "log", shapes: [][]int{{3, 2}}, f: one(Log), draw: positive},
	{name: "log1p", shapes: [][]int{{3, 2}}, f: one(Log1p), draw: positive},
	{name: "sqrt", shapes: [][]int{{3, 2}}, f: one(Sqrt), draw: positive},
	{name: "rsqrt", shapes: [][]int{{3, 2}}, f: one(Rsqrt), draw: positive},
	{name: "exp", shapes: [][]int{{3, 2}}, f: one(Exp)},
	{name: "tanh", shapes: [][]int{{3, 2}}, f: one(Tanh)},
	{name: "logistic", shapes: [][]int{{3, 2}}, f: one(Logistic)},
	{name: "erf", shapes: [][]int{{3, 2}}, f: one(Erf)},
	{name: "cos", shapes: [][]int{{3, 2}}, f: one(Cos)},
	{name: "abs", shapes: [][]int{{3, 2}}, f: one(Abs)},
	{name: "silu", shapes: [][]int{{3, 2}}, f: one(SiLU)},
	{name: "silu/plain", shapes: [][]int{{3, 2}}, f: one(func(x *Node) *Node { return Mul(x, Logistic(x)) })},
	{name: "silu/nested", shapes: [][]int{{3, 2}}, f: one(func(x *Node) *Node { return SiLU(Add(x, SiLU(x))) })},
	{name: "softmax", shapes: [][]int{{3, 4}}, f: one(func(x *Node) *Node { return Softmax(x, -1) })},
	{name: "floor", shapes: [][]int{{4}}, f: one(func(x *Node) *Node { return Mul(x, Floor(x)) })},
	{name: "ceil", shapes: [][]int{{4}}, f: one(func(x *Node) *Node { return Mul(x, Ceil(x)) })},
	{name: "round", shapes: [][]int{{4}}, f: one(func(x *Node) *Node { return Mul(x, Round(MulScalar(x, 3))) })},
	{name: "sign", shapes: [][]int{{4}}, f: one(func(x *Node) *Node { return Mul(x, Sign(x)) })},

	{name: "add", shapes: [][]int{{3, 2}, {3, 2}}, f: two(Add)},
	{name: "add/broadcast", shapes: [][]int{{3, 1}, {1, 2}}, f: two(Add)},
	{name: "sub/scalar", shapes: [][]int{{3, 2}, {}}, f: two(Sub)},
	{name: "mul/broadcast", shapes: [][]int{{2, 3, 4}, {2, 1, 4}}, f: two(Mul)},
	{name: "mul/outer", shapes: [][]int{{3, 1}, {1, 2}}, f: two(Mul)},
	{name: "mul/scalar", shapes: [][]int{{}, {3, 2}}, f: two(Mul)},
	{name: "square", shapes: [][]int{{3, 2}}, f: one(Square)},
	{name: "square/sum of repeats", shapes: [][]int{{3, 2}}, f: one(func(x *Node) *Node {
		return ReduceSum(Square(x), 1)
	})},
	{name: "square/of a broadcast", shapes: [][]int{{3, 1}}, f: one(func(x *Node) *Node {
		return ReduceSum(Mul(Square(BroadcastToDims(x, 3, 2)), BroadcastToDims(x, 3, 2)), 1)
	})},
	{name: "div", shapes: [][]int{{3, 2}, {3, 2}}, f: two(Div), draw: positive},
	{name: "div/broadcast", shapes: [][]int{{3, 2}, {3, 1}}, f: two(Div), draw: positive},
	{name: "reciprocal", shapes: [][]int{{3, 2}}, f: one(Reciprocal), draw: positive},
	{name: "pow", shapes: [][]int{{3, 2}, {3, 2}}, f: two(Pow), draw: positive},
	{name: "pow/scalar", shapes: [][]int{{3, 2}}, f: one(func(x *Node) *Node { return PowScalar(x, 3.0) }),
		draw: positive},
	{name: "rem", shapes: [][]int{{3, 2}, {2}}, f: two(func(a, b *Node) *Node {
		return Rem(MulScalar(a, 5), Reshape(b, 1, 2))
	}), draw: positive},
	{name: "max", shapes: [][]int{{3, 2}, {1, 2}}, f: two(Max)},
	{name: "min", shapes: [][]int{{3, 2}, {3, 2}}, f: two(Min)},
	{name: "clamp", shapes: [][]int{{}, {5, 3}, {}}, f: func(in []*Node) *Node {
		return Clamp(MinScalar(in[0], -0.3), in[1], MaxScalar(in[2], 0.4))
	}},
	{name: "clamp/full", shapes: [][]int{{5, 3}, {5, 3}}, f: two(func(a, x *Node) *Node {
		return Clamp(SubScalar(a, 0.6), x, AddScalar(a, 0.7))
	})},
	{name: "where", shapes: [][]int{{3, 2}, {3, 2}}, f: two(func(a, b *Node) *Node {
		return Where(GreaterThan(a, b), Mul(a, b), Add(a, b))
	})},
	{name: "where/scalar", shapes: [][]int{{3, 2}, {}}, f: two(func(a, b *Node) *Node {
		return Where(IsPositive(a), a, b)
	})},
	{name: "convert/bool", shapes: [][]int{{5}, {5}}, f: two(func(a, b *Node) *Node {
		return Mul(a, ConvertDType(GreaterThan(a, b), a.DType()))
	})},
}

var dotCases = []ruleCase{
	{name: "dot/vectors", shapes: [][]int{{3}, {3}}, f: two(Dot)},
	{name: "dot/matrix-vector", shapes: [][]int{{2, 3}, {3}}, f: two(Dot)},
	{name: "dot/matrices", shapes: [][]int{{2, 3}, {3, 4}}, f: two(Dot)},
	{name: "dot/outer", shapes: [][]int{{2}, {3}}, f: dotGeneral(nil, nil, nil, nil)},
	{name: "dot/attention", shapes: [][]int{{2, 3, 4}, {2, 5, 4}},
		f: dotGeneral([]int{2}, []int{0}, []int{2}, []int{0})},
	{name: "dot/transposed", shapes: [][]int{{3, 2}, {4, 3}}, f: dotGeneral([]int{0}, nil, []int{1}, nil)},
	{name: "dot/crossed", shapes: [][]int{{2, 3, 4}, {5, 4, 3}}, f: dotGeneral([]int{1, 2}, nil, []int{2, 1}, nil)},
	{name: "dot/batches-apart", shapes: [][]int{{3, 2, 4, 5}, {5, 3, 6, 4}},
		f: dotGeneral([]int{2}, []int{3, 0}, []int{3}, []int{0, 1})},
	{name: "dot/two-free", shapes: [][]int{{2, 3, 4}, {5, 3, 6}}, f: dotGeneral([]int{1}, nil, []int{1}, nil)},
}

func dotGeneral(lc, lb, rc, rb []int) func([]*Node) *Node {
	return two(func(a, b *Node) *Node { return DotGeneral(a, lc, lb, b, rc, rb) })
}

var moveCases = []ruleCase{
	{name: "pad", shapes: [][]int{{2, 3}, {}}, f: two(func(x, fill *Node) *Node {
		return Pad(x, fill, PadAxis{Start: 1, End: 2}, PadAxis{End: 1})
	})},
	{name: "pad/interior", shapes: [][]int{{2, 3}, {}}, f: two(func(x, fill *Node) *Node {
		return Pad(x, fill, PadAxis{Start: 1, Interior: 2}, PadAxis{Start: 2, End: 1, Interior: 1})
	})},
	{name: "pad/negative", shapes: [][]int{{4, 5}, {}}, f: two(func(x, fill *Node) *Node {
		return Pad(x, fill, PadAxis{Start: -1, End: 2, Interior: 1}, PadAxis{Start: 1, End: -3, Interior: 2})
	})},
	{name: "reverse", shapes: [][]int{{2, 3, 4}}, f: one(func(x *Node) *Node { return Reverse(x, 0, 2) })},
	{name: "transpose", shapes: [][]int{{2, 3, 4}}, f: one(func(x *Node) *Node {
		return TransposeAllAxes(x, 2, 0,
			1)
	})},
	{name: "reshape", shapes: [][]int{{2, 3, 4}}, f: one(func(x *Node) *Node { return Reshape(x, 6, 4) })},
	{name: "slice", shapes: [][]int{{5, 7}}, f: one(func(x *Node) *Node {
		return Slice(x, AxisRange(1, 4), AxisRange(1, 6).Stride(3))
	})},
	{name: "concatenate", shapes: [][]int{{2, 3}, {2, 1}}, f: func(in []*Node) *Node { return Concatenate(in, 1) }},
	{name: "broadcast", shapes: [][]int{{3, 1}}, f: one(func(x *Node) *Node { return BroadcastToDims(x, 3, 4) })},
	{name: "broadcast/new axes", shapes: [][]int{{3, 2}}, f: one(func(x *Node) *Node {
		return ExpandAndBroadcast(x, []int{3, 4, 2, 5}, []int{1, 3})
	})},
	{name: "gather", shapes: [][]int{{5, 3}}, f: one(func(x *Node) *Node {
		return Gather(x, Const(x.Graph(), [][]int32{{4}, {0}, {4}, {1}}))
	})},
	{name: "gather/slices", shapes: [][]int{{6, 3}}, f: one(func(x *Node) *Node {
		return GatherSlices(x, []int{0}, Const(x.Graph(), [][]int32{{1}, {3}, {2}}), []int{3}, false)
	})},
	{name: "gather/general", shapes: [][]int{{4, 5, 3}}, f: one(func(x *Node) *Node {
		starts := Const(x.Graph(), [][]int32{{0, 1}, {3, 0}, {1, 1}})
		return BackendGather(x, starts, 1, []int{0, 2}, []int{1}, []int{1, 2}, []int{4, 1, 2}, false)
	})},
	{name: "scatter sum", shapes: [][]int{{5, 3}, {4, 3}}, f: two(func(x, updates *Node) *Node {
		return ScatterSum(x, Const(x.Graph(), [][]int32{{4}, {0}, {4}, {1}}), updates, false, false)
	})},
	{name: "dynamic slice", shapes: [][]int{{5, 4}}, f: one(func(x *Node) *Node {
		return DynamicSlice(x, []*Node{Const(x.Graph(), int32(2)), Const(x.Graph(), int32(1))}, []int{3, 2})
	})},
	{name: "dynamic update slice", shapes: [][]int{{5, 4}, {2, 3}}, f: two(func(x, u *Node) *Node {
		return DynamicUpdateSlice(x, u, []*Node{Const(x.Graph(), int32(2)), Const(x.Graph(), int32(1))})
	})},
}

var reduceCases = []ruleCase{
	{name: "sum", shapes: [][]int{{2, 3, 4}}, f: one(func(x *Node) *Node { return ReduceSum(x, 0, 2) })},
	{name: "sum/all", shapes: [][]int{{2, 3}}, f: one(ReduceAllSum)},
	{name: "mean", shapes: [][]int{{2, 3, 4}}, f: one(func(x *Node) *Node { return ReduceMean(x, 1) })},
	{name: "max", shapes: [][]int{{2, 3, 4}}, f: one(func(x *Node) *Node { return ReduceMax(x, 1) })},
	{name: "min/all", shapes: [][]int{{2, 3}}, f: one(ReduceAllMin)},
	{name: "product", shapes: [][]int{{2, 5, 3}}, f: one(func(x *Node) *Node { return ReduceMultiply(x, 1) })},
	{name: "product/axes", shapes: [][]int{{2, 3, 2}}, f: one(func(x *Node) *Node { return ReduceMultiply(x, 0, 2) })},
	{name: "product/all", shapes: [][]int{{4}}, f: one(ReduceAllMultiply)},

	{name: "window sum", shapes: [][]int{{1, 5, 7, 2}}, f: reduceWindow(backends.ReduceOpSum, []int{1, 2, 3, 1},
		[]int{1, 2, 2, 1}, nil, nil, nil)},
	{name: "window sum/padded", shapes: [][]int{{6, 5}}, f: reduceWindow(backends.ReduceOpSum, []int{3, 2}, []int{2, 1},
		nil, nil, [][2]int{{1, 2}, {0, 1}})},
	{name: "window sum/far padded", shapes: [][]int{{4, 3}},
		f: reduceWindow(backends.ReduceOpSum, []int{2, 1}, []int{1, 2}, nil, nil, [][2]int{{3, 2}, {1, 4}})},
	{name: "window sum/dilated", skip: "xla", shapes: [][]int{{6, 5}},
		f: reduceWindow(backends.ReduceOpSum, []int{2, 3}, []int{1, 2}, []int{2, 1}, []int{3, 2},
			[][2]int{{1, 0}, {1, 2}})},
	{name: "mean pool", shapes: [][]int{{1, 5, 5, 2}}, f: one(func(x *Node) *Node {
		return MeanPool(x).Window(
			3).Strides(2).PadSame().Done()
	})},
	{name: "window max", shapes: [][]int{{1, 5, 6, 2}}, f: reduceWindow(backends.ReduceOpMax, []int{1, 2, 3, 1},
		[]int{1, 2, 2, 1}, nil, nil, nil)},
	{name: "window max/overlap", shapes: [][]int{{5, 6}}, f: reduceWindow(backends.ReduceOpMax, []int{3, 3},
		[]int{1, 2}, nil, nil, [][2]int{{1, 1}, {0, 1}})},
	{name: "window min", shapes: [][]int{{6, 4}}, f: reduceWindow(backends.ReduceOpMin, []int{2, 2}, []int{2, 1}, nil,
		nil, nil)},
}

func reduceWindow(op backends.ReduceOpType, sizes, strides, base, dilation []int,
	paddings [][2]int) func([]*Node) *Node {
	return one(func(x *Node) *Node { return BackendReduceWindow(x, op, sizes, strides, base, dilation, paddings) })
}

func TestElementwiseRules(t *testing.T) { testRules(t, elementwiseCases) }
func TestDotRules(t *testing.T)         { testRules(t, dotCases) }
func TestMoveRules(t *testing.T)        { testRules(t, moveCases) }
func TestReduceRules(t *testing.T)      { testRules(t, reduceCases) }

func testRules(t *testing.T, cases []ruleCase) {
	eachBackend(t, func(t *testing.T, backend backends.Backend) {
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				if c.skip != "" && strings.Contains(t.Name(), "/"+c.skip+":") {
					t.Skipf("%s cannot run it", c.skip)
				}
				checkOrders(t, backend, c)
			})
		}
	})
}

// What central differences cannot see: ties, zeros and limits.
func TestRulesAtKinks(t *testing.T) {
	grad := func(f func(x *Node) *Node, order int) func(x *Node) *Node {
		return func(x *Node) *Node {
			y := f(x)
			for range order {
				y = Gradient(ReduceAllSum(y), x)[0]
			}
			return y
		}
	}
	zeros := func(x *Node) *Node { return Zeros(x.Graph(), shapes.Make(x.DType(), x.Shape().Dimensions...)) }
	cases := []struct {
		name string
		f    func(x *Node) *Node
		in   []float64
		want []float64
	}{
		{"max takes the first at a tie", grad(func(x *Node) *Node { return Max(x, zeros(x)) }, 1), []float64{-1, 0, 1},
			[]float64{0, 1, 1}},
		{"min takes the first at a tie", grad(func(x *Node) *Node { return Min(x, zeros(x)) }, 1), []float64{-1, 0, 1},
			[]float64{1, 1, 0}},
		{"reduce max splits ties", grad(ReduceAllMax, 1), []float64{2, 1, 2}, []float64{0.5, 0, 0.5}},
		{"reduce product with a zero", grad(ReduceAllMultiply, 1), []float64{2, 0, 3}, []float64{0, 6, 0}},
		{"reduce product with two zeros", grad(ReduceAllMultiply, 1), []float64{2, 0, 0}, []float64{0, 0, 0}},
		{"third derivative of x² at 0", grad(func(x *Node) *Node { return PowScalar(x, 2.0) }, 3), []float64{0, 1},
			[]float64{0, 0}},
		{"second derivative of x² at 0", grad(func(x *Node) *Node { return PowScalar(x, 2.0) }, 2), []float64{0, 1},
			[]float64{2, 2}},
		{"second derivative of the real part of (x + i)²", grad(func(x *Node) *Node {
			z := Complex(x, ScalarOne(x.Graph(), x.DType()))
			return Real(Mul(z, z))
		}, 2), []float64{0, 1}, []float64{2, 2}},
		{"floor is constant", grad(Floor, 1), []float64{0.5, 1.5}, []float64{0, 0}},
		{"window max takes one at a tie", grad(func(x *Node) *Node {
			return MaxPool(Reshape(x, 1, 4,
				1)).Window(2).Done()
		}, 1),
			[]float64{1, 1, 3, 2}, []float64{1, 0, 1, 0}},
	}
	eachBackend(t, func(t *testing.T, backend backends.Backend) {
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				got := MustNewExec(backend, c.f).MustExec1(c.in).Value().([]float64)
				for i := range c.want {
					if got[i] != c.want[i] {
						t.Errorf("at %v: got %v, want %v", c.in, got, c.want)
						break
					}
				}
			})
		}
	})
}
