package arrays

import "github.com/amgen/amgen/backends/simd/internal/pool"

// ClampStarts moves each start into [0, dims[i] − sizes[i]], in place, so that the box of those sizes lies
// inside the tensor: XLA's rule for dynamic slices and gathers.
func ClampStarts(starts, dims, sizes []int) {
	for i := range starts {
		starts[i] = max(0, min(starts[i], dims[i]-sizes[i]))
	}
}

// DynamicSlice copies the box of dimensions sizes at starts, clamped, into dst.
func DynamicSlice[T any](p *pool.Pool, dst, src []T, dims, starts, sizes []int) {
	steps := Strides(dims)
	copyAll(p, newPlan(sizes, Strides(sizes), steps), dst, 0, src, clampedOffset(starts, dims, sizes, steps))
}

// DynamicUpdateSlice overwrites the box of dst at starts, clamped, with update. dst holds the operand already.
func DynamicUpdateSlice[T any](p *pool.Pool, dst []T, dims []int, update []T, updateDims, starts []int) {
	steps := Strides(dims)
	copyAll(p, newPlan(updateDims, steps, Strides(updateDims)), dst, clampedOffset(starts, dims, updateDims, steps),
		update, 0)
}

func clampedOffset(starts, dims, sizes, steps []int) int {
	at := append([]int(nil), starts...)
	ClampStarts(at, dims, sizes)
	offset := 0
	for i, x := range at {
		offset += x * steps[i]
	}
	return offset
}
