package autodiff

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/gomlx/backends"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/tensors"
)

// A ruleCase is a differentiable function of float64 tensors. Its inputs are standard normal, or what draw makes of
// them.
type ruleCase struct {
	name   string
	shapes [][]int
	f      func(in []*Node) *Node
	draw   func(z float64) float64
	orders int    // highest order to check; 0 means 3, none of which may vanish
	skip   string // a backend that has not all of it
}

// checkOrders compares nested gradients of f with central differences. It forms
//
//	L₀ = ⟨r, sin f(x)⟩, L₁ = ⟨a, ∇L₀⟩, L₂ = ⟨b, ∇L₁⟩
//
// where ∇ is with respect to the inputs and to r, so that rules are differentiated through their incoming gradient
// too, and sin keeps linear operations from having trivial higher derivatives. For each it compares ⟨∇Lₖ, u⟩ along a
// random direction u with the difference quotient of Lₖ, improved by one step of Richardson extrapolation: its error is
// of order h⁴ = 10⁻¹² times the fifth derivative, plus rounding of 10⁻¹⁶/h = 10⁻¹³ times the sum of |terms|. A wrong
// rule is off by a part of the value.
func checkOrders(t *testing.T, backend backends.Backend, c ruleCase) {
	t.Helper()
	const h, tolerance = 1e-3, 1e-6
	orders := c.orders
	if orders == 0 {
		orders = 3
	}
	rng := rand.New(rand.NewPCG(7, 11))
	point := draws(rng, c.shapes, c.draw)
	outShape := outputShape(t, backend, c, point)
	point = append(point, draws(rng, [][]int{outShape}, nil)...)
	all := append(append([][]int{}, c.shapes...), outShape)
	direction := draws(rng, all, nil)
	probes := [][]*tensors.Tensor{draws(rng, all, nil), draws(rng, all, nil)}

	exec, err := NewExecAny(backend, func(in []*Node) []*Node {
		g, n := in[0].Graph(), len(in)
		level := ReduceAllSum(Mul(in[n-1], Sin(c.f(in[:n-1]))))
		var values, slopes []*Node
		for k := range orders {
			gradients := Gradient(level, in...)
			values = append(values, level)
			slopes = append(slopes, inner(g, gradients, direction))
			if k+1 < orders {
				level = inner(g, gradients, probes[k])
			}
		}
		return append(values, slopes...)
	})
	if err != nil {
		t.Fatal(err)
	}
	eval := func(step float64) []float64 {
		args := make([]any, len(point))
		for i := range point {
			args[i] = along(point[i], direction[i], step)
		}
		outs := exec.MustExec(args...)
		vals := make([]float64, len(outs))
		for i, o := range outs {
			vals[i] = tensors.ToScalar[float64](o)
		}
		return vals
	}
	at, p1, m1, p2, m2 := eval(0), eval(h), eval(-h), eval(h/2), eval(-h/2)
	for k := range orders {
		coarse, fine := (p1[k]-m1[k])/(2*h), (p2[k]-m2[k])/h
		want, got := (4*fine-coarse)/3, at[orders+k]
		if scale := math.Max(1, math.Max(math.Abs(want), math.Abs(at[k]))); math.IsNaN(got) ||
			math.Abs(got-want) > tolerance*scale {
			t.Errorf("order %d: gradient gives %.10g, central difference %.10g", k+1, got, want)
		}
		if want == 0 && c.orders == 0 {
			t.Errorf("order %d: the derivative vanishes identically, so this case tests nothing there", k+1)
		}
	}
}

func draws(rng *rand.Rand, shapes [][]int, f func(float64) float64) []*tensors.Tensor {
	out := make([]*tensors.Tensor, len(shapes))
	for i, dims := range shapes {
		size := 1
		for _, d := range dims {
			size *= d
		}
		flat := make([]float64, size)
		for j := range flat {
			flat[j] = rng.NormFloat64()
			if f != nil {
				flat[j] = f(flat[j])
			}
		}
		out[i] = tensors.FromFlatDataAndDimensions(flat, dims...)
	}
	return out
}

func along(x, u *tensors.Tensor, step float64) *tensors.Tensor {
	a, b := tensors.MustCopyFlatData[float64](x), tensors.MustCopyFlatData[float64](u)
	for i := range a {
		a[i] += step * b[i]
	}
	return tensors.FromFlatDataAndDimensions(a, x.Shape().Dimensions...)
}

func inner(g *Graph, xs []*Node, with []*tensors.Tensor) *Node {
	sum := Const(g, 0.0)
	for i, x := range xs {
		sum = Add(sum, ReduceAllSum(Mul(x, Const(g, with[i]))))
	}
	return sum
}

func outputShape(t *testing.T, backend backends.Backend, c ruleCase, point []*tensors.Tensor) []int {
	t.Helper()
	g := NewGraph(backend, fmt.Sprintf("shape of %s", c.name))
	defer g.Finalize()
	in := make([]*Node, len(point))
	for i, p := range point {
		in[i] = Parameter(g, fmt.Sprintf("x%d", i), p.Shape())
	}
	return c.f(in).Shape().Dimensions
}
