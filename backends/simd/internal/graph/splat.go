package graph

import (
	"bytes"
	"math"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/dtypes/bfloat16"
	"github.com/x448/float16"

	"github.com/amgen/amgen/backends/simd/internal/dense"
)

// splat returns the one element, as bytes, that a constant (or a view or broadcast of one) repeats.
func splat(n *Node) ([]byte, bool) {
	for n.Op == backends.OpTypeReshape || n.Op == backends.OpTypeIdentity || n.Op == backends.OpTypeBroadcastInDim {
		n = n.Inputs[0]
	}
	if n.Op != backends.OpTypeConstant || n.Shape.Size() == 0 {
		return nil, false
	}
	mem := n.Attrs.(*dense.Array).Mem
	width := n.Shape.DType.Size()
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
func splatIs(n *Node, value float64) bool {
	if n.Shape.DType.IsComplex() {
		return false
	}
	elem, ok := splat(n)
	return ok && bytes.Equal(elem, dense.NumberBytes(n.Shape.DType, value))
}

// splatFloat is the value of a splat of floats.
func splatFloat(n *Node) (float64, bool) {
	elem, ok := splat(n)
	if !ok {
		return 0, false
	}
	switch n.Shape.DType {
	case dtypes.Float32:
		return float64(dense.Cast[float32](elem)[0]), true
	case dtypes.Float64:
		return dense.Cast[float64](elem)[0], true
	case dtypes.Float16:
		return float64(dense.WidenHalf(dense.Cast[float16.Float16](elem)[0])), true
	case dtypes.BFloat16:
		return float64(dense.WidenBrain(dense.Cast[bfloat16.BFloat16](elem)[0])), true
	}
	return 0, false
}

// isPowerOfTwo reports whether x is ±2^k with both x and 1/x normal float16 numbers, so that dividing by x and
// multiplying by 1/x round alike in every float dtype.
func isPowerOfTwo(x float64) bool {
	fraction, exponent := math.Frexp(math.Abs(x))
	return fraction == 0.5 && exponent > -13 && exponent < 14
}
