package dense

import (
	"math"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
)

// NumberBytes is one element of the dtype; an infinity becomes the end of an integer's range.
func NumberBytes(dtype dtypes.DType, value float64) []byte {
	switch dtype {
	case dtypes.Float32:
		return Bytes([]float32{float32(value)})
	case dtypes.Float64:
		return Bytes([]float64{value})
	case dtypes.Float16:
		return Bytes([]uint16{NarrowHalf(float32(value)).Bits()})
	case dtypes.BFloat16:
		return Bytes([]uint16{NarrowBrain(float32(value)).Bits()})
	case dtypes.Bool:
		return Bytes([]bool{value > 0})
	case dtypes.Complex64:
		return Bytes([]complex64{complex(float32(value), 0)})
	case dtypes.Complex128:
		return Bytes([]complex128{complex(value, 0)})
	}
	size := dtype.Size()
	if !math.IsInf(value, 0) {
		return Bytes([]int64{int64(value)})[:size]
	}
	mem := make([]byte, size) // little-endian: the last byte has the sign
	if value > 0 {
		for i := range mem {
			mem[i] = 0xff
		}
	}
	if !dtype.IsUnsigned() {
		mem[size-1] ^= 0x80
	}
	return mem
}
