package kernels

import (
	"math"
	"testing"
)

// The functions here are the formulas of internal/formulas for one number, with each operation rounded
// as the instructions do: float32(x*y) keeps Go from fusing a product with a sum.

// polynomials has the coefficients, from the lowest power.
var polynomials = map[string][]float32{
	"exp": {0x1.fffffcp-2, 0x1.55548cp-3, 0x1.555858p-5, 0x1.123dep-7, 0x1.6ac74ep-10},
	"expm1": {0x1p-1, 0x1.55552cp-3, 0x1.555502p-5, 0x1.1155aap-7, 0x1.6d2e4ep-10,
		0x1.3b86b6p-13},
	"log": {0x1.555554p-2, -0x1.000228p-2, 0x1.99a036p-3, -0x1.547206p-3, 0x1.22d5b8p-3, -0x1.0d850ap-3,
		0x1.057d92p-3, -0x1.390832p-4},
	"tanh": {-0x1.555532p-2, 0x1.1106f6p-3, -0x1.b835a4p-5, 0x1.51f8cep-6, -0x1.750ce2p-8},
	"sin":  {-0x1.555546p-3, 0x1.110778p-7, -0x1.9953fep-13},
	"cos":  {0x1.55554ap-5, -0x1.6c0c28p-10, 0x1.99e80cp-16},
	"erf": {0x1.06eba8p-3, -0x1.81274p-2, 0x1.ce2d6p-4, -0x1.b80062p-6, 0x1.543f2ap-8, -0x1.a583bcp-11,
		0x1.4d2864p-14},
	"erfc": {-0x1.20ee5cp+0, -0x1.4538aep-1, -0x1.b2d3bcp-4, 0x1.8435a6p-6, -0x1.d933eap-9, 0x1.4a1f4p-12,
		-0x1.5df54ep-17},
}

func horner(name string, x float32) float32 {
	c := polynomials[name]
	p := c[len(c)-1]
	for i := len(c) - 2; i >= 0; i-- {
		p = fma1(p, x, c[i])
	}
	return p
}

func bitsAsFloat(bits uint32) float32 { return math.Float32frombits(bits) }
func floatAsBits(x float32) uint32    { return math.Float32bits(x) }
func magnitude(x float32) float32     { return bitsAsFloat(floatAsBits(x) &^ (1 << 31)) }
func withSignOf(r, x float32) float32 { return bitsAsFloat(floatAsBits(r) | floatAsBits(x)&(1<<31)) }
func atMost(x, c float32) float32     { return min1(c, x) }
func atLeast(x, c float32) float32    { return max1(c, x) }
func powerOfTwo(low uint32) float32   { return bitsAsFloat(low<<23 + floatAsBits(1)) }

const shifty = 3 << 22

func reduceExp(x float32) (r float32, low uint32) {
	const ln2Hi = float32(math.Ln2)
	const ln2Lo = float32(math.Ln2 - float64(ln2Hi))
	l := fma1(x, float32(1/math.Ln2), shifty)
	n := l - shifty
	return fma1(-n, ln2Lo, fma1(-n, ln2Hi, x)), floatAsBits(l)
}

func expReduced(r float32) float32 { return fma1(fma1(horner("exp", r), r, 1), r, 1) }

func expBelow(x float32) float32 {
	r, low := reduceExp(atLeast(x, -104))
	p := expReduced(r)
	if x <= -104 {
		p = 0
	}
	half := low >> 1
	return float32(float32(p*powerOfTwo(half)) * powerOfTwo(low-half))
}

func expModest(x float32) float32 {
	r, low := reduceExp(x)
	return float32(expReduced(r) * powerOfTwo(low))
}

func expm1Twin(x float32) float32 {
	r, low := reduceExp(atMost(atLeast(x, -30), 89))
	p := fma1(horner("expm1", r), float32(r*r), r)
	half := bitsAsFloat(low<<23 + floatAsBits(0.5))
	p = fma1(p, half, half-0.5)
	return withSignOf(magnitude(p+p), x)
}

func logTwin(x, extra float32) float32 {
	const sqrtHalf = 0x3f3504f3
	const ln2Hi = float32(math.Ln2)
	const ln2Lo = float32(math.Ln2 - float64(ln2Hi))
	scaled, shift := x, float32(0)
	if x < 0x1p-126 {
		scaled, shift = float32(x*0x1p25), 25
	}
	bits := floatAsBits(scaled) - sqrtHalf
	n := float32(int32(bits)>>23) - shift
	f := bitsAsFloat(bits&(1<<23-1)+sqrtHalf) - 1
	p := fma1(horner("log", f), f, -0.5)
	p = float32(p * float32(f*f))
	p = fma1(n, ln2Lo, p) + extra
	p = fma1(n, ln2Hi, f) + p
	switch {
	case math.IsInf(float64(x), 1):
		return x
	case x == 0:
		return float32(math.Inf(-1))
	case !(x >= 0):
		return float32(math.NaN())
	}
	return p
}

func log1pTwin(x float32) float32 {
	u := x + 1
	c := 1 - (u - x)
	if x < 1 {
		c = x - (u - 1)
	}
	return withSignOf(magnitude(logTwin(u, c/u)), x)
}

func tanhTwin(x float32) float32 {
	a := magnitude(x)
	if a < 0.625 {
		u := float32(a * a)
		return withSignOf(fma1(horner("tanh", u), float32(a*u), a), x)
	}
	b := atMost(a, 10)
	return withSignOf(1-2/(expModest(b+b)+1), x)
}

func logisticTwin(x float32) float32 {
	z := expBelow(-magnitude(x))
	if x < 0 {
		return z / (z + 1)
	}
	return 1 / (z + 1)
}

func erfTwin(x float32) float32 {
	a := magnitude(x)
	if a < 0.9 {
		return withSignOf(fma1(horner("erf", float32(a*a)), a, a), x)
	}
	b := atMost(a, 4)
	return withSignOf(1-expModest(float32(horner("erfc", b)*b)), x)
}

func sinCosTwin(x float32, cos bool) float32 {
	a := magnitude(x)
	if a > 1<<17 {
		if cos {
			return float32(math.Cos(float64(x)))
		}
		return float32(math.Sin(float64(x)))
	}
	l := fma1(a, float32(2/math.Pi), shifty)
	q, low := l-shifty, floatAsBits(l)
	r := a
	for _, part := range []float32{0x1.921fb4p+0, 0x1.4442dp-24, 0x1.8469898cc5p-48} {
		r = fma1(-q, part, r)
	}
	u := float32(r * r)
	s := fma1(horner("sin", u), float32(r*u), r)
	c := fma1(horner("cos", u), float32(u*u), fma1(-u, 0.5, 1))
	sign := low >> 1 << 31
	if cos {
		s, c, sign = c, s, (low+1)>>1<<31
	} else {
		sign ^= floatAsBits(x) & (1 << 31)
	}
	if low&1 == 1 {
		s = c
	}
	return bitsAsFloat(floatAsBits(s) ^ sign)
}

// TestMathTwins compares the transcendental kernels in assembly with their formulas in Go, to the bit, over bit
// patterns spread through the float32 format and around the ends of their ranges. So the levels have the same bits.
func TestMathTwins(t *testing.T) {
	var x []float32
	for bits := uint64(0); bits < 1<<32; bits += 40009 {
		x = append(x, bitsAsFloat(uint32(bits)))
	}
	for _, e := range ends {
		for d := range uint32(21) {
			x = append(x, bitsAsFloat(floatAsBits(e)+d-10), -bitsAsFloat(floatAsBits(e)+d-10))
		}
	}
	x = append(x, specials...)
	for _, f := range []struct {
		name   string
		kernel func(dst, a []float32)
		twin   func(x float32) float32
	}{
		{"Exp", Exp, func(x float32) float32 { return expBelow(atMost(x, 89)) }}, {"Expm1", Expm1, expm1Twin},
		{"Log", Log, func(x float32) float32 { return logTwin(x, 0) }}, {"Log1p", Log1p, log1pTwin},
		{"Tanh", Tanh, tanhTwin}, {"Logistic", Logistic, logisticTwin}, {"Erf", Erf, erfTwin},
		{"Sin", Sin, func(x float32) float32 { return sinCosTwin(x, false) }},
		{"Cos", Cos, func(x float32) float32 { return sinCosTwin(x, true) }},
	} {
		for _, l := range Levels()[1:] {
			y := make([]float32, len(x))
			atLevel(l, func() { f.kernel(y, x) })
			wrong := 0
			for i, v := range x {
				if want := f.twin(v); !sameBits(y[i], want) {
					if wrong++; wrong <= 3 {
						t.Errorf("%s, %v: of %v (%#08x) got %v (%#08x), want %v (%#08x)", f.name, l, v, floatAsBits(v),
							y[i], floatAsBits(y[i]), want, floatAsBits(want))
					}
				}
			}
		}
	}
}
