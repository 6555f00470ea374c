package flows

import (
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
)

// Inpaint is the path that fills in the half of an image, the top or the bottom one: from noise in that half, along
// straight lines to the image. The condition tells the given half by ones, one channel; the image itself shows it.
type Inpaint struct{}

// Begin implements [Conditional]. What half is given falls by the signs of the noise at the first and the last pixel:
// as only one of them is used, and the other decides, the noise that is used is still normal.
func (Inpaint) Begin(data, noise *Node) (start, condition, shown *Node) {
	g, dims, dtype := data.Graph(), data.Shape().Dimensions, data.DType()
	mask := shapes.Make(dtype, dims[0], dims[1], dims[2], 1)
	corner := func(row, column int) *Node {
		return Slice(noise, AxisRange(), AxisElem(row), AxisElem(column), AxisElem(0)) // [batch, 1, 1, 1]
	}
	coin := Mul(corner(0, 0), corner(dims[1]-1, dims[2]-1))
	top := BroadcastToShape(GreaterThan(coin, ScalarZero(g, dtype)), shapes.Make(dtypes.Bool, mask.Dimensions...))
	upper := LessThan(Iota(g, mask, 1), Scalar(g, dtype, dims[1]/2))
	given := Equal(top, upper)
	known := BroadcastToShape(given, shapes.Make(dtypes.Bool, dims...))
	return Where(known, data, noise), ConvertDType(given, dtype), Where(known, data, ScalarZero(g, dtype))
}

// ConditionChannels implements [Conditional].
func (Inpaint) ConditionChannels(int) int { return 1 }

// Draw implements [Path].
func (p Inpaint) Draw(vars *mlcontext.Context, data *Node) Curves {
	return drawConditional(vars, p, data)
}

// Name implements [Path].
func (Inpaint) Name() string { return "inpaint" }

// KnowsVelocity implements [Path].
func (Inpaint) KnowsVelocity() bool { return true }
