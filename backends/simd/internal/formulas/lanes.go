// Package formulas has the kernels' formulas, for every instruction set: so their results have the same bits.
package formulas

// Lanes emits operations on the lanes of vectors, for one instruction set. A V is a register with a vector or with a
// mask, or a constant, which every operation takes.
type Lanes[V any] interface {
	Number(x float32) V // in every lane
	Bits(bits uint32) V // in every lane

	Add(a, b V) V
	Sub(a, b V) V
	Mul(a, b V) V
	Div(a, b V) V
	And(a, b V) V
	Or(a, b V) V
	Xor(a, b V) V
	AddInt(a, b V) V
	SubInt(a, b V) V
	Shl(a V, n int) V
	Shr(a V, n int) V
	Sar(a V, n int) V
	ToFloat(a V) V // of an int32

	// Load is a register of its own with what a holds.
	Load(a V) V
	// FMA is a·b + c, rounded once. It may write over a.
	FMA(a, b, c V) V
	// AddMul is c + a·b, rounded once, and SubMul is c − a·b. They may write over c, a register.
	AddMul(c, a, b V) V
	SubMul(c, a, b V) V

	// AtLeast and AtMost clamp x to a number other than zero; a NaN stays.
	AtLeast(x V, c float32) V
	AtMost(x V, c float32) V

	Compare(p Predicate, a, b V) V // a mask
	OddLanes(a V) V                // a mask: where the lane's integer is odd
	Choose(mask, yes, no V) V
	ZeroUnless(mask, a V) V

	// Scale is p·2ⁿ with one rounding, also where the result is denormal or overflows. The low bits of an integer hold
	// n as well.
	Scale(p, n, low V) V
}

// Predicate is a comparison. Those whose name begins with Not hold where a lane is NaN, the others don't.
type Predicate int

const (
	Less Predicate = iota
	Greater
	Equal
	NotLessEqual
	NotGreaterEqual
)
