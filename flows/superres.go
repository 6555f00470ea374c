package flows

import (
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
	"github.com/pkg/errors"
)

// SuperRes is the path that doubles the resolution: from the pixels of even rows and columns, with noise for the
// others, along straight lines to the image. The condition is the image of those pixels, enlarged bilinearly.
type SuperRes struct{}

// Begin implements [Conditional].
func (SuperRes) Begin(data, noise *Node) (start, condition, shown *Node) {
	dims := data.Shape().Dimensions
	height, width := dims[1], dims[2]
	if height%2 != 0 || width%2 != 0 {
		panic(errors.Errorf("flows: data has shape %s; super-resolution takes an even height and width", data.Shape()))
	}
	g := data.Graph()
	even := func(axis int) *Node {
		index := Iota(g, shapes.Make(data.DType(), 1, height, width, 1), axis)
		return Equal(index, MulScalar(Floor(DivScalar(index, 2)), 2))
	}
	known := BroadcastToShape(LogicalAnd(even(1), even(2)), shapes.Make(dtypes.Bool, dims...))
	small := Slice(data, AxisRange(), AxisRange().Stride(2), AxisRange().Stride(2), AxisRange())
	large := Interpolate(small, dims...).Bilinear().HalfPixelCenters(true).Done()
	return Where(known, data, noise), large, large
}

// ConditionChannels implements [Conditional].
func (SuperRes) ConditionChannels(channels int) int { return channels }

// Draw implements [Path].
func (p SuperRes) Draw(vars *mlcontext.Context, data *Node) Curves {
	return drawConditional(vars, p, data)
}

// Name implements [Path].
func (SuperRes) Name() string { return "superres" }

// KnowsVelocity implements [Path].
func (SuperRes) KnowsVelocity() bool { return true }
