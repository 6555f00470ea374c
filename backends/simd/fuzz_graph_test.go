package simd_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gomlx/gomlx/backends"
	_ "github.com/gomlx/gomlx/backends/simplego"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	"pgregory.net/rapid"
)

// randomGraph draws a graph of element-wise ops, broadcasts, slices, reshapes and reductions over float32. The
// same seed draws the same graph for every backend.
type randomGraph struct {
	seed uint64
	dims []int
	ops  int
}

func drawGraph(t *rapid.T) randomGraph {
	return randomGraph{
		seed: rapid.Uint64().Draw(t, "seed"),
		dims: rapid.SampledFrom([][]int{{6}, {3, 5}, {40, 49}, {2, 3, 4, 6}, {4, 28, 7, 16}, {5, 1, 300}, {3, 2100},
			{1500, 3}, {2, 0, 3}}).
			Draw(t, "dims"),
		ops: rapid.IntRange(1, 25).Draw(t, "ops"),
	}
}

// inputs are two arrays of the full shape and one of the last axis.
func (g randomGraph) inputs() []any {
	rng := rand.New(rand.NewPCG(g.seed, 1))
	make1 := func(dims ...int) *tensors.Tensor {
		t := tensors.FromShape(shapes.Make(dtypes.Float32, dims...))
		tensors.MustMutableFlatData(t, func(flat []float32) {
			for i := range flat {
				flat[i] = float32(rng.NormFloat64())
			}
		})
		return t
	}
	return []any{make1(g.dims...), make1(g.dims...), make1(g.dims[len(g.dims)-1])}
}

// build draws the graph.
func (g randomGraph) build(inputs []*Node) []*Node {
	rng := rand.New(rand.NewPCG(g.seed, 2))
	pool := []*Node{inputs[0], inputs[1], expandTo(inputs[2], inputs[0].Shape())}
	var outputs []*Node
	pick := func() *Node { return pool[rng.IntN(len(pool))] }
	for range g.ops {
		x, y := pick(), pick()
		var z *Node
		switch kind := rng.IntN(16); kind {
		case 0, 1:
			var reduced *Node
			if z, reduced = reduceAndExpand(rng, x); rng.IntN(3) == 0 {
				outputs = append(outputs, reduced)
			}
		case 2:
			z = sliceAndExpand(rng, x)
		default:
			z = elementwise(kind-3, x, y, inputs)
		}
		pool = append(pool, z)
		if rng.IntN(6) == 0 {
			outputs = append(outputs, z)
		}
	}
	return append(outputs, pool[len(pool)-1], pool[len(pool)/2])
}

// expandTo broadcasts a scalar, the last axis, or an array with axes of 1.
func expandTo(x *Node, full shapes.Shape) *Node {
	if x.Rank() == 1 && full.Rank() > 1 {
		dims := slices.Repeat([]int{1}, full.Rank())
		dims[full.Rank()-1] = x.Shape().Dim(0)
		x = Reshape(x, dims...)
	}
	return BroadcastToShape(x, full)
}

// elementwise applies one of thirteen ops, each continuous in what rounding may disturb.
func elementwise(kind int, x, y *Node, inputs []*Node) *Node {
	switch kind {
	case 0:
		return Add(x, y)
	case 1:
		return Sub(x, y)
	case 2:
		return Mul(x, y)
	case 3:
		return Max(x, Neg(y))
	case 4:
		return Sigmoid(x)
	case 5: // exact operands: no ties by rounding
		return Where(GreaterThan(inputs[0], inputs[1]), x, AddScalar(y, 1))
	case 6:
		return MulScalar(Abs(x), 0.5)
	case 7:
		return Div(x, AddScalar(Square(y), 1))
	case 8:
		return Tanh(Sqrt(AddScalar(Abs(x), 0.1)))
	case 9: // through another shape
		return Reshape(Exp(Neg(Abs(Reshape(x, x.Shape().Size())))), x.Shape().Dimensions...)
	case 10:
		return ConvertDType(GreaterOrEqual(inputs[1], ScalarZero(x.Graph(), dtypes.Float32)), dtypes.Float32)
	case 11:
		return Add(x, expandTo(inputs[2], x.Shape()))
	default:
		return OneMinus(x)
	}
}

// reduceAndExpand reduces over random axes, kept as axes of 1, and broadcasts the result again, implicitly or not.
func reduceAndExpand(rng *rand.Rand, x *Node) (expanded, reduced *Node) {
	var axes []int
	for axis := range x.Rank() {
		if rng.IntN(2) == 0 {
			axes = append(axes, axis)
		}
	}
	if len(axes) == 0 {
		axes = []int{x.Rank() - 1}
	}
	if rng.IntN(2) == 0 {
		reduced = ReduceAndKeep(x, ReduceMax, axes...)
	} else {
		reduced = ReduceAndKeep(x, ReduceSum, axes...)
		reduced = DivScalar(reduced, float64(max(x.Shape().Size()/max(reduced.Shape().Size(), 1), 1)))
	}
	if rng.IntN(2) == 0 {
		return Sub(x, reduced), reduced
	}
	return expandTo(reduced, x.Shape()), reduced
}

// sliceAndExpand takes one index of some axes, and broadcasts it again.
func sliceAndExpand(rng *rand.Rand, x *Node) *Node {
	specs := make([]SliceAxisSpec, x.Rank())
	for axis := range specs {
		specs[axis] = AxisRange()
		if d := x.Shape().Dim(axis); d > 0 && rng.IntN(2) == 0 {
			k := rng.IntN(d)
			specs[axis] = AxisRange(k, k+1)
		}
	}
	return expandTo(Slice(x, specs...), x.Shape())
}

func (g randomGraph) run(t testing.TB, backend backends.Backend) [][]float32 {
	exec, err := NewExec(backend, g.build)
	if err != nil {
		t.Fatal(err)
	}
	defer exec.Finalize()
	outputs, err := exec.Exec(g.inputs()...)
	if err != nil {
		t.Fatalf("%+v", err)
	}
	var flat [][]float32
	for _, o := range outputs {
		flat = append(flat, tensors.MustCopyFlatData[float32](o))
	}
	return flat
}

// differ reports the first element where two results differ by more than the tolerance, relative to 1 or more.
func differ(got, want [][]float32, tolerance float64) error {
	for k := range want {
		if len(got[k]) != len(want[k]) {
			return fmt.Errorf("output %d has %d elements, want %d", k, len(got[k]), len(want[k]))
		}
		for i, w := range want[k] {
			g := got[k][i]
			if g == w || g != g && w != w {
				continue
			}
			if d := math.Abs(float64(g) - float64(w)); !(d <= tolerance*max(1, math.Abs(float64(w)))) {
				return fmt.Errorf("output %d, element %d: got %v, want %v", k, i, g, w)
			}
		}
	}
	return nil
}

// TestRandomGraphs compares fused graphs to the same graphs run op by op and to GoMLX's own Go backend, and one
// worker to two.
func TestRandomGraphs(t *testing.T) {
	fused, single := newBackend(t, "simd:workers=2"), newBackend(t, "simd:workers=1")
	plain, oracle := newBackend(t, "simd:workers=1,fuse=off"), newBackend(t, "go:ops_sequential")
	rapid.Check(t, func(rt *rapid.T) {
		g := drawGraph(rt)
		got := g.run(t, fused)
		if err := differ(g.run(t, single), got, 0); err != nil {
			rt.Fatalf("1 worker against 2: %v", err)
		}
		// Fusion changes the order of additions, but not by more than rounding: intermediate values are of order
		// one to a thousand, and each op loses up to a few units of 6e-8.
		if err := differ(got, g.run(t, plain), 1e-4); err != nil {
			rt.Fatalf("fused against plain: %v", err)
		}
		if slices.Contains(g.dims, 0) {
			return // the oracle does not take empty arrays
		}
		// The oracle adds thousands of numbers one after another, and loses that much more.
		if err := differ(got, g.run(t, oracle), 1e-3); err != nil {
			rt.Fatalf("simd against simplego: %v", err)
		}
	})
}
