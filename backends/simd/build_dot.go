package simd

import (
	"slices"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/pkg/errors"

	"github.com/amgen/amgen/backends/simd/internal/exec"
	"github.com/amgen/amgen/backends/simd/internal/graph"
)

// Dot implements backends.Builder, for vectors and matrices. It contracts the last axis of lhs with the first of rhs.
func (b *Builder) Dot(lhs, rhs backends.Op) (backends.Op, error) {
	in, err := b.checkOps("Dot", lhs, rhs)
	if err != nil {
		return nil, err
	}
	l, r := in[0].Shape, in[1].Shape
	if l.Rank() < 1 || l.Rank() > 2 || r.Rank() < 1 || r.Rank() > 2 {
		return nil, errors.Errorf("simd: Dot, got %s and %s; use vectors or matrices, or DotGeneral", l, r)
	}
	return b.dot("Dot", in, graph.DotAttrs{LhsContracting: []int{l.Rank() - 1}, RhsContracting: []int{0}})
}

// DotGeneral implements backends.Builder. The result's axes are the batch axes in lhs's order, then the axes that
// only lhs has, then those that only rhs has.
func (b *Builder) DotGeneral(lhs backends.Op, lhsContracting, lhsBatch []int, rhs backends.Op,
	rhsContracting, rhsBatch []int) (backends.Op, error) {
	in, err := b.checkOps("DotGeneral", lhs, rhs)
	if err != nil {
		return nil, err
	}
	attrs := graph.DotAttrs{
		LhsContracting: slices.Clone(lhsContracting), LhsBatch: slices.Clone(lhsBatch),
		RhsContracting: slices.Clone(rhsContracting), RhsBatch: slices.Clone(rhsBatch),
	}
	return b.dot("DotGeneral", in, attrs)
}

// dot checks the axes and appends the node.
func (b *Builder) dot(what string, in []*graph.Node, attrs graph.DotAttrs) (backends.Op, error) {
	l, r := in[0].Shape, in[1].Shape
	if l.DType != r.DType {
		return nil, errors.Errorf("simd: %s, got %s and %s; convert one to the other's dtype", what, l, r)
	}
	if !exec.HasProduct(l.DType) {
		return nil, errors.Errorf("simd: %s, got %s and %s; use numbers", what, l, r)
	}
	if err := checkDotAxes(what, "lhs", l, attrs.LhsContracting, attrs.LhsBatch); err != nil {
		return nil, err
	}
	if err := checkDotAxes(what, "rhs", r, attrs.RhsContracting, attrs.RhsBatch); err != nil {
		return nil, err
	}
	pairs := func(kind string, la, ra []int) error {
		if len(la) != len(ra) {
			return errors.Errorf("simd: %s, got %s axes %v of lhs and %v of rhs; pair them", what, kind, la, ra)
		}
		for i := range la {
			if l.Dimensions[la[i]] != r.Dimensions[ra[i]] {
				return errors.Errorf("simd: %s, got %s axis %d of lhs %s and %d of rhs %s; their sizes must be equal",
					what, kind, la[i], l, ra[i], r)
			}
		}
		return nil
	}
	if err := pairs("contracting", attrs.LhsContracting, attrs.RhsContracting); err != nil {
		return nil, err
	}
	if err := pairs("batch", attrs.LhsBatch, attrs.RhsBatch); err != nil {
		return nil, err
	}
	var dims []int
	for _, axis := range attrs.LhsBatch {
		dims = append(dims, l.Dimensions[axis])
	}
	for _, axis := range graph.FreeAxes(l, attrs.LhsContracting, attrs.LhsBatch) {
		dims = append(dims, l.Dimensions[axis])
	}
	for _, axis := range graph.FreeAxes(r, attrs.RhsContracting, attrs.RhsBatch) {
		dims = append(dims, r.Dimensions[axis])
	}
	shape := shapes.Shape{DType: l.DType, Dimensions: dims}
	if err := checkFits(what, shape); err != nil {
		return nil, err
	}
	return b.newNode(backends.OpTypeDotGeneral, shape, attrs, in...), nil
}

// checkDotAxes makes the axes of one operand non-negative and refuses repeated and missing ones.
func checkDotAxes(what, side string, shape shapes.Shape, contracting, batch []int) error {
	seen := make([]bool, shape.Rank())
	for _, axes := range [][]int{contracting, batch} {
		for i, axis := range axes {
			if axis < 0 {
				axis += shape.Rank()
			}
			if axis < 0 || axis >= shape.Rank() || seen[axis] {
				return errors.Errorf("simd: %s, got contracting axes %v and batch axes %v for %s %s; use each "+
					"axis once",
					what, contracting, batch, side, shape)
			}
			seen[axis] = true
			axes[i] = axis
		}
	}
	return nil
}
