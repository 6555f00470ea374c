package simd

import (
	"math"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
)

// numberBytes is one element of the dtype; an infinity becomes the end of an integer's range.
func numberBytes(dtype dtypes.DType, value float64) []byte {
	switch dtype {
	case dtypes.Float32:
		return bytesOf([]float32{float32(value)})
	case dtypes.Float64:
		return bytesOf([]float64{value})
	case dtypes.Float16:
		return bytesOf([]uint16{narrowHalf(float32(value)).Bits()})
	case dtypes.BFloat16:
		return bytesOf([]uint16{narrowBrain(float32(value)).Bits()})
	case dtypes.Bool:
		return bytesOf([]bool{value > 0})
	case dtypes.Complex64:
		return bytesOf([]complex64{complex(float32(value), 0)})
	case dtypes.Complex128:
		return bytesOf([]complex128{complex(value, 0)})
	}
	size := dtype.Size()
	if !math.IsInf(value, 0) {
		return bytesOf([]int64{int64(value)})[:size]
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
