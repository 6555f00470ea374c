package jit

import "math"

// Number is x in every lane.
func (c *Chain) Number(x float32) Value { return c.find(constant, math.Float32bits(x)) }

// Bits is an integer in every lane.
func (c *Chain) Bits(bits uint32) Value { return c.find(constant, bits) }

// Load returns a itself: no operation writes over a value.
func (c *Chain) Load(a Value) Value { return a }

func (c *Chain) Add(a, b Value) Value    { return c.append(add, 0, a, b) }
func (c *Chain) Sub(a, b Value) Value    { return c.append(sub, 0, a, b) }
func (c *Chain) Mul(a, b Value) Value    { return c.append(mul, 0, a, b) }
func (c *Chain) Div(a, b Value) Value    { return c.append(div, 0, a, b) }
func (c *Chain) And(a, b Value) Value    { return c.append(and, 0, a, b) }
func (c *Chain) Or(a, b Value) Value     { return c.append(or, 0, a, b) }
func (c *Chain) Xor(a, b Value) Value    { return c.append(xor, 0, a, b) }
func (c *Chain) AddInt(a, b Value) Value { return c.append(addInt, 0, a, b) }
func (c *Chain) SubInt(a, b Value) Value { return c.append(subInt, 0, a, b) }
func (c *Chain) Sqrt(a Value) Value      { return c.append(sqrt, 0, a) }

// Neg and Abs change the sign bit alone.
func (c *Chain) Neg(a Value) Value { return c.Xor(a, c.Bits(signBit)) }
func (c *Chain) Abs(a Value) Value { return c.And(a, c.Bits(signBit-1)) }

const signBit = 1 << 31

// Max is the larger number: NaN if either is, and b of two zeros. Min is the smaller one.
func (c *Chain) Max(a, b Value) Value {
	return c.Choose(c.Compare(Unordered, a, a), a, c.append(maximum, 0, a, b))
}
func (c *Chain) Min(a, b Value) Value {
	return c.Choose(c.Compare(Unordered, a, a), a, c.append(minimum, 0, a, b))
}

// Shl, Shr and Sar shift each lane's integer by n bits; Sar keeps its sign.
func (c *Chain) Shl(a Value, n int) Value { return c.append(shiftLeft, uint32(n), a) }
func (c *Chain) Shr(a Value, n int) Value { return c.append(shiftRight, uint32(n), a) }
func (c *Chain) Sar(a Value, n int) Value { return c.append(shiftSigned, uint32(n), a) }

// ToFloat converts int32, and FromUnsigned uint32, rounding to nearest.
func (c *Chain) ToFloat(a Value) Value      { return c.append(toFloat, 0, a) }
func (c *Chain) FromUnsigned(a Value) Value { return c.append(fromUnsigned, 0, a) }

// FMA is x·y + z, AddMul z + x·y and SubMul z − x·y, each rounded once.
func (c *Chain) FMA(x, y, z Value) Value    { return c.append(fma, 0, x, y, z) }
func (c *Chain) AddMul(z, x, y Value) Value { return c.append(addMul, 0, z, x, y) }
func (c *Chain) SubMul(z, x, y Value) Value { return c.append(subMul, 0, z, x, y) }

// AtLeast and AtMost clamp x to a number other than zero; a NaN stays.
func (c *Chain) AtLeast(x Value, limit float32) Value {
	return c.append(maximum, 0, c.Number(limit), x)
}
func (c *Chain) AtMost(x Value, limit float32) Value { return c.append(minimum, 0, c.Number(limit), x) }

// Scale is p·2ⁿ, rounded once.
func (c *Chain) Scale(p, n, _ Value) Value { return c.append(scale, 0, p, n) }

// Rounding is a way to round to an integer.
type Rounding uint32

// The roundings.
const (
	NearestEven Rounding = 8 + iota
	Down
	Up
)

// Round rounds each lane to an integer.
func (c *Chain) Round(a Value, r Rounding) Value { return c.append(round, uint32(r), a) }

// Predicate is a comparison as the instruction encodes it.
type Predicate uint32

// The predicates. Those whose name begins with Not, and Unordered, hold where a lane is NaN, the others don't.
const (
	Equal           Predicate = 0x00
	NotEqual        Predicate = 0x04
	Unordered       Predicate = 0x03
	Less            Predicate = 0x11
	LessEqual       Predicate = 0x12
	NotGreaterEqual Predicate = 0x19
	NotLessEqual    Predicate = 0x16
	GreaterEqual    Predicate = 0x1d
	Greater         Predicate = 0x1e
)

// Compare is the mask of the lanes where "a p b" holds.
func (c *Chain) Compare(p Predicate, a, b Value) Value { return c.append(compare, uint32(p), a, b) }

// OddLanes is the mask of the lanes whose integer is odd.
func (c *Chain) OddLanes(a Value) Value { return c.append(odd, 0, a) }

// Choose is yes in the lanes of mask and no elsewhere.
func (c *Chain) Choose(mask, yes, no Value) Value { return c.append(choose, 0, mask, yes, no) }

// ZeroUnless is a in the lanes of mask and zero elsewhere.
func (c *Chain) ZeroUnless(mask, a Value) Value { return c.append(keep, 0, mask, a) }
