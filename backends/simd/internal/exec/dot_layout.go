package exec

import (
	"slices"

	"github.com/gomlx/gomlx/pkg/core/shapes"

	"github.com/amgen/amgen/backends/simd/internal/gemm"
	"github.com/amgen/amgen/backends/simd/internal/graph"
)

// dotAxis is an axis, or several that are contiguous in memory like one, of a DotGeneral: its size and its stride in
// each operand, 0 where the operand hasn't got it.
type dotAxis struct{ size, lhs, rhs, out int }

// dotLayout is a DotGeneral as a batch of matrix products on the operands as they lie.
type dotLayout struct {
	m, n, k int
	// Strides of lhs as an m×k, rhs as a k×n and the result as an m×n matrix with contiguous columns.
	lhsRow, lhsCol, rhsRow, rhsCol, outRow int
	batch                                  []gemm.Offset
}

// layOut finds the products. Axes that cannot be walked as one become part of the batch, as long as they are not
// contracted: then ok is false, and the operands must be copied into the order lhs [batch, free, contracted], rhs
// [batch, contracted, free].
func layOut(a graph.DotAttrs, l, r shapes.Shape) (d dotLayout, ok bool) {
	lhsStrides, rhsStrides := l.Strides(), r.Strides()
	var batch, rows, cols, inner []dotAxis
	for i, axis := range a.LhsBatch {
		batch = append(batch, dotAxis{size: l.Dimensions[axis], lhs: lhsStrides[axis], rhs: rhsStrides[a.RhsBatch[i]]})
	}
	for _, axis := range graph.FreeAxes(l, a.LhsContracting, a.LhsBatch) {
		rows = append(rows, dotAxis{size: l.Dimensions[axis], lhs: lhsStrides[axis]})
	}
	for _, axis := range graph.FreeAxes(r, a.RhsContracting, a.RhsBatch) {
		cols = append(cols, dotAxis{size: r.Dimensions[axis], rhs: rhsStrides[axis]})
	}
	for i, axis := range a.LhsContracting {
		inner = append(inner, dotAxis{size: l.Dimensions[axis], lhs: lhsStrides[axis],
			rhs: rhsStrides[a.RhsContracting[i]]})
	}
	stride := 1
	for _, axes := range [][]dotAxis{cols, rows, batch} {
		for i := range slices.Backward(axes) {
			axes[i].out = stride
			stride *= axes[i].size
		}
	}
	slices.SortStableFunc(inner, func(x, y dotAxis) int { return y.lhs - x.lhs })
	inner, rows, cols = mergeAxes(inner), mergeAxes(rows), mergeAxes(cols)
	if len(inner) > 1 {
		return dotLayout{}, false
	}
	k, m, n := lastAxis(inner), lastAxis(rows), lastAxis(cols)
	d = dotLayout{m: m.size, n: n.size, k: k.size, lhsRow: m.lhs, lhsCol: k.lhs, rhsRow: k.rhs, rhsCol: n.rhs,
		outRow: m.out}
	outer := slices.Concat(batch, rows[:max(len(rows)-1, 0)], cols[:max(len(cols)-1, 0)])
	d.batch = dotOffsets(outer)
	const tooMany, small = 64, 8 // many products of a few rows or columns: a copy costs less
	return d, len(outer) == len(batch) || len(d.batch) < tooMany || min(d.m, d.n) >= small
}

// mergeAxes drops axes of size 1 and joins neighbours that every operand walks at one stride.
func mergeAxes(axes []dotAxis) []dotAxis {
	var merged []dotAxis
	for _, x := range axes {
		if x.size == 1 {
			continue
		}
		if last := len(merged) - 1; last >= 0 {
			y := merged[last]
			if y.lhs == x.size*x.lhs && y.rhs == x.size*x.rhs && y.out == x.size*x.out {
				x.size *= y.size
				merged[last] = x
				continue
			}
		}
		merged = append(merged, x)
	}
	return merged
}

// lastAxis is the innermost axis; without any, one of size 1.
func lastAxis(axes []dotAxis) dotAxis {
	if len(axes) == 0 {
		return dotAxis{size: 1, lhs: 1, rhs: 1, out: 1}
	}
	return axes[len(axes)-1]
}

// dotOffsets lists the offsets of every combination of indices, the last axis fastest.
func dotOffsets(axes []dotAxis) []gemm.Offset {
	offsets := []gemm.Offset{{}}
	for _, x := range axes {
		next := make([]gemm.Offset, 0, len(offsets)*x.size)
		for _, o := range offsets {
			for i := range x.size {
				next = append(next, gemm.Offset{A: o.A + i*x.lhs, B: o.B + i*x.rhs, C: o.C + i*x.out})
			}
		}
		offsets = next
	}
	return offsets
}

// ordered is the same product on operands copied to the order that layOut can always take, and the axes, in terms
// of the old ones, of the copies.
func ordered(a graph.DotAttrs, l, r shapes.Shape) (b graph.DotAttrs, lhsAxes, rhsAxes []int) {
	batch := len(a.LhsBatch)
	lhsAxes = slices.Concat(a.LhsBatch, graph.FreeAxes(l, a.LhsContracting, a.LhsBatch), a.LhsContracting)
	rhsAxes = slices.Concat(a.RhsBatch, a.RhsContracting, graph.FreeAxes(r, a.RhsContracting, a.RhsBatch))
	for i := range batch {
		b.LhsBatch = append(b.LhsBatch, i)
		b.RhsBatch = append(b.RhsBatch, i)
	}
	for i := range a.LhsContracting {
		b.LhsContracting = append(b.LhsContracting, len(lhsAxes)-len(a.LhsContracting)+i)
		b.RhsContracting = append(b.RhsContracting, batch+i)
	}
	return b, lhsAxes, rhsAxes
}
