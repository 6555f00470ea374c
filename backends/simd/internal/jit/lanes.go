package jit

import "math"

// Number is x in every lane.
func (c *Chain) Number(x float32) Value { return c.find(constant, math.Float32bits(x)) }

// Bits is an integer in every lane.
func (c *Chain) Bits(bits uint32) Value { return c.find(constant, bits) }

// Load returns a itself: no operation writes over a value.
func (c *Chain) Load(a Value) Value { return a }

// Add is a + b.
func (c *Chain) Add(a, b Value) Value { return c.append(add, 0, a, b) }

// Sub is a − b.
func (c *Chain) Sub(a, b Value) Value { return c.append(sub, 0, a, b) }

// Mul is a·b.
func (c *Chain) Mul(a, b Value) Value { return c.append(mul, 0, a, b) }

// Div is a/b.
func (c *Chain) Div(a, b Value) Value { return c.append(div, 0, a, b) }

// And has the bits that both have.
func (c *Chain) And(a, b Value) Value { return c.append(and, 0, a, b) }

// Or has the bits that either has.
func (c *Chain) Or(a, b Value) Value { return c.append(or, 0, a, b) }

// Xor has the bits that one alone has.
func (c *Chain) Xor(a, b Value) Value { return c.append(xor, 0, a, b) }

// AddInt is the sum of integers, modulo 2³².
func (c *Chain) AddInt(a, b Value) Value { return c.append(addInt, 0, a, b) }

// SubInt is the difference of integers, modulo 2³².
func (c *Chain) SubInt(a, b Value) Value { return c.append(subInt, 0, a, b) }

// Sqrt is the square root.
func (c *Chain) Sqrt(a Value) Value { return c.append(sqrt, 0, a) }

// Neg is −a: it changes the sign bit alone.
func (c *Chain) Neg(a Value) Value { return c.Xor(a, c.Bits(signBit)) }

// Abs is |a|: it clears the sign bit alone.
func (c *Chain) Abs(a Value) Value { return c.And(a, c.Bits(signBit-1)) }

const signBit = 1 << 31

// Max is the larger number: NaN if either is, and b of two zeros.
func (c *Chain) Max(a, b Value) Value {
	return c.Choose(c.Compare(Unordered, a, a), a, c.append(maximum, 0, a, b))
}

// Min is the smaller number: NaN if either is, and b of two zeros.
func (c *Chain) Min(a, b Value) Value {
	return c.Choose(c.Compare(Unordered, a, a), a, c.append(minimum, 0, a, b))
}

// Shl shifts each lane's integer to the left by n bits.
func (c *Chain) Shl(a Value, n int) Value { return c.append(shiftLeft, uint32(n), a) }

// Shr shifts each lane's integer to the right by n bits.
func (c *Chain) Shr(a Value, n int) Value { return c.append(shiftRight, uint32(n), a) }

// Sar is Shr that keeps the sign.
func (c *Chain) Sar(a Value, n int) Value { return c.append(shiftSigned, uint32(n), a) }

// ToFloat converts int32, rounding to nearest.
func (c *Chain) ToFloat(a Value) Value { return c.append(toFloat, 0, a) }

// FromUnsigned converts uint32, rounding to nearest.
func (c *Chain) FromUnsigned(a Value) Value { return c.append(fromUnsigned, 0, a) }

// FMA is x·y + z, rounded once.
func (c *Chain) FMA(x, y, z Value) Value { return c.append(fma, 0, x, y, z) }

// AddMul is z + x·y, rounded once.
func (c *Chain) AddMul(z, x, y Value) Value { return c.append(addMul, 0, z, x, y) }

// SubMul is z − x·y, rounded once.
func (c *Chain) SubMul(z, x, y Value) Value { return c.append(subMul, 0, z, x, y) }

// AtLeast is x, or a number other than zero where x is less; a NaN stays.
func (c *Chain) AtLeast(x Value, limit float32) Value {
	return c.append(maximum, 0, c.Number(limit), x)
}

// AtMost is x, or a number other than zero where x is more; a NaN stays.
func (c *Chain) AtMost(x Value, limit float32) Value { return c.append(minimum, 0, c.Number(limit), x) }

// Scale is p·2ⁿ as the kernels of the target compute it: rounded once, or once for each half of n. The low bits of an
// integer hold n as well.
func (c *Chain) Scale(p, n, low Value) Value { return c.append(scale, 0, p, n, low) }

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
