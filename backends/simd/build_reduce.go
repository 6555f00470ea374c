package simd

import (
	"slices"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/backends/shapeinference"
	"github.com/pkg/errors"

	"github.com/amgen/amgen/backends/simd/internal/element"
	"github.com/amgen/amgen/backends/simd/internal/graph"
)

// reduce appends a reduction; no axes means all of them.
func (b *Builder) reduce(op backends.OpType, x backends.Op, axes []int) (backends.Op, error) {
	in, err := b.checkOps(op.String(), x)
	if err != nil {
		return nil, err
	}
	shape := in[0].Shape
	axes = slices.Clone(axes)
	if len(axes) == 0 {
		for axis := range shape.Rank() {
			axes = append(axes, axis)
		}
	}
	slices.Sort(axes)
	if len(slices.Compact(slices.Clone(axes))) != len(axes) {
		return nil, errors.Errorf("simd: %s of %s, got axes %v; name each axis once", op, shape, axes)
	}
	out, err := shapeinference.ReduceOp(shape, axes)
	if err != nil {
		return nil, err
	}
	if element.Lookup(element.Combiners[op], shape.DType) == nil {
		return nil, errors.Errorf("simd: op %s is not defined on %s; convert the operand to one of %s", op, shape.DType,
			element.DefinedOn(element.Combiners[op]))
	}
	return b.newNode(op, out, graph.ReduceAttrs{Axes: axes}, in[0]), nil
}
