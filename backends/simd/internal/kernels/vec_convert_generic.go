package kernels

import (
	"math"

	"github.com/x448/float16"
)

func uint8ToFloat32Generic(dst []float32, a []uint8) {
	for i := range dst {
		dst[i] = float32(a[i])
	}
}

func int32ToFloat32Generic(dst []float32, a []int32) {
	for i := range dst {
		dst[i] = float32(a[i])
	}
}

func uint32ToFloat32Generic(dst []float32, a []uint32) {
	for i := range dst {
		dst[i] = float32(a[i])
	}
}

func bfloat16ToFloat32Generic(dst []float32, a []uint16) {
	for i := range dst {
		dst[i] = math.Float32frombits(uint32(a[i]) << 16)
	}
}

func float16ToFloat32Generic(dst []float32, a []uint16) {
	for i := range dst {
		dst[i] = float16.Frombits(a[i]).Float32()
	}
}

func float32ToFloat16Generic(dst []uint16, a []float32) {
	for i := range dst {
		dst[i] = float16.Fromfloat32(a[i]).Bits()
	}
}

func float32ToBFloat16Generic(dst []uint16, a []float32) {
	for i, v := range a {
		bits := math.Float32bits(v)
		if v != v {
			dst[i] = uint16(bits>>16) | 0x40 // the quiet bit, so that cutting the payload leaves a NaN
			continue
		}
		dst[i] = uint16((bits + 0x7fff + bits>>16&1) >> 16) // a carry into the exponent is what rounding up needs
	}
}
