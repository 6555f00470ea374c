// Package dense describes arrays in memory: bytes with a shape, row-major and without gaps. It has the Go type behind
// each dtype, and reads bytes as elements and elements as bytes without a copy. Nothing here owns memory.
package dense

import (
	"unsafe"

	"github.com/gomlx/gomlx/pkg/core/dtypes/bfloat16"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/x448/float16"
)

// Array is a dense row-major array in memory that belongs to somebody else: a buffer, an arena, a constant.
type Array struct {
	Shape shapes.Shape
	Mem   []byte // exactly shape.Memory() bytes; nil if empty
}

// Element are the Go types that an array stores.
type Element interface {
	bool | int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64 |
		float16.Float16 | bfloat16.BFloat16 | float32 | float64 | complex64 | complex128
}

// Flat returns the elements of an array as a slice of T, which must be the Go type of the array's dtype
// (or one of the same size, for ops that only move bytes). It shares memory with the array.
func Flat[T Element](a *Array) []T { return Cast[T](a.Mem) }

// Cast reinterprets bytes as elements of T.
func Cast[T Element](mem []byte) []T {
	var zero T
	if len(mem) == 0 {
		return nil
	}
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(mem))), len(mem)/int(unsafe.Sizeof(zero)))
}

// Bytes reinterprets elements as bytes.
func Bytes[T Element](s []T) []byte {
	var zero T
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), len(s)*int(unsafe.Sizeof(zero)))
}

// Size is the number of elements.
func (a *Array) Size() int { return a.Shape.Size() }

// Floats reads bytes as float32. The compiler inlines it, which it doesn't Cast: it is called for every operand of
// every tile.
func Floats(mem []byte) []float32 {
	return unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(mem))), len(mem)/4)
}

// Bools is Floats for bool.
func Bools(mem []byte) []bool {
	return unsafe.Slice((*bool)(unsafe.Pointer(unsafe.SliceData(mem))), len(mem))
}

// Classes of the Go types of numbers.
type (
	Signed   interface{ int8 | int16 | int32 | int64 }
	Unsigned interface {
		uint8 | uint16 | uint32 | uint64
	}
	Integer interface{ Signed | Unsigned }
	Float   interface{ float32 | float64 }
	Number  interface{ Integer | Float }
	Complex interface{ complex64 | complex128 }
)
