package arrays

import "github.com/amgen/amgen/backends/simd/internal/pool"

// Transpose permutes axes: dst has dimensions dims[perm[0]], dims[perm[1]], ….
func Transpose[T any](p *pool.Pool, dst, src []T, dims, perm []int) {
	strides := Strides(dims)
	outDims, steps := make([]int, len(perm)), make([]int, len(perm))
	for i, axis := range perm {
		outDims[i], steps[i] = dims[axis], strides[axis]
	}
	copyAll(p, newPlan(outDims, Strides(outDims), steps), dst, 0, src, 0)
}

// BroadcastInDim repeats src, whose axis i becomes axis axes[i] of dst; src axes of dimension 1 are stretched.
// The other axes of dst repeat.
func BroadcastInDim[T any](p *pool.Pool, dst []T, outDims []int, src []T, dims, axes []int) {
	strides := Strides(dims)
	steps := make([]int, len(outDims))
	for i, axis := range axes {
		if dims[i] != 1 {
			steps[axis] = strides[i]
		}
	}
	copyAll(p, newPlan(outDims, Strides(outDims), steps), dst, 0, src, 0)
}

// SliceDims is the shape of src[starts:limits:strides].
func SliceDims(starts, limits, strides []int) []int {
	out := make([]int, len(starts))
	for i := range out {
		out[i] = max(0, ceilDiv(limits[i]-starts[i], strides[i]))
	}
	return out
}

// Slice copies src[starts:limits:strides], strides at least 1, into dst.
func Slice[T any](p *pool.Pool, dst, src []T, dims, starts, limits, strides []int) {
	steps := Strides(dims)
	offset := 0
	for i := range steps {
		offset += starts[i] * steps[i]
		steps[i] *= strides[i]
	}
	outDims := SliceDims(starts, limits, strides)
	copyAll(p, newPlan(outDims, Strides(outDims), steps), dst, 0, src, offset)
}

// Concatenate joins srcs of dimensions dims along axis.
func Concatenate[T any](p *pool.Pool, dst []T, axis int, srcs [][]T, dims [][]int) {
	outDims := append([]int(nil), dims[0]...)
	outDims[axis] = 0
	for _, d := range dims {
		outDims[axis] += d[axis]
	}
	steps := Strides(outDims)
	offset := 0
	for i, src := range srcs {
		copyAll(p, newPlan(dims[i], steps, Strides(dims[i])), dst, offset, src, 0)
		offset += dims[i][axis] * steps[axis]
	}
}

// Reverse flips the order of the elements along axes.
func Reverse[T any](p *pool.Pool, dst, src []T, dims, axes []int) {
	if Size(dims) == 0 {
		return
	}
	steps := Strides(dims)
	offset := 0
	for _, axis := range axes {
		offset += (dims[axis] - 1) * steps[axis]
		steps[axis] = -steps[axis]
	}
	copyAll(p, newPlan(dims, Strides(dims), steps), dst, 0, src, offset)
}
