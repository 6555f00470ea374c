package simd_test

import (
	"fmt"
	"reflect"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/shapes"
)

// probe builds one op on operands of one dtype.
type probe struct {
	backends.Builder
	dtype dtypes.DType
	args  []array // of the parameters so far
}

// of makes a parameter of ones.
func (p *probe) of(dtype dtypes.DType, dims ...int) backends.Op {
	ones := values(shapes.Make(dtype, dims...), func(int) float64 { return 1 })
	op, err := p.Parameter(fmt.Sprintf("x%d", len(p.args)), ones.shape, nil)
	if err != nil {
		panic(err)
	}
	p.args = append(p.args, ones)
	return op
}

// x makes a parameter of the dtype.
func (p *probe) x(dims ...int) backends.Op { return p.of(p.dtype, dims...) }

// recipe builds the op of a probe.
type recipe func(p *probe) (backends.Op, error)

func unaryRecipe(op unaryOp) recipe {
	return func(p *probe) (backends.Op, error) { return op(p.Builder, p.x(2, 3)) }
}

func binaryRecipe(op binaryOp) recipe {
	return func(p *probe) (backends.Op, error) { return op(p.Builder, p.x(2, 3), p.x(2, 3)) }
}

func reduceRecipe(op func(b backends.Builder, x backends.Op, axes ...int) (backends.Op, error)) recipe {
	return func(p *probe) (backends.Op, error) { return op(p.Builder, p.x(2, 3), 1) }
}

func scatterRecipe(op func(b backends.Builder, x, ix, updates backends.Op, vectorAxis int,
	window, inserted, axes []int, sorted, unique bool) (backends.Op, error)) recipe {
	return func(p *probe) (backends.Op, error) {
		return op(p.Builder, p.x(4, 3), p.of(dtypes.Int32, 2, 1), p.x(2, 3), 1, []int{1}, []int{0}, []int{0},
			false, false)
	}
}

func selectRecipe(op func(b backends.Builder, x, source backends.Op, size, strides []int,
	paddings [][2]int) (backends.Op, error)) recipe {
	return func(p *probe) (backends.Op, error) {
		return op(p.Builder, p.x(4), p.x(2), []int{2}, []int{2}, nil)
	}
}

// first drops the other results of an op.
func first(op, _, _ backends.Op, err error) (backends.Op, error) { return op, err }

// recipes hold a use of each op. Its dtype is that of the operands, or of the result for RNGBitGenerator, Constant and
// Iota; indices and conditions have their own.
var recipes = map[backends.OpType]recipe{
	backends.OpTypeParameter: func(p *probe) (backends.Op, error) { return p.x(2), nil },
	backends.OpTypeConstant: func(p *probe) (backends.Op, error) {
		return p.Constant(reflect.MakeSlice(reflect.SliceOf(p.dtype.GoType()), 2, 2).Interface(), 2)
	},
	backends.OpTypeIdentity:     unaryRecipe(backends.Builder.Identity),
	backends.OpTypeReshape:      func(p *probe) (backends.Op, error) { return p.Reshape(p.x(2, 3), 6) },
	backends.OpTypeConvertDType: convertRecipe,
	backends.OpTypeBitcast:      func(p *probe) (backends.Op, error) { return p.Bitcast(p.x(2), p.dtype) },
	backends.OpTypeBroadcastInDim: func(p *probe) (backends.Op, error) {
		return p.BroadcastInDim(p.x(3), shapes.Make(p.dtype, 2, 3), []int{1})
	},
	backends.OpTypeTranspose: func(p *probe) (backends.Op, error) { return p.Transpose(p.x(2, 3), 1, 0) },
	backends.OpTypeReverse:   func(p *probe) (backends.Op, error) { return p.Reverse(p.x(2, 3), 1) },
	backends.OpTypeSlice: func(p *probe) (backends.Op, error) {
		return p.Slice(p.x(4), []int{1}, []int{4}, []int{2})
	},
	backends.OpTypeConcatenate: func(p *probe) (backends.Op, error) { return p.Concatenate(0, p.x(2), p.x(3)) },
	backends.OpTypePad: func(p *probe) (backends.Op, error) {
		return p.Pad(p.x(2), p.x(), backends.PadAxis{Start: 1, End: 1, Interior: 1})
	},
	backends.OpTypeIota: func(p *probe) (backends.Op, error) { return p.Iota(shapes.Make(p.dtype, 2, 3), 1) },
	backends.OpTypeWhere: func(p *probe) (backends.Op, error) {
		return p.Where(p.of(dtypes.Bool, 2), p.x(2), p.x(2))
	},
	backends.OpTypeClamp: func(p *probe) (backends.Op, error) { return p.Clamp(p.x(), p.x(2), p.x()) },
	backends.OpTypeDynamicSlice: func(p *probe) (backends.Op, error) {
		return p.DynamicSlice(p.x(4), []backends.Op{p.of(dtypes.Int32, 1)}, []int{2})
	},
	backends.OpTypeDynamicUpdateSlice: func(p *probe) (backends.Op, error) {
		return p.DynamicUpdateSlice(p.x(4), p.x(2), []backends.Op{p.of(dtypes.Int32, 1)})
	},
	backends.OpTypeGather: func(p *probe) (backends.Op, error) {
		return p.Gather(p.x(4, 3), p.of(dtypes.Int32, 2, 1), 1, []int{1}, []int{0}, []int{0}, []int{1, 3}, false)
	},
	backends.OpTypeScatterSum: scatterRecipe(backends.Builder.ScatterSum),
	backends.OpTypeScatterMax: scatterRecipe(backends.Builder.ScatterMax),
	backends.OpTypeScatterMin: scatterRecipe(backends.Builder.ScatterMin),
	backends.OpTypeReduceWindow: func(p *probe) (backends.Op, error) {
		return p.ReduceWindow(p.x(4), backends.ReduceOpSum, []int{2}, nil, nil, nil, nil)
	},
	backends.OpTypeSelectAndScatterMax: selectRecipe(backends.Builder.SelectAndScatterMax),
	backends.OpTypeSelectAndScatterMin: selectRecipe(backends.Builder.SelectAndScatterMin),
	backends.OpTypeDot:                 func(p *probe) (backends.Op, error) { return p.Dot(p.x(2, 3), p.x(3, 2)) },
	backends.OpTypeDotGeneral: func(p *probe) (backends.Op, error) {
		return p.DotGeneral(p.x(2, 3), []int{1}, []int{0}, p.x(2, 3), []int{1}, []int{0})
	},
	backends.OpTypeConvGeneral: func(p *probe) (backends.Op, error) {
		axes := backends.ConvolveAxesConfig{InputBatch: 0, InputSpatial: []int{1}, InputChannels: 2,
			KernelSpatial: []int{0}, KernelInputChannels: 1, KernelOutputChannels: 2,
			OutputBatch: 0, OutputSpatial: []int{1}, OutputChannels: 2}
		return p.ConvGeneral(p.x(1, 5, 2), p.x(3, 2, 4), axes, []int{1}, [][2]int{{1, 1}}, []int{1}, []int{1}, 1, 1)
	},
	backends.OpTypeArgMinMax: func(p *probe) (backends.Op, error) {
		return p.ArgMinMax(p.x(2, 3), 1, dtypes.Int32, true)
	},
	backends.OpTypeRNGBitGenerator: func(p *probe) (backends.Op, error) {
		_, bits, err := p.RNGBitGenerator(p.of(dtypes.Uint64, 3), shapes.Make(p.dtype, 4))
		return bits, err
	},
	backends.OpTypeFFT: func(p *probe) (backends.Op, error) {
		kind := backends.FFTForward
		if !p.dtype.IsComplex() {
			kind = backends.FFTForwardReal
		}
		return p.FFT(p.x(2, 6), kind, []int{6})
	},
	backends.OpTypeBatchNormForInference: func(p *probe) (backends.Op, error) {
		return p.BatchNormForInference(p.x(4, 2), p.x(2), p.x(2), p.x(2), p.x(2), 1e-3, 1)
	},
	backends.OpTypeBatchNormForTraining: func(p *probe) (backends.Op, error) {
		return first(p.BatchNormForTraining(p.x(4, 2), p.x(2), p.x(2), 1e-3, 1))
	},
	backends.OpTypeBatchNormGradient: func(p *probe) (backends.Op, error) {
		return first(p.BatchNormGradient(p.x(4, 2), p.x(2), p.x(2), p.x(2), p.x(4, 2), 1e-3, 1))
	},
}

// convertRecipe converts from the dtype to another.
func convertRecipe(p *probe) (backends.Op, error) {
	to := dtypes.Float32
	if p.dtype == to {
		to = dtypes.Int32
	}
	return p.ConvertDType(p.x(2), to)
}

func init() {
	for op, method := range map[backends.OpType]unaryOp{
		backends.OpTypeAbs: backends.Builder.Abs, backends.OpTypeBitCount: backends.Builder.BitCount,
		backends.OpTypeBitwiseNot: backends.Builder.BitwiseNot, backends.OpTypeCeil: backends.Builder.Ceil,
		backends.OpTypeClz: backends.Builder.Clz, backends.OpTypeConj: backends.Builder.Conj,
		backends.OpTypeCos: backends.Builder.Cos, backends.OpTypeErf: backends.Builder.Erf,
		backends.OpTypeExp: backends.Builder.Exp, backends.OpTypeExpm1: backends.Builder.Expm1,
		backends.OpTypeFloor: backends.Builder.Floor, backends.OpTypeImag: backends.Builder.Imag,
		backends.OpTypeIsFinite: backends.Builder.IsFinite, backends.OpTypeIsNaN: backends.Builder.IsNaN,
		backends.OpTypeLog: backends.Builder.Log, backends.OpTypeLog1p: backends.Builder.Log1p,
		backends.OpTypeLogicalNot: backends.Builder.LogicalNot, backends.OpTypeLogistic: backends.Builder.Logistic,
		backends.OpTypeNeg: backends.Builder.Neg, backends.OpTypeReal: backends.Builder.Real,
		backends.OpTypeRound: backends.Builder.Round, backends.OpTypeRsqrt: backends.Builder.Rsqrt,
		backends.OpTypeSign: backends.Builder.Sign, backends.OpTypeSin: backends.Builder.Sin,
		backends.OpTypeSqrt: backends.Builder.Sqrt, backends.OpTypeTanh: backends.Builder.Tanh,
	} {
		recipes[op] = unaryRecipe(method)
	}
	type b = backends.Builder // short, for the methods below
	for op, method := range map[backends.OpType]binaryOp{
		backends.OpTypeAdd: b.Add, backends.OpTypeBitwiseAnd: b.BitwiseAnd, backends.OpTypeBitwiseOr: b.BitwiseOr,
		backends.OpTypeBitwiseXor: b.BitwiseXor, backends.OpTypeComplex: b.Complex, backends.OpTypeDiv: b.Div,
		backends.OpTypeLogicalAnd: b.LogicalAnd, backends.OpTypeLogicalOr: b.LogicalOr,
		backends.OpTypeLogicalXor: b.LogicalXor, backends.OpTypeMax: b.Max, backends.OpTypeMin: b.Min,
		backends.OpTypeMul: b.Mul, backends.OpTypePow: b.Pow, backends.OpTypeRem: b.Rem, backends.OpTypeSub: b.Sub,
		backends.OpTypeShiftLeft: b.ShiftLeft, backends.OpTypeShiftRightArithmetic: b.ShiftRightArithmetic,
		backends.OpTypeShiftRightLogical: b.ShiftRightLogical,
		backends.OpTypeEqual:             b.Equal, backends.OpTypeEqualTotalOrder: b.EqualTotalOrder,
		backends.OpTypeNotEqual: b.NotEqual, backends.OpTypeNotEqualTotalOrder: b.NotEqualTotalOrder,
		backends.OpTypeGreaterOrEqual:           b.GreaterOrEqual,
		backends.OpTypeGreaterOrEqualTotalOrder: b.GreaterOrEqualTotalOrder,
		backends.OpTypeGreaterThan:              b.GreaterThan,
		backends.OpTypeGreaterThanTotalOrder:    b.GreaterThanTotalOrder,
		backends.OpTypeLessOrEqual:              b.LessOrEqual,
		backends.OpTypeLessOrEqualTotalOrder:    b.LessOrEqualTotalOrder,
		backends.OpTypeLessThan:                 b.LessThan, backends.OpTypeLessThanTotalOrder: b.LessThanTotalOrder,
	} {
		recipes[op] = binaryRecipe(method)
	}
	for op, method := range map[backends.OpType]func(b backends.Builder, x backends.Op,
		axes ...int) (backends.Op, error){
		backends.OpTypeReduceBitwiseAnd: b.ReduceBitwiseAnd, backends.OpTypeReduceBitwiseOr: b.ReduceBitwiseOr,
		backends.OpTypeReduceBitwiseXor: b.ReduceBitwiseXor, backends.OpTypeReduceLogicalAnd: b.ReduceLogicalAnd,
		backends.OpTypeReduceLogicalOr: b.ReduceLogicalOr, backends.OpTypeReduceLogicalXor: b.ReduceLogicalXor,
		backends.OpTypeReduceMax: b.ReduceMax, backends.OpTypeReduceMin: b.ReduceMin,
		backends.OpTypeReduceProduct: b.ReduceProduct, backends.OpTypeReduceSum: b.ReduceSum,
	} {
		recipes[op] = reduceRecipe(method)
	}
}
