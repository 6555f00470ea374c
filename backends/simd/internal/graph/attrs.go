package graph

import (
	"slices"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/shapes"

	"github.com/amgen/amgen/backends/simd/internal/arrays"
)

// The attributes of nodes are values, without pointers and functions: equal expressions are found by printing them.

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
	// TransposeAttrs name the operand axis of each output axis.
	TransposeAttrs struct{ Permutation []int }
	// BroadcastAttrs name the output axis of each operand axis, for a BroadcastInDim.
	BroadcastAttrs struct{ Axes []int }
	// SliceAttrs have one value an axis.
	SliceAttrs struct{ Starts, Limits, Strides []int }
	// ConcatenateAttrs name the axis along which the operands follow each other.
	ConcatenateAttrs struct{ Axis int }
	// PadAttrs have one padding an axis.
	PadAttrs struct{ Pads []arrays.Padding }
	// ReverseAttrs name the axes that run backwards.
	ReverseAttrs struct{ Axes []int }
	// IotaAttrs name the axis that counts.
	IotaAttrs struct{ Axis int }
)

// Attributes of the indexing nodes. Dynamic slices have none: sizes are those of the output or the update.
type (
	// GatherAttrs say where the coordinates are in the indices, and what they select.
	GatherAttrs struct {
		VectorAxis int
		Spec       arrays.GatherSpec
	}
	// ScatterAttrs say where the coordinates are in the indices, and where the updates go.
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
