package simd

import (
	"unsafe"

	"github.com/gomlx/gomlx/pkg/core/dtypes/bfloat16"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/x448/float16"
)

// array is a dense row-major array in memory that belongs to somebody else: a buffer, an arena, a constant.
type array struct {
	shape shapes.Shape
	mem   []byte // exactly shape.Memory() bytes; nil if empty
}

// element are the Go types that an array stores.
type element interface {
	bool | int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64 |
		float16.Float16 | bfloat16.BFloat16 | float32 | float64 | complex64 | complex128
}

// flat returns the elements of an array as a slice of T, which must be the Go type of the array's dtype
// (or one of the same size, for ops that only move bytes). It shares memory with the array.
func flat[T element](a *array) []T { return castSlice[T](a.mem) }

// castSlice reinterprets bytes as elements of T.
func castSlice[T element](mem []byte) []T {
	var zero T
	if len(mem) == 0 {
		return nil
	}
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(mem))), len(mem)/int(unsafe.Sizeof(zero)))
}

// bytesOf reinterprets elements as bytes.
func bytesOf[T element](s []T) []byte {
	var zero T
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), len(s)*int(unsafe.Sizeof(zero)))
}

// size is the number of elements.
func (a *array) size() int { return a.shape.Size() }

// floats and bools are castSlice without a type parameter, which the compiler can inline: they are called for every
// operand of every tile.

func floats(mem []byte) []float32 {
	return unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(mem))), len(mem)/4)
}

func bools(mem []byte) []bool {
	return unsafe.Slice((*bool)(unsafe.Pointer(unsafe.SliceData(mem))), len(mem))
}

// Classes of the Go types of numbers.
type (
	signedInt   interface{ int8 | int16 | int32 | int64 }
	unsignedInt interface {
		uint8 | uint16 | uint32 | uint64
	}
	integer       interface{ signedInt | unsignedInt }
	float         interface{ float32 | float64 }
	number        interface{ integer | float }
	complexNumber interface{ complex64 | complex128 }
)
