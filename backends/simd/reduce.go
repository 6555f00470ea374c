package simd

import (
	"fmt"
	"math"
	"slices"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/backends/shapeinference"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/pkg/errors"
)

// reduceAttrs are the attrs of every Reduce op.
type reduceAttrs struct {
	axes []int // ascending, all of them if the caller named none
}

// combiners maps each reduction to the element-wise op that it repeats.
var combiners = map[backends.OpType]backends.OpType{
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

// reduce appends a reduction; no axes means all of them.
func (b *Builder) reduce(op backends.OpType, x backends.Op, axes []int) (backends.Op, error) {
	in, err := b.checkOps(op.String(), x)
	if err != nil {
		return nil, err
	}
	shape := in[0].shape
	axes = slices.Clone(axes)
	if len(axes) == 0 {
		for axis := range shape.Rank() {
			axes = append(axes, axis)
		}
	}
	slices.Sort(axes)
	if len(slices.Compact(slices.Clone(axes))) != len(axes) {
		return nil, errors.Errorf("simd: %s of %s, got axes %v; name each axis once", op, shape, axes)
	}
	out, err := shapeinference.ReduceOp(shape, axes)
	if err != nil {
		return nil, err
	}
	if elementKernels[kernelKey{combiners[op], shape.DType}] == nil {
		return nil, errors.Errorf("simd: op %s is not defined on %s; convert the operand to one of %s", op, shape.DType,
			definedOn(combiners[op]))
	}
	return b.newNode(op, out, reduceAttrs{axes}, in[0]), nil
}

// identityOf is the value, as the bytes of one element, that combining leaves unchanged.
func identityOf(combiner backends.OpType, dtype dtypes.DType) []byte {
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
	return numberBytes(dtype, value)
}

// fillTile repeats one element over dst.
func fillTile(dst, elem []byte) {
	if len(dst) == 0 {
		return
	}
	for n := copy(dst, elem); n < len(dst); n *= 2 {
		copy(dst[n:], dst[:n])
	}
}
