package formulas

import "math"

// Of are the transcendental functions by the operations of an instruction set.
type Of[V any] struct{ Lanes[V] }

// New is Of these operations.
func New[V any](l Lanes[V]) Of[V] { return Of[V]{l} }

// horner evaluates a polynomial in x, the coefficients given from the lowest power.
func (o Of[V]) horner(x V, coefficients ...float32) V {
	last := len(coefficients) - 1
	p := o.Load(o.Number(coefficients[last]))
	for i := last - 1; i >= 0; i-- {
		p = o.FMA(p, x, o.Number(coefficients[i]))
	}
	return p
}

const signBit = 1 << 31

// reduceExp splits x = n ln2 + r with |r| ≤ ln2/2. It returns r, n as a float and n in the low bits of an integer.
// A NaN ends up in r.
func (o Of[V]) reduceExp(x V) (r, n, low V) {
	low = o.AddMul(o.Load(o.Number(shifty)), x, o.Number(log2e))
	n = o.Sub(low, o.Number(shifty))
	r = o.SubMul(o.Load(x), n, o.Number(ln2Hi)) // exact: both are multiples of 2^-24 and they nearly cancel
	r = o.SubMul(r, n, o.Number(ln2Lo))
	return r, n, low
}

// expReduced is e^r for a reduced r.
func (o Of[V]) expReduced(r V) V {
	p := o.horner(r, expPoly...)
	p = o.FMA(p, r, o.Number(1))
	return o.FMA(p, r, o.Number(1))
}

// ScaleTwice is Scale for instruction sets that have no instruction for it. The powers of two are of half n and of the
// rest, so that both are normal numbers.
func (o Of[V]) ScaleTwice(p, low V) V {
	half := o.Shr(low, 1) // n/2 in the low bits; the others leave by the shift in powerOfTwo
	p = o.Mul(p, o.powerOfTwo(half))
	return o.Mul(p, o.powerOfTwo(o.SubInt(low, half)))
}

// powerOfTwo is 2^n from n in the low bits of an integer, -126 ≤ n ≤ 127.
func (o Of[V]) powerOfTwo(low V) V {
	return o.AddInt(o.Shl(low, 23), o.Number(1))
}

// expBelow is e^x for x ≤ 89, NaN for NaN: above 88.8 the result is Inf anyway. Where e^x rounds to zero, the factor
// that is scaled is already zero; an underflow there would cost a microcode assist, a hundred times the rest.
func (o Of[V]) expBelow(x V) V {
	const vanishing = -104
	r, n, low := o.reduceExp(o.AtLeast(x, vanishing))
	return o.Scale(o.ZeroUnless(o.Compare(NotLessEqual, x, o.Number(vanishing)), o.expReduced(r)), n, low)
}

// expModest is e^x where neither e^x nor x is near the ends of the range, |x| ≤ 80.
func (o Of[V]) expModest(x V) V {
	r, _, low := o.reduceExp(x)
	return o.Mul(o.expReduced(r), o.powerOfTwo(low))
}

// Magnitude is |x|.
func (o Of[V]) Magnitude(x V) V { return o.And(x, o.Bits(signBit-1)) }

// withSignOf returns r, which must not be negative, with the sign of x.
func (o Of[V]) withSignOf(r, x V) V { return o.Or(r, o.And(x, o.Bits(signBit))) }

// Exp is e^x.
func (o Of[V]) Exp(x V) V {
	return o.expBelow(o.AtMost(x, 89))
}

// Expm1 is e^x - 1: it computes 2(p 2^(n-1) + (2^(n-1) - ½)) with p = e^r - 1, which neither overflows early nor
// cancels: for n = 0 it is p itself.
func (o Of[V]) Expm1(x V) V {
	r, _, low := o.reduceExp(o.AtMost(o.AtLeast(x, -30), 89))
	p := o.horner(r, expm1Poly...)
	p = o.FMA(p, o.Mul(r, r), r)
	half := o.AddInt(o.Shl(low, 23), o.Number(0.5))
	p = o.FMA(p, half, o.Sub(half, o.Number(0.5)))
	p = o.Add(p, p)
	return o.withSignOf(o.Magnitude(p), x) // -0 came out as +0
}

// Log is ln x.
func (o Of[V]) Log(x V) V { return o.logPlus(x) }

// logPlus is ln x + extra; extra, if there is one, must be small beside ln x.
func (o Of[V]) logPlus(x V, extra ...V) V {
	const sqrtHalf = 0x3f3504f3 // the bits of √½
	tiny := o.Compare(Less, x, o.Number(0x1p-126))
	bits := o.SubInt(o.Choose(tiny, o.Mul(x, o.Number(0x1p25)), x), o.Bits(sqrtHalf))
	n := o.ToFloat(o.Sar(bits, 23))
	n = o.Choose(tiny, o.Sub(n, o.Number(25)), n)
	m := o.AddInt(o.And(bits, o.Bits(1<<23-1)), o.Bits(sqrtHalf))

	f := o.Sub(m, o.Number(1))
	p := o.horner(f, logPoly...)
	p = o.FMA(p, f, o.Number(-0.5))
	p = o.Mul(p, o.Mul(f, f))
	p = o.AddMul(p, n, o.Number(ln2Lo))
	for _, e := range extra {
		p = o.Add(p, e)
	}
	p = o.Add(o.AddMul(f, n, o.Number(ln2Hi)), p)

	p = o.Choose(o.Compare(Equal, x, o.Number(float32(math.Inf(1)))), x, p)
	p = o.Choose(o.Compare(Equal, x, o.Number(0)), o.Number(float32(math.Inf(-1))), p)
	return o.Choose(o.Compare(NotGreaterEqual, x, o.Number(0)), o.Number(float32(math.NaN())), p)
}

// Log1p is ln u + c/u with u = 1+x as rounded and c what the rounding lost.
func (o Of[V]) Log1p(x V) V {
	u := o.Add(x, o.Number(1))
	lostFromX := o.Sub(x, o.Sub(u, o.Number(1))) // |x| < 1
	lostFromOne := o.Sub(o.Load(o.Number(1)), o.Sub(u, x))
	c := o.Choose(o.Compare(Less, x, o.Number(1)), lostFromX, lostFromOne)
	r := o.logPlus(u, o.Div(c, u))
	return o.withSignOf(o.Magnitude(r), x) // -0 came out as +0
}

// Tanh is tanh x: x + x³ P(x²) near zero and 1 - 2/(e^2|x| + 1) with the sign of x elsewhere.
func (o Of[V]) Tanh(x V) V {
	a := o.Magnitude(x)
	u := o.Mul(a, a)
	near := o.FMA(o.horner(u, tanhPoly...), o.Mul(a, u), a)
	b := o.AtMost(a, 10)
	e := o.expModest(o.Add(b, b))
	far := o.Sub(o.Load(o.Number(1)), o.Div(o.Load(o.Number(2)), o.Add(e, o.Number(1))))
	return o.withSignOf(o.Choose(o.Compare(Less, a, o.Number(0.625)), near, far), x)
}

// Logistic is 1/(1 + e^-x): z/(1+z) for x < 0 and 1/(1+z) otherwise, z = e^-|x|, which keeps tiny results exact.
func (o Of[V]) Logistic(x V) V {
	z := o.expBelow(o.Or(x, o.Bits(signBit)))
	numerator := o.Choose(o.Compare(Less, x, o.Number(0)), z, o.Load(o.Number(1)))
	return o.Div(numerator, o.Add(z, o.Number(1)))
}

// Erf is erf x: x + x P(x²) near zero and 1 - e^(x Q(x)) with the sign of x elsewhere; from 4 on it is 1.
func (o Of[V]) Erf(x V) V {
	a := o.Magnitude(x)
	near := o.FMA(o.horner(o.Mul(a, a), erfPoly...), a, a)
	b := o.AtMost(a, 4)
	e := o.expModest(o.Mul(o.horner(b, erfcPoly...), b))
	far := o.Sub(o.Load(o.Number(1)), e)
	return o.withSignOf(o.Choose(o.Compare(Less, a, o.Number(0.9)), near, far), x)
}

// π/2 in three parts, the first two rounded down so that all are positive: then -0 stays -0 through the reduction.
const (
	halfPi1 = float32(0x1.921fb4p+0)
	halfPi2 = float32(0x1.4442dp-24)
	halfPi3 = float32(0x1.8469898cc5p-48)
)

// SinCosLimit is the largest angle that these parts of π/2 reduce.
const SinCosLimit = 1 << 17

// SinCos is the sine or the cosine of x, from those of r = |x| - q π/2, |r| ≤ π/4.
func (o Of[V]) SinCos(x V, cos bool) V {
	a := o.Magnitude(x)
	low := o.AddMul(o.Load(o.Number(shifty)), a, o.Number(float32(2/math.Pi)))
	q := o.Sub(low, o.Number(shifty))
	r := o.Load(a)
	for _, part := range []float32{halfPi1, halfPi2, halfPi3} {
		r = o.SubMul(r, q, o.Number(part))
	}
	u := o.Mul(r, r)
	s := o.FMA(o.horner(u, sinPoly...), o.Mul(r, u), r)
	c := o.SubMul(o.Load(o.Number(1)), u, o.Number(0.5))
	c = o.FMA(o.horner(u, cosPoly...), o.Mul(u, u), c)

	if cos {
		turned := o.AddInt(low, o.Bits(1)) // cos x = sin(x + π/2)
		r = o.Choose(o.OddLanes(low), s, c)
		return o.Xor(r, o.Shl(o.Shr(turned, 1), 31))
	}
	r = o.Choose(o.OddLanes(low), c, s)
	r = o.Xor(r, o.Shl(o.Shr(low, 1), 31))
	return o.Xor(r, o.And(x, o.Bits(signBit)))
}
