package science

import (
	"github.com/amgen/amgen/flows"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
	"github.com/pkg/errors"
)

// GridPath is known by samples at times on an even grid from 0 to 1, independent of each other: x_t is the sample of
// the nearest time, and has no velocity. With n times, t is off by up to 1/(2n − 2).
//
// An example of the data is a sample of each time: [batch, times, dim]; the state is [batch, dim].
type GridPath struct{}

// Draw implements [flows.Path].
func (GridPath) Draw(_ *mlcontext.Context, data *Node) flows.Curves {
	if data.Rank() != 3 || data.Shape().Dimensions[1] < 2 {
		panic(errors.Errorf("science: data of shape %s; a path on a grid wants samples of two times at least, "+
			"[batch, times, dim]", data.Shape()))
	}
	batch, times := data.Shape().Dimensions[0], data.Shape().Dimensions[1]
	flat := Reshape(data, batch*times, -1)
	first := MulScalar(Iota(data.Graph(), shapeOf(data, batch), 0), times) // rows of flat, [batch]
	at := func(t *Node) (x, velocity *Node) {
		row := Add(first, Round(MulScalar(t, times-1)))
		return Gather(flat, ConvertDType(ExpandDims(row, -1), dtypes.Int32)), nil
	}
	start, _ := at(ZerosLike(first))
	end, _ := at(OnesLike(first))
	return flows.Curves{Start: start, End: end, At: at, Grid: times - 1}
}

// Name implements [flows.Path].
func (GridPath) Name() string { return "grid" }

// KnowsVelocity implements [flows.Path].
func (GridPath) KnowsVelocity() bool { return false }
