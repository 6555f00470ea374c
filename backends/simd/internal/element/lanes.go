package element

import (
	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"

	"github.com/amgen/amgen/backends/simd/internal/formulas"
	"github.com/amgen/amgen/backends/simd/internal/jit"
)

// LaneOp appends an op to a chain of machine code.
type LaneOp func(c *jit.Chain, args [3]jit.Value) jit.Value

// LaneOpFor finds the form for machine code of an element-wise op with a result of dtype out, on a last operand of
// dtype from; nil if it has none. Its results have the bits of the op's kernel.
func LaneOpFor(op backends.OpType, out, from dtypes.DType) LaneOp {
	switch op {
	case backends.OpTypeConvertDType:
		return laneConverts[[2]dtypes.DType{out, from}]
	case backends.OpTypeBroadcastInDim:
		if out.Size() == 4 {
			return func(_ *jit.Chain, args [3]jit.Value) jit.Value { return args[0] }
		}
	}
	if from == dtypes.Float32 {
		return laneOps[op]
	}
	return nil
}

// LaneCombiner finds the form for machine code that adds to the accumulator of a reduction, nil if there is none.
func LaneCombiner(combiner backends.OpType, dtype dtypes.DType) LaneOp {
	switch combiner {
	case backends.OpTypeAdd, backends.OpTypeMax, backends.OpTypeMin:
		if dtype == dtypes.Float32 {
			return laneOps[combiner]
		}
	}
	return nil
}

var laneConverts = map[[2]dtypes.DType]LaneOp{
	{dtypes.Float32, dtypes.Uint32}: oneLane((*jit.Chain).FromUnsigned),
	{dtypes.Float32, dtypes.Int32}:  oneLane((*jit.Chain).ToFloat),
	{dtypes.Float32, dtypes.Bool}: func(c *jit.Chain, args [3]jit.Value) jit.Value {
		return c.ZeroUnless(args[0], c.Number(1))
	},
}

// laneOps are the ops on float32.
var laneOps = map[backends.OpType]LaneOp{
	backends.OpTypeAbs:  oneLane((*jit.Chain).Abs),
	backends.OpTypeNeg:  oneLane((*jit.Chain).Neg),
	backends.OpTypeSqrt: oneLane((*jit.Chain).Sqrt),
	backends.OpTypeRsqrt: oneLane(func(c *jit.Chain, a jit.Value) jit.Value {
		return c.Div(c.Number(1), c.Sqrt(a))
	}),
	backends.OpTypeExp:      byFormula(formulas.Of[jit.Value].Exp),
	backends.OpTypeExpm1:    byFormula(formulas.Of[jit.Value].Expm1),
	backends.OpTypeLog:      byFormula(formulas.Of[jit.Value].Log),
	backends.OpTypeLog1p:    byFormula(formulas.Of[jit.Value].Log1p),
	backends.OpTypeTanh:     byFormula(formulas.Of[jit.Value].Tanh),
	backends.OpTypeLogistic: byFormula(formulas.Of[jit.Value].Logistic),
	backends.OpTypeErf:      byFormula(formulas.Of[jit.Value].Erf),

	backends.OpTypeFloor: rounded(jit.Down),
	backends.OpTypeCeil:  rounded(jit.Up),
	backends.OpTypeRound: rounded(jit.NearestEven),

	backends.OpTypeAdd: twoLanes((*jit.Chain).Add),
	backends.OpTypeSub: twoLanes((*jit.Chain).Sub),
	backends.OpTypeMul: twoLanes((*jit.Chain).Mul),
	backends.OpTypeDiv: twoLanes((*jit.Chain).Div),
	backends.OpTypeMax: twoLanes((*jit.Chain).Max),
	backends.OpTypeMin: twoLanes((*jit.Chain).Min),

	backends.OpTypeEqual:          compared(jit.Equal),
	backends.OpTypeNotEqual:       compared(jit.NotEqual),
	backends.OpTypeGreaterThan:    compared(jit.Greater),
	backends.OpTypeGreaterOrEqual: compared(jit.GreaterEqual),
	backends.OpTypeLessThan:       compared(jit.Less),
	backends.OpTypeLessOrEqual:    compared(jit.LessEqual),

	backends.OpTypeWhere: func(c *jit.Chain, a [3]jit.Value) jit.Value { return c.Choose(a[0], a[1], a[2]) },
	backends.OpTypeClamp: func(c *jit.Chain, a [3]jit.Value) jit.Value { return c.Min(c.Max(a[0], a[1]), a[2]) },
}

func oneLane(f func(c *jit.Chain, a jit.Value) jit.Value) LaneOp {
	return func(c *jit.Chain, args [3]jit.Value) jit.Value { return f(c, args[0]) }
}

func twoLanes(f func(c *jit.Chain, a, b jit.Value) jit.Value) LaneOp {
	return func(c *jit.Chain, args [3]jit.Value) jit.Value { return f(c, args[0], args[1]) }
}

func rounded(r jit.Rounding) LaneOp {
	return func(c *jit.Chain, args [3]jit.Value) jit.Value { return c.Round(args[0], r) }
}

func compared(p jit.Predicate) LaneOp {
	return func(c *jit.Chain, args [3]jit.Value) jit.Value { return c.Compare(p, args[0], args[1]) }
}

// byFormula is a transcendental function by the formula of its kernel.
func byFormula(f func(o formulas.Of[jit.Value], x jit.Value) jit.Value) LaneOp {
	return func(c *jit.Chain, args [3]jit.Value) jit.Value {
		return f(c.Formulas(), args[0])
	}
}
