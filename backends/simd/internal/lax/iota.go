package lax

import "github.com/amgen/amgen/backends/simd/internal/pool"

// Integer is any Go integer type.
type Integer interface {
	~int8 | ~int16 | ~int32 | ~int64 | ~int | ~uint8 | ~uint16 | ~uint32 | ~uint64
}

// Real is any Go integer or floating-point type.
type Real interface{ Integer | ~float32 | ~float64 }

// Iota writes to each element its index along axis, as convert gives it for the dtype: a plain T(i) for Go's
// own numbers, a rounding conversion for 16-bit floats and complex numbers.
func Iota[T any](p *pool.Pool, dst []T, dims []int, axis int, convert func(i int) T) {
	line := make([]T, dims[axis])
	for i := range line {
		line[i] = convert(i)
	}
	BroadcastInDim(p, dst, dims, line, dims[axis:axis+1], []int{axis})
}
