package dense

import (
	"math"

	"github.com/gomlx/gomlx/pkg/core/dtypes/bfloat16"
	"github.com/x448/float16"
)

// The 16-bit floats compute in float32 and round once.

// WidenHalf is exact.
func WidenHalf(x float16.Float16) float32 { return x.Float32() }

// NarrowHalf rounds to nearest even.
func NarrowHalf(x float32) float16.Float16 { return float16.Fromfloat32(x) }

// WidenBrain is exact.
func WidenBrain(x bfloat16.BFloat16) float32 { return x.Float32() }

// NarrowBrain rounds to nearest even; bfloat16.FromFloat32 truncates.
func NarrowBrain(x float32) bfloat16.BFloat16 {
	if x != x {
		return bfloat16.FromBits(0x7fc0)
	}
	bits := math.Float32bits(x)
	return bfloat16.FromBits(uint16((bits + 0x7fff + (bits>>16)&1) >> 16))
}
