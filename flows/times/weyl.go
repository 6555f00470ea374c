package times

import (
	"math"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
)

// Weyl walks through [0, 1) by u ← (u + √2) mod 1, one step an example, from a random start: p = 1.
//
// Each time is uniform, and any run of n successive ones, so every batch too, is spread evenly over [0, 1): the
// share that falls in an interval is off by O(log n / n) rather than O(1/√n). u is a 64-bit fraction in an
// integer, so the walk neither drifts nor repeats.
type Weyl struct{}

const (
	// weylStep is the fraction of √2 in units of 2⁻⁶⁴, made odd so that the walk visits every integer.
	weylStep uint64 = 0x6A09E667F3BCC909

	// Scope is the context's scope for the state of these samplers.
	Scope     = "/times"
	weylState = "weyl"
)

// Draw builds times and their density, 1, both of the given shape, [batch].
func (Weyl) Draw(vars *mlcontext.Context, g *Graph, shape shapes.Shape) (t, density *Node) {
	start := func(g *Graph, shape shapes.Shape) *Node {
		u := vars.RandomUniform(g, shapes.Make(dtypes.Float64, shape.Dimensions...))
		return Mul(ConvertDType(MulScalar(u, 0x1p53), shape.DType), Const(g, uint64(1<<11)))
	}
	state := vars.InAbsPath(Scope).Checked(false).WithInitializer(start).
		VariableWithShape(weylState, shapes.Make(dtypes.Uint64)).SetTrainable(false)
	last := state.ValueGraph(g)
	step := Const(g, weylStep)

	// u is mod 2⁶⁴ by overflow.
	index := Add(Iota(g, shapes.Make(dtypes.Uint64, shape.Dimensions...), 0), Const(g, uint64(1))) // 1 … batch
	u := Add(last, Mul(index, step))
	state.SetValueGraph(Add(last, Mul(Const(g, uint64(shape.Dimensions[0])), step)))

	// The leading bits that the type holds exactly, so that rounding never reaches 1.
	bits := 24
	if shape.DType == dtypes.Float64 {
		bits = 53
	}
	u = Div(u, Const(g, uint64(1)<<(64-bits)))
	t = MulScalar(ConvertDType(u, shape.DType), math.Ldexp(1, -bits))
	return t, Ones(g, shape)
}
