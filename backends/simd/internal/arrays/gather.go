package arrays

import "github.com/amgen/amgen/backends/simd/internal/pool"

// GatherSpec says how a gather maps indices to slices of the operand and those to the output; the fields are
// XLA's (https://openxla.org/xla/operation_semantics#gather).
type GatherSpec struct {
	OffsetOutputAxes   []int // output axes that the slice's axes become, ascending
	CollapsedSliceAxes []int // operand axes of slice size 1 that the output lacks
	StartIndexMap      []int // operand axis of each coordinate of an index vector
	SliceSizes         []int // an operand axis each
}

// Gather copies, for each index vector, the slice of src that begins there. Starts are clamped so that the
// slice lies inside the operand.
func Gather[T any](p *pool.Pool, dst []T, outDims []int, src []T, dims []int, ix Indices, g GatherSpec) {
	outSteps, inSteps := Strides(outDims), Strides(dims)
	kept := others(len(dims), g.CollapsedSliceAxes)
	slice := newPlan(pick(g.SliceSizes, kept), pick(outSteps, g.OffsetOutputAxes), pick(inSteps, kept))
	batchDims := ix.BatchDims()
	n := Size(batchDims)
	if n == 0 || slice.count == 0 {
		return
	}
	batch := newCounter(batchDims, pick(outSteps, others(len(outDims), g.OffsetOutputAxes)))
	limits, steps := make([]int, len(g.StartIndexMap)), make([]int, len(g.StartIndexMap))
	for k, axis := range g.StartIndexMap {
		limits[k] = dims[axis] - g.SliceSizes[axis]
		steps[k] = inSteps[axis]
	}
	run, skip := ix.vectors()
	per := max(1, grain/Size(g.SliceSizes))
	p.Run(ceilDiv(n, per), func(piece int) {
		for i := piece * per; i < min(n, (piece+1)*per); i++ {
			first := i/run*skip + i%run
			offset := 0
			for k, limit := range limits {
				offset += max(0, min(ix.Flat[first+k*run], limit)) * steps[k]
			}
			copySeq(slice, dst, batch.offset(i), src, offset)
		}
	})
}

// counter turns a flat row-major index over dims into an offset with other strides.
type counter struct{ dims, steps []int }

// newCounter merges contiguous axes, which leaves one for the common layouts.
func newCounter(dims, steps []int) counter {
	var c counter
	for i, n := range dims {
		if n == 1 {
			continue
		}
		if k := len(c.dims) - 1; k >= 0 && c.steps[k] == n*steps[i] {
			c.dims[k] *= n
			c.steps[k] = steps[i]
			continue
		}
		c.dims, c.steps = append(c.dims, n), append(c.steps, steps[i])
	}
	return c
}

func (c counter) offset(i int) int {
	offset := 0
	for k := len(c.dims) - 1; k > 0; k-- {
		offset += i % c.dims[k] * c.steps[k]
		i /= c.dims[k]
	}
	if len(c.dims) > 0 {
		offset += i * c.steps[0]
	}
	return offset
}
