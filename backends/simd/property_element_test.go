package simd_test

import (
	"math"
	"slices"
	"testing"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"pgregory.net/rapid"
)

type (
	unaryOp  = func(b backends.Builder, x backends.Op) (backends.Op, error)
	binaryOp = func(b backends.Builder, x, y backends.Op) (backends.Op, error)
)

// extremes are numbers at which functions and conversions have corners.
func extremes(dtype dtypes.DType) array {
	inf, nan := math.Inf(1), math.NaN()
	x := []float64{0, math.Copysign(0, -1), 0.5, -0.5, 1.5, 2.5, -1.5, 1, -1, 127.5, 255.9, 256, -128.7, 65519, 3e9,
		-3e9,
		// no subnormals: XLA flushes them
		1e19, 2e19, -1e19, 1e30, -1e30, inf, -inf, nan, 88.9, -104, 1e-3, -1e-3, 1e-7, 0.99999}
	return values(shapes.Make(dtype, len(x)), func(i int) float64 { return x[i] })
}

func TestPropertyUnaryFloat(t *testing.T) {
	d := newDuel(t)
	ops := map[string]unaryOp{
		"Abs": backends.Builder.Abs, "Ceil": backends.Builder.Ceil, "Cos": backends.Builder.Cos,
		"Erf": backends.Builder.Erf,
		"Exp": backends.Builder.Exp, "Expm1": backends.Builder.Expm1, "Floor": backends.Builder.Floor,
		"IsFinite": backends.Builder.IsFinite, "IsNaN": backends.Builder.IsNaN, "Log": backends.Builder.Log,
		"Log1p": backends.Builder.Log1p, "Logistic": backends.Builder.Logistic, "Neg": backends.Builder.Neg,
		"Round": backends.Builder.Round, "Rsqrt": backends.Builder.Rsqrt, "Sign": backends.Builder.Sign,
		"Sin": backends.Builder.Sin, "Sqrt": backends.Builder.Sqrt, "Tanh": backends.Builder.Tanh,
	}
	names := sortedKeys(ops)
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom(names).Draw(t, "op")
		dtype := drawDType(t, floatDTypes)
		if !oracleIsXLA && name == "Round" && dtype == dtypes.BFloat16 {
			return // simplego rounds ties away from zero, which few bits make common
		}
		x := drawArray(t, "x", dtype, drawDims(t, "x", 0, 3)...)
		if oracleIsXLA && rapid.IntRange(0, 3).Draw(t, "extremes") == 0 && name != "Sin" && name != "Cos" {
			x = extremes(dtype) // XLA's sine of 10¹⁹ is nothing to match
		}
		d.check(t, []array{x}, rounding(dtype), func(b backends.Builder, in []backends.Op) ([]backends.Op, error) {
			return one(ops[name](b, in[0]))
		})
	})
}

func TestPropertyUnaryInteger(t *testing.T) {
	d := newDuel(t)
	ops := map[string]unaryOp{
		"Abs": backends.Builder.Abs, "Neg": backends.Builder.Neg, "Sign": backends.Builder.Sign,
		"BitCount": backends.Builder.BitCount, "Clz": backends.Builder.Clz, "BitwiseNot": backends.Builder.BitwiseNot,
	}
	names := sortedKeys(ops)
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom(names).Draw(t, "op")
		dtype := drawDType(t, integerDTypes)
		if dtype.IsUnsigned() && (name == "Neg" || name == "Abs" || name == "Sign") {
			return // backends disagree on whether these exist
		}
		x := drawArray(t, "x", dtype, drawDims(t, "x", 0, 3)...)
		d.check(t, []array{x}, tolerance{}, func(b backends.Builder, in []backends.Op) ([]backends.Op, error) {
			return one(ops[name](b, in[0]))
		})
	})
}

// drawBroadcastPair draws operands that are equally shaped, or one of them a scalar, or of the same rank with
// some dimensions 1.
func drawBroadcastPair(t *rapid.T, dtype dtypes.DType) []array {
	dims := drawDims(t, "x", 0, 4)
	pair := []array{{}, {}}
	for i := range pair {
		own := slices.Clone(dims)
		switch rapid.IntRange(0, 3).Draw(t, "broadcast") {
		case 0:
			own = nil
		case 1:
			for k := range own {
				if rapid.Bool().Draw(t, "one") {
					own[k] = 1
				}
			}
		}
		pair[i] = drawArray(t, "operand", dtype, own...)
	}
	return pair
}

func TestPropertyBinary(t *testing.T) {
	arithmetic := map[string]binaryOp{
		"Add": backends.Builder.Add, "Sub": backends.Builder.Sub, "Mul": backends.Builder.Mul,
		"Div": backends.Builder.Div,
		"Max": backends.Builder.Max, "Min": backends.Builder.Min, "Rem": backends.Builder.Rem,
		"Pow":   backends.Builder.Pow,
		"Equal": backends.Builder.Equal, "NotEqual": backends.Builder.NotEqual,
		"GreaterOrEqual": backends.Builder.GreaterOrEqual, "GreaterThan": backends.Builder.GreaterThan,
		"LessOrEqual": backends.Builder.LessOrEqual, "LessThan": backends.Builder.LessThan,
	}
	totalOrder := map[string]binaryOp{
		"EqualTotalOrder":          backends.Builder.EqualTotalOrder,
		"GreaterOrEqualTotalOrder": backends.Builder.GreaterOrEqualTotalOrder,
		"GreaterThanTotalOrder":    backends.Builder.GreaterThanTotalOrder,
		"LessOrEqualTotalOrder":    backends.Builder.LessOrEqualTotalOrder,
		"LessThanTotalOrder":       backends.Builder.LessThanTotalOrder,
		"NotEqualTotalOrder":       backends.Builder.NotEqualTotalOrder,
	}
	bitwise := map[string]binaryOp{
		"BitwiseAnd": backends.Builder.BitwiseAnd, "BitwiseOr": backends.Builder.BitwiseOr,
		"BitwiseXor": backends.Builder.BitwiseXor,
		"ShiftLeft":  backends.Builder.ShiftLeft, "ShiftRightArithmetic": backends.Builder.ShiftRightArithmetic,
		"ShiftRightLogical": backends.Builder.ShiftRightLogical,
	}
	logical := map[string]binaryOp{
		"LogicalAnd": backends.Builder.LogicalAnd, "LogicalOr": backends.Builder.LogicalOr,
		"LogicalXor": backends.Builder.LogicalXor,
	}
	for _, family := range []struct {
		name   string
		ops    map[string]binaryOp
		dtypes []dtypes.DType
	}{
		{"arithmetic", arithmetic, realDTypes},
		{"total order", totalOrder, floatDTypes},
		{"bitwise", bitwise, integerDTypes},
		{"logical", logical, []dtypes.DType{dtypes.Bool}},
	} {
		t.Run(family.name, func(t *testing.T) {
			d := newDuel(t)
			names := sortedKeys(family.ops)
			rapid.Check(t, func(t *rapid.T) {
				name := rapid.SampledFrom(names).Draw(t, "op")
				dtype := drawDType(t, family.dtypes)
				pair := drawBroadcastPair(t, dtype)
				if !oracleIsXLA && dtype.IsInt() && (name == "Div" || name == "Rem" || name == "Pow") {
					return // simplego panics on zeros, and raises integers to powers in floats
				}
				if oracleIsXLA && dtype.IsFloat() && rapid.IntRange(0, 3).Draw(t, "extremes") == 0 && name != "Pow" &&
					name != "Rem" &&
					name != "Max" && name != "Min" { // XLA's fast ones drop NaN, against its own specification
					x := extremes(dtype)
					pair = []array{x, values(x.shape, func(i int) float64 {
						return real(toComplex(x)[(i*7)%x.shape.Size()])
					})}
				}
				d.check(t, pair, rounding(dtype), func(b backends.Builder, in []backends.Op) ([]backends.Op, error) {
					return one(family.ops[name](b, in[0], in[1]))
				})
			})
		})
	}
}

func TestPropertyWhereClamp(t *testing.T) {
	d := newDuel(t)
	rapid.Check(t, func(t *rapid.T) {
		dtype, dims := drawDType(t, realDTypes), drawDims(t, "x", 0, 3)
		shapeOrScalar := func(label string) []int {
			if rapid.Bool().Draw(t, label+" scalar") {
				return nil
			}
			return dims
		}
		x := drawArray(t, "x", dtype, dims...)
		cond := drawArray(t, "condition", dtypes.Bool, dims...)
		y := drawArray(t, "y", dtype, shapeOrScalar("y")...)
		d.check(t, []array{cond, x, y}, tolerance{}, func(b backends.Builder, in []backends.Op) ([]backends.Op, error) {
			return one(b.Where(in[0], in[1], in[2]))
		})
		bounds := shapeOrScalar("bounds")
		lo, hi := drawArray(t, "lo", dtype, bounds...), drawArray(t, "hi", dtype, bounds...)
		d.check(t, []array{lo, x, hi}, tolerance{}, func(b backends.Builder, in []backends.Op) ([]backends.Op, error) {
			return one(b.Clamp(in[0], in[1], in[2]))
		})
	})
}

func TestPropertyReduce(t *testing.T) {
	d := newDuel(t)
	type reduceOp = func(b backends.Builder, x backends.Op, axes ...int) (backends.Op, error)
	ops := map[string]reduceOp{
		"ReduceSum": backends.Builder.ReduceSum, "ReduceProduct": backends.Builder.ReduceProduct,
		"ReduceMax": backends.Builder.ReduceMax, "ReduceMin": backends.Builder.ReduceMin,
		"ReduceBitwiseAnd": backends.Builder.ReduceBitwiseAnd, "ReduceBitwiseOr": backends.Builder.ReduceBitwiseOr,
		"ReduceBitwiseXor": backends.Builder.ReduceBitwiseXor, "ReduceLogicalAnd": backends.Builder.ReduceLogicalAnd,
		"ReduceLogicalOr": backends.Builder.ReduceLogicalOr, "ReduceLogicalXor": backends.Builder.ReduceLogicalXor,
	}
	names := sortedKeys(ops)
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom(names).Draw(t, "op")
		from := realDTypes
		switch name[:8] {
		case "ReduceBi":
			from = integerDTypes
		case "ReduceLo":
			from = []dtypes.DType{dtypes.Bool}
		}
		x := drawArray(t, "x", drawDType(t, from), drawDims(t, "x", 1, 4)...)
		if !accumulates(x.shape.DType) {
			return
		}
		axes := drawSubset(t, "axis", x.shape.Rank())
		if len(axes) == 0 {
			axes = []int{0} // none means all in one place and nothing in another
		}
		d.check(t, []array{x}, summing(x.shape.DType, x.shape.Size()),
			func(b backends.Builder, in []backends.Op) ([]backends.Op, error) {
				return one(ops[name](b, in[0], axes...))
			})
	})
}

func sortedKeys[T any](m map[string]T) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
