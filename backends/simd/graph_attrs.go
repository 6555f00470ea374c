package simd

import (
	"slices"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/shapes"

	"github.com/amgen/amgen/backends/simd/internal/arrays"
)

// The attributes of nodes are values: common subexpressions are found by printing them.

// parameter are the attrs of a Parameter node.
type parameter struct {
	name  string
	index int
}

// reduceAttrs are the attrs of every Reduce op.
type reduceAttrs struct {
	axes []int // ascending, all of them if the caller named none
}

// Attributes of the movement nodes.
type (
	transposeAttrs   struct{ Permutation []int }
	broadcastAttrs   struct{ Axes []int } // the output axis of each operand axis
	sliceAttrs       struct{ Starts, Limits, Strides []int }
	concatenateAttrs struct{ Axis int }
	padAttrs         struct{ Pads []arrays.Padding }
	reverseAttrs     struct{ Axes []int }
	iotaAttrs        struct{ Axis int }
)

// Attributes of the indexing nodes. Dynamic slices have none: sizes are those of the output or the update.
type (
	gatherAttrs struct {
		VectorAxis int
		Spec       arrays.GatherSpec
	}
	scatterAttrs struct {
		VectorAxis int
		Spec       arrays.ScatterSpec
	}
)

// argMinMaxAttrs are the attrs of an ArgMinMax node.
type argMinMaxAttrs struct {
	Axis  int
	IsMin bool
}

// windowAttrs are the attributes of ReduceWindow and SelectAndScatter nodes.
type windowAttrs struct {
	Reduction backends.ReduceOpType
	Axes      []arrays.WindowAxis
}

// dotAttrs are the attrs of a DotGeneral node: axes of the left and right operand, paired by position.
type dotAttrs struct {
	lhsContracting, lhsBatch, rhsContracting, rhsBatch []int
}

// convAttrs are the attrs of a ConvGeneral node; every slice has one entry a spatial axis.
type convAttrs struct {
	axes                               backends.ConvolveAxesConfig
	strides                            []int
	paddings                           [][2]int
	inputDilations, kernelDilations    []int
	channelGroupCount, batchGroupCount int

	reversed []bool // whether the kernel's taps run backwards along the axis
}

// fftAttrs are the attributes of an FFT node: its axes are the last ones, as many as lengths.
type fftAttrs struct {
	Type    backends.FFTType
	Lengths []int
}

// freeAxes are the axes that are neither contracted nor batch axes.
func freeAxes(shape shapes.Shape, contracting, batch []int) []int {
	var free []int
	for axis := range shape.Rank() {
		if !slices.Contains(contracting, axis) && !slices.Contains(batch, axis) {
			free = append(free, axis)
		}
	}
	return free
}
