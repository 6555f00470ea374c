package simd

import (
	"bytes"
	"math"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/dtypes/bfloat16"
	"github.com/x448/float16"
)

// splat returns the one element, as bytes, that a constant (or a view or broadcast of one) repeats.
func splat(n *node) ([]byte, bool) {
	for n.op == backends.OpTypeReshape || n.op == backends.OpTypeIdentity || n.op == backends.OpTypeBroadcastInDim {
		n = n.inputs[0]
	}
	if n.op != backends.OpTypeConstant || n.shape.Size() == 0 {
		return nil, false
	}
	mem := n.attrs.(*array).mem
	width := n.shape.DType.Size()
	if len(mem) > maxFolded {
		return nil, false
	}
	for at := width; at < len(mem); at += width {
		if !bytes.Equal(mem[at:at+width], mem[:width]) {
			return nil, false
		}
	}
	return mem[:width], true
}

// splatIs reports whether n repeats the number, of the same sign if it is zero.
func splatIs(n *node, value float64) bool {
	if n.shape.DType.IsComplex() {
		return false
	}
	elem, ok := splat(n)
	return ok && bytes.Equal(elem, numberBytes(n.shape.DType, value))
}

// splatFloat is the value of a splat of floats.
func splatFloat(n *node) (float64, bool) {
	elem, ok := splat(n)
	if !ok {
		return 0, false
	}
	switch n.shape.DType {
	case dtypes.Float32:
		return float64(castSlice[float32](elem)[0]), true
	case dtypes.Float64:
		return castSlice[float64](elem)[0], true
	case dtypes.Float16:
		return float64(widenHalf(castSlice[float16.Float16](elem)[0])), true
	case dtypes.BFloat16:
		return float64(widenBrain(castSlice[bfloat16.BFloat16](elem)[0])), true
	}
	return 0, false
}

// isPowerOfTwo reports whether x is ±2^k with both x and 1/x normal float16 numbers, so that dividing by x and
// multiplying by 1/x round alike in every float dtype.
func isPowerOfTwo(x float64) bool {
	fraction, exponent := math.Frexp(math.Abs(x))
	return fraction == 0.5 && exponent > -13 && exponent < 14
}
