package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/reg"
)

func init() { families["vecmath"] = vecMath }

// The polynomials are minimax fits (Remez exchange, weighted by the relative error of the function), their
// coefficients rounded to float32 from the lowest power up with the others fitted again after each. The comment on
// each says what it approximates, where, and the relative error of the function that it leaves.
var (
	// (e^r - 1 - r)/r², |r| ≤ ln2/2, 2^-28.2 of e^r
	expPoly = []float32{0x1.fffffcp-2, 0x1.55548cp-3, 0x1.555858p-5, 0x1.123dep-7, 0x1.6ac74ep-10}
	// the same, 2^-28.2 of e^r - 1
	expm1Poly = []float32{0x1p-1, 0x1.55552cp-3, 0x1.555502p-5, 0x1.1155aap-7, 0x1.6d2e4ep-10, 0x1.3b86b6p-13}
	// (ln(1+f) - f + f²/2)/f³, √½ ≤ 1+f < √2, 2^-27.3
	logPoly = []float32{0x1.555554p-2, -0x1.000228p-2, 0x1.99a036p-3, -0x1.547206p-3, 0x1.22d5b8p-3, -0x1.0d850ap-3,
		0x1.057d92p-3, -0x1.390832p-4}
	// (tanh x - x)/x³ in x², |x| ≤ 0.625, 2^-27.7
	tanhPoly = []float32{-0x1.555532p-2, 0x1.1106f6p-3, -0x1.b835a4p-5, 0x1.51f8cep-6, -0x1.750ce2p-8}
	// (sin x - x)/x³ in x², |x| ≤ π/4, 2^-27.9
	sinPoly = []float32{-0x1.555546p-3, 0x1.110778p-7, -0x1.9953fep-13}
	// (cos x - 1 + x²/2)/x⁴ in x², |x| ≤ π/4, 2^-33
	cosPoly = []float32{0x1.55554ap-5, -0x1.6c0c28p-10, 0x1.99e80cp-16}
	// erf(x)/x - 1 in x², |x| ≤ 0.9, 2^-30
	erfPoly = []float32{0x1.06eba8p-3, -0x1.81274p-2, 0x1.ce2d6p-4, -0x1.b80062p-6, 0x1.543f2ap-8, -0x1.a583bcp-11,
		0x1.4d2864p-14}
	// ln(1 - erf x)/x, 0.9 ≤ x ≤ 4, 2^-29.9
	erfcPoly = []float32{-0x1.20ee5cp+0, -0x1.4538aep-1, -0x1.b2d3bcp-4, 0x1.8435a6p-6, -0x1.d933eap-9, 0x1.4a1f4p-12,
		-0x1.5df54ep-17}
)

const (
	log2e  = float32(1 / math.Ln2)
	ln2Hi  = float32(math.Ln2)
	ln2Lo  = float32(math.Ln2 - float64(ln2Hi))
	shifty = float32(3 << 22) // 1.5 × 2²³: adding it leaves the nearest integer in the low bits
)

// vecMath emits the transcendental kernels of vec_math.go.
func vecMath() {
	mapUnary("exp", "e^a[i]", 1, isa.exp)
	mapUnary("expm1", "e^a[i] - 1", 1, isa.expm1)
	mapUnary("log", "ln a[i]", 1, func(v isa, x VecVirtual) VecVirtual { return v.log(x, nil) })
	mapUnary("log1p", "ln(1 + a[i])", 1, isa.log1p)
	mapUnary("tanh", "tanh a[i]", 1, isa.tanh)
	mapUnary("logistic", "1 / (1 + e^-a[i])", 1, isa.logistic)
	mapUnary("erf", "erf a[i]", 1, isa.erf)
	vecSinCos()
}

// reduceExp splits x = n ln2 + r with |r| ≤ ln2/2. It returns r, n as a float and n in the low bits of an integer.
// A NaN ends up in r.
func (v isa) reduceExp(x VecVirtual) (r, n, low VecVirtual) {
	low = v.addMul(v.load(f32(shifty)), x, f32(log2e))
	n = v.sub(low, f32(shifty))
	r = v.subMul(v.load(x), n, f32(ln2Hi)) // exact: both are multiples of 2^-24 and they nearly cancel
	r = v.subMul(r, n, f32(ln2Lo))
	return r, n, low
}

// expReduced is e^r for a reduced r.
func (v isa) expReduced(r VecVirtual) VecVirtual {
	p := v.horner(r, expPoly...)
	p = v.fma(p, r, f32(1))
	return v.fma(p, r, f32(1))
}

// powerOfTwo is 2^n from n in the low bits of an integer, -126 ≤ n ≤ 127.
func (v isa) powerOfTwo(low VecVirtual) VecVirtual {
	return v.addInt(v.shl(low, 23), f32(1))
}

// scale is p 2^n with one rounding, also where the result is denormal or overflows.
func (v isa) scale(p, n, low VecVirtual) VecVirtual {
	if v.wide() {
		r := v.reg()
		VSCALEFPS(n, p, r)
		return r
	}
	half := v.shr(low, 1) // n/2 in the low bits; the others leave by the shift in powerOfTwo
	p = v.mul(p, v.powerOfTwo(half))
	return v.mul(p, v.powerOfTwo(v.subInt(low, half)))
}

// expBelow is e^x for x ≤ 89, NaN for NaN: above 88.8 the result is Inf anyway. Where e^x rounds to zero, the factor
// that is scaled is already zero; an underflow there would cost a microcode assist, a hundred times the rest.
func (v isa) expBelow(x VecVirtual) VecVirtual {
	const vanishing = -104
	r, n, low := v.reduceExp(v.atLeast(x, vanishing))
	return v.scale(v.zeroUnless(v.compare(notLessEqual, x, f32(vanishing)), v.expReduced(r)), n, low)
}

// expModest is e^x where neither e^x nor x is near the ends of the range, |x| ≤ 80.
func (v isa) expModest(x VecVirtual) VecVirtual {
	r, _, low := v.reduceExp(x)
	return v.mul(v.expReduced(r), v.powerOfTwo(low))
}

// atLeast and atMost clamp x to a constant; a NaN stays.
func (v isa) atLeast(x VecVirtual, c float32) VecVirtual { return v.max(v.load(f32(c)), x) }
func (v isa) atMost(x VecVirtual, c float32) VecVirtual  { return v.min(v.load(f32(c)), x) }

func (v isa) magnitude(x VecVirtual) VecVirtual { return v.and(x, u32(signBit-1)) }

// withSignOf returns r, which must not be negative, with the sign of x.
func (v isa) withSignOf(r, x VecVirtual) VecVirtual { return v.or(r, v.and(x, u32(signBit))) }

func (v isa) exp(x VecVirtual) VecVirtual {
	return v.expBelow(v.atMost(x, 89))
}

// expm1 computes 2(p 2^(n-1) + (2^(n-1) - ½)) with p = e^r - 1, which neither overflows early nor cancels: for
// n = 0 it is p itself.
func (v isa) expm1(x VecVirtual) VecVirtual {
	r, _, low := v.reduceExp(v.atMost(v.atLeast(x, -30), 89))
	p := v.horner(r, expm1Poly...)
	p = v.fma(p, v.mul(r, r), r)
	half := v.addInt(v.shl(low, 23), f32(0.5))
	p = v.fma(p, half, v.sub(half, f32(0.5)))
	p = v.add(p, p)
	return v.withSignOf(v.magnitude(p), x) // -0 came out as +0
}

// log is ln x + extra; extra, which may be nil, must be small beside ln x.
func (v isa) log(x VecVirtual, extra VecVirtual) VecVirtual {
	const sqrtHalf = 0x3f3504f3 // the bits of √½
	tiny := v.compare(less, x, f32(0x1p-126))
	bits := v.subInt(v.choose(tiny, v.mul(x, f32(0x1p25)), x), u32(sqrtHalf))
	n := v.toFloat(v.sar(bits, 23))
	n = v.choose(tiny, v.sub(n, f32(25)), n)
	m := v.addInt(v.and(bits, u32(1<<23-1)), u32(sqrtHalf))

	f := v.sub(m, f32(1))
	p := v.horner(f, logPoly...)
	p = v.fma(p, f, f32(-0.5))
	p = v.mul(p, v.mul(f, f))
	p = v.addMul(p, n, f32(ln2Lo))
	if extra != nil {
		p = v.add(p, extra)
	}
	p = v.add(v.addMul(f, n, f32(ln2Hi)), p)

	p = v.choose(v.compare(equal, x, f32(float32(math.Inf(1)))), x, p)
	p = v.choose(v.compare(equal, x, f32(0)), f32(float32(math.Inf(-1))), p)
	return v.choose(v.compare(notGreaterEq, x, f32(0)), f32(float32(math.NaN())), p)
}

// log1p is ln u + c/u with u = 1+x as rounded and c what the rounding lost.
func (v isa) log1p(x VecVirtual) VecVirtual {
	u := v.add(x, f32(1))
	lostFromX := v.sub(x, v.sub(u, f32(1))) // |x| < 1
	lostFromOne := v.sub(v.load(f32(1)), v.sub(u, x))
	c := v.choose(v.compare(less, x, f32(1)), lostFromX, lostFromOne)
	r := v.log(u, v.div(c, u))
	return v.withSignOf(v.magnitude(r), x) // -0 came out as +0
}

// tanh is x + x³ P(x²) near zero and 1 - 2/(e^2|x| + 1) with the sign of x elsewhere.
func (v isa) tanh(x VecVirtual) VecVirtual {
	a := v.magnitude(x)
	u := v.mul(a, a)
	near := v.fma(v.horner(u, tanhPoly...), v.mul(a, u), a)
	b := v.atMost(a, 10)
	e := v.expModest(v.add(b, b))
	far := v.sub(v.load(f32(1)), v.div(v.load(f32(2)), v.add(e, f32(1))))
	return v.withSignOf(v.choose(v.compare(less, a, f32(0.625)), near, far), x)
}

// logistic is z/(1+z) for x < 0 and 1/(1+z) otherwise, z = e^-|x|, which keeps tiny results exact.
func (v isa) logistic(x VecVirtual) VecVirtual {
	z := v.expBelow(v.or(x, u32(signBit)))
	numerator := v.choose(v.compare(less, x, f32(0)), z, v.load(f32(1)))
	return v.div(numerator, v.add(z, f32(1)))
}

// erf is x + x P(x²) near zero and 1 - e^(x Q(x)) with the sign of x elsewhere; from 4 on it is 1.
func (v isa) erf(x VecVirtual) VecVirtual {
	a := v.magnitude(x)
	near := v.fma(v.horner(v.mul(a, a), erfPoly...), a, a)
	b := v.atMost(a, 4)
	e := v.expModest(v.mul(v.horner(b, erfcPoly...), b))
	far := v.sub(v.load(f32(1)), e)
	return v.withSignOf(v.choose(v.compare(less, a, f32(0.9)), near, far), x)
}

// π/2 in three parts, the first two rounded down so that all are positive: then -0 stays -0 through the reduction.
const (
	halfPi1 = float32(0x1.921fb4p+0)
	halfPi2 = float32(0x1.4442dp-24)
	halfPi3 = float32(0x1.8469898cc5p-48)
)

// sinCosLimit is the largest angle that these parts of π/2 reduce; beyond it the kernels leave dst[i] = a[i], which
// is outside [-1, 1], and report that there was such an element.
const sinCosLimit = 1 << 17

func vecSinCos() {
	for _, k := range []struct{ name, doc string }{{"sin", "sin a[i]"}, {"cos", "cos a[i]"}} {
		var far Register
		e := elementwise{name: k.name, inputs: []string{"a"}, unroll: 1, flag: "far",
			doc: k.doc + ", or to a[i] if |a[i]| > 2¹⁷, when it returns true,"}
		e.setup = func(v isa) formula {
			far = v.noLanes()
			return func(in []VecVirtual) VecVirtual {
				x := in[0]
				beyond := v.compare(greater, v.magnitude(x), f32(sinCosLimit))
				v.joinLanes(far, beyond)
				return v.choose(beyond, x, v.sinCos(x, k.name == "cos"))
			}
		}
		e.finish = func(v isa) { v.storeAnyLane(far, "far") }
		e.emit()
	}
}

// sinCos is the sine or the cosine of x, from those of r = |x| - q π/2, |r| ≤ π/4.
func (v isa) sinCos(x VecVirtual, cos bool) VecVirtual {
	a := v.magnitude(x)
	low := v.addMul(v.load(f32(shifty)), a, f32(float32(2/math.Pi)))
	q := v.sub(low, f32(shifty))
	r := v.load(a)
	for _, part := range []float32{halfPi1, halfPi2, halfPi3} {
		r = v.subMul(r, q, f32(part))
	}
	u := v.mul(r, r)
	s := v.fma(v.horner(u, sinPoly...), v.mul(r, u), r)
	c := v.subMul(v.load(f32(1)), u, f32(0.5))
	c = v.fma(v.horner(u, cosPoly...), v.mul(u, u), c)

	if cos {
		turned := v.addInt(low, u32(1)) // cos x = sin(x + π/2)
		r = v.choose(v.oddLanes(low), s, c)
		return v.xor(r, v.shl(v.shr(turned, 1), 31))
	}
	r = v.choose(v.oddLanes(low), c, s)
	r = v.xor(r, v.shl(v.shr(low, 1), 31))
	return v.xor(r, v.and(x, u32(signBit)))
}
