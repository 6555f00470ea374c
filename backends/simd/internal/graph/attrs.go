package graph

import (
	"slices"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/shapes"

	"github.com/amgen/amgen/backends/simd/internal/arrays"
)

// The attributes of nodes are values: common subexpressions are found by printing them.

// ParameterAttrs are the attrs of a Parameter node.
type ParameterAttrs struct {
	Name  string
	Index int
}

// ReduceAttrs are the attrs of every Reduce op.
type ReduceAttrs struct {
	Axes []int // ascending, all of them if the caller named none
}

// Attributes of the movement nodes.
type (
	TransposeAttrs   struct{ Permutation []int }
	BroadcastAttrs   struct{ Axes []int } // the output axis of each operand axis
	SliceAttrs       struct{ Starts, Limits, Strides []int }
	ConcatenateAttrs struct{ Axis int }
	PadAttrs         struct{ Pads []arrays.Padding }
	ReverseAttrs     struct{ Axes []int }
	IotaAttrs        struct{ Axis int }
)

// Attributes of the indexing nodes. Dynamic slices have none: sizes are those of the output or the update.
type (
	GatherAttrs struct {
		VectorAxis int
		Spec       arrays.GatherSpec
	}
	ScatterAttrs struct {
		VectorAxis int
		Spec       arrays.ScatterSpec
	}
)

// ArgMinMaxAttrs are the attrs of an ArgMinMax node.
type ArgMinMaxAttrs struct {
	Axis  int
	IsMin bool
}

// WindowAttrs are the attributes of ReduceWindow and SelectAndScatter nodes.
type WindowAttrs struct {
	Reduction backends.ReduceOpType
	Axes      []arrays.WindowAxis
}

// DotAttrs are the attrs of a DotGeneral node: axes of the left and right operand, paired by position.
type DotAttrs struct {
	LhsContracting, LhsBatch, RhsContracting, RhsBatch []int
}

// ConvAttrs are the attrs of a ConvGeneral node; every slice has one entry a spatial axis.
type ConvAttrs struct {
	Axes                               backends.ConvolveAxesConfig
	Strides                            []int
	Paddings                           [][2]int
	InputDilations, KernelDilations    []int
	ChannelGroupCount, BatchGroupCount int

	Reversed []bool // whether the kernel's taps run backwards along the axis
}

// FFTAttrs are the attributes of an FFT node: its axes are the last ones, as many as lengths.
type FFTAttrs struct {
	Type    backends.FFTType
	Lengths []int
}

// FreeAxes are the axes that are neither contracted nor batch axes.
func FreeAxes(shape shapes.Shape, contracting, batch []int) []int {
	var free []int
	for axis := range shape.Rank() {
		if !slices.Contains(contracting, axis) && !slices.Contains(batch, axis) {
			free = append(free, axis)
		}
	}
	return free
}
