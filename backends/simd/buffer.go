package simd

import (
	"unsafe"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/dtypes/bfloat16"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/x448/float16"
)

// Buffer is a dense row-major array in the memory of the CPU.
type Buffer struct {
	shape shapes.Shape
	mem   []byte // exactly shape.Memory() bytes; nil if empty or finalized
	valid bool
}

// element are the Go types that a Buffer stores.
type element interface {
	bool | int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64 |
		float16.Float16 | bfloat16.BFloat16 | float32 | float64 | complex64 | complex128
}

// flat returns the elements of a buffer as a slice of T, which must be the Go type of the buffer's dtype
// (or one of the same size, for ops that only move bytes). It shares memory with the buffer.
func flat[T element](b *Buffer) []T { return castSlice[T](b.mem) }

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
func (b *Buffer) size() int { return b.shape.Size() }

// newBuffer returns a buffer with unspecified contents from the backend's memory.
func (b *Backend) newBuffer(shape shapes.Shape) *Buffer {
	return &Buffer{shape: shape.Clone(), mem: b.memory.get(int(shape.Memory())), valid: true}
}

// release gives a buffer's memory back; the buffer becomes invalid.
func (b *Backend) release(buf *Buffer) {
	buf.valid = false
	b.memory.put(buf.mem)
	buf.mem = nil
}

// storage describes the Go type behind a dtype.
type storage struct {
	toFlat func(mem []byte) any          // []T over mem
	bytes  func(flat any) ([]byte, bool) // the reverse; false if flat is not a []T
}

func storageOf[T element]() storage {
	return storage{
		toFlat: func(mem []byte) any {
			if len(mem) == 0 {
				return []T{}
			}
			return castSlice[T](mem)
		},
		bytes: func(flat any) ([]byte, bool) {
			s, ok := flat.([]T)
			return bytesOf(s), ok
		},
	}
}

// storages lists the dtypes that buffers may have.
var storages = map[dtypes.DType]storage{
	dtypes.Bool:       storageOf[bool](),
	dtypes.Int8:       storageOf[int8](),
	dtypes.Int16:      storageOf[int16](),
	dtypes.Int32:      storageOf[int32](),
	dtypes.Int64:      storageOf[int64](),
	dtypes.Uint8:      storageOf[uint8](),
	dtypes.Uint16:     storageOf[uint16](),
	dtypes.Uint32:     storageOf[uint32](),
	dtypes.Uint64:     storageOf[uint64](),
	dtypes.Float16:    storageOf[float16.Float16](),
	dtypes.BFloat16:   storageOf[bfloat16.BFloat16](),
	dtypes.Float32:    storageOf[float32](),
	dtypes.Float64:    storageOf[float64](),
	dtypes.Complex64:  storageOf[complex64](),
	dtypes.Complex128: storageOf[complex128](),
}
