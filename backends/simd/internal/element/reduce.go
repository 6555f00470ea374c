package element

import (
	"fmt"
	"math"
	"slices"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"

	"github.com/amgen/amgen/backends/simd/internal/dense"
)

// Combiners maps each reduction to the element-wise op that it repeats.
var Combiners = map[backends.OpType]backends.OpType{
	backends.OpTypeReduceSum:        backends.OpTypeAdd,
	backends.OpTypeReduceProduct:    backends.OpTypeMul,
	backends.OpTypeReduceMax:        backends.OpTypeMax,
	backends.OpTypeReduceMin:        backends.OpTypeMin,
	backends.OpTypeReduceBitwiseAnd: backends.OpTypeBitwiseAnd,
	backends.OpTypeReduceBitwiseOr:  backends.OpTypeBitwiseOr,
	backends.OpTypeReduceBitwiseXor: backends.OpTypeBitwiseXor,
	backends.OpTypeReduceLogicalAnd: backends.OpTypeLogicalAnd,
	backends.OpTypeReduceLogicalOr:  backends.OpTypeLogicalOr,
	backends.OpTypeReduceLogicalXor: backends.OpTypeLogicalXor,
}

// Identity is the value, as the bytes of one element, that combining leaves unchanged.
func Identity(combiner backends.OpType, dtype dtypes.DType) []byte {
	var value float64
	switch combiner {
	case backends.OpTypeAdd, backends.OpTypeBitwiseOr, backends.OpTypeBitwiseXor,
		backends.OpTypeLogicalOr, backends.OpTypeLogicalXor:
		return make([]byte, dtype.Size())
	case backends.OpTypeMul:
		value = 1
	case backends.OpTypeLogicalAnd:
		return []byte{1}
	case backends.OpTypeBitwiseAnd:
		return slices.Repeat([]byte{0xff}, dtype.Size())
	case backends.OpTypeMax:
		value = math.Inf(-1)
	case backends.OpTypeMin:
		value = math.Inf(1)
	default:
		panic(fmt.Sprintf("simd: identity of %s", combiner))
	}
	return dense.NumberBytes(dtype, value)
}
