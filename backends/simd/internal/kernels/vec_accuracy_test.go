package kernels

import (
	"flag"
	"math"
	"math/big"
	"testing"
)

var stride = flag.Uint64("vec.stride", 4093,
	"the step through all float32 bit patterns in TestAccuracy; 1 tries every one")

// exactFunctions are the float64 functions behind the kernels that have a bound. Their own error, about 1e-16, is
// nothing beside a float32's ulp.
var exactFunctions = []struct {
	name   string
	kernel func(dst, a []float32)
	exact  func(float64) float64
	bound  float64
}{
	{"Sqrt", Sqrt, math.Sqrt, 0.5},
	{"Recip", Recip, func(x float64) float64 { return 1 / x }, 0.5},
	{"Rsqrt", Rsqrt, func(x float64) float64 { return 1 / math.Sqrt(x) }, 1.5},
	{"Exp", Exp, math.Exp, 1},
	{"Expm1", Expm1, math.Expm1, 2},
	{"Log", Log, math.Log, 2},
	{"Log1p", Log1p, math.Log1p, 2},
	{"Tanh", Tanh, math.Tanh, 2},
	{"Logistic", Logistic, func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }, 2.5},
	{"Sin", Sin, math.Sin, 2},
	{"Cos", Cos, math.Cos, 2},
	{"Erf", Erf, math.Erf, 2},
}

// TestAccuracy measures the error of every bounded kernel at every level, over bit patterns spread evenly through
// the float32 format: both signs, all binades, denormals, infinities and NaNs.
func TestAccuracy(t *testing.T) {
	const tile = 1024
	for _, f := range exactFunctions {
		t.Run(f.name, func(t *testing.T) {
			for _, l := range Levels() {
				worst, where := 0.0, float32(0)
				x, y := make([]float32, tile), make([]float32, tile)
				atLevel(l, func() {
					for bits := uint64(0); bits < 1<<32; {
						for i := range x {
							x[i] = math.Float32frombits(uint32(bits))
							bits += *stride
						}
						f.kernel(y, x)
						for i, v := range x {
							if e := ulps(y[i], f.exact(float64(v))); e > worst {
								worst, where = e, v
							}
						}
					}
				})
				t.Logf("%v: %.3f ulp at %v", l, worst, where)
				if worst > f.bound {
					t.Errorf("%v: error %.3f ulp at %v (%#08x), want at most %v", l, worst, where,
						math.Float32bits(where), f.bound)
				}
			}
		})
	}
}

// ends are where formulas change or results leave the range: the thresholds of exp, expm1, tanh and erf, zeros of the
// others' results, multiples of π/2, the bound of the fast reduction of sin and cos, denormals and the largest numbers.
var ends = []float32{0, 0x1p-149, 0x1p-126, 0x1p-24, 0x1p-12, 0.25, 0.346, 0.5, 0.625, 0.6931472, 0.99, 1, 1.4142135,
	1.5707964, 2,
	3.1415927, 4, 4.712389, 6.2831855, 9, 16, 17.3, 87.3, 88.02969, 88.72284, 89, 103.3, 103.97208, 104, 0x1p10, 0x1p15,
	0x1p17, 0x1p23,
	0x1p24, 0x1p64, math.MaxFloat32}

// TestAccuracyAtEnds measures the same at 2001 neighbouring floats around each of the ends and their negatives.
func TestAccuracyAtEnds(t *testing.T) {
	const around = 1000
	var x []float32
	for _, e := range ends {
		for d := -around; d <= around; d++ {
			if bits := int64(math.Float32bits(e)) + int64(d); bits >= 0 && bits <= 0x7f800000 {
				v := math.Float32frombits(uint32(bits))
				x = append(x, v, -v)
			}
		}
	}
	y := make([]float32, len(x))
	for _, f := range exactFunctions {
		for _, l := range Levels() {
			atLevel(l, func() { f.kernel(y, x) })
			for i, v := range x {
				if e := ulps(y[i], f.exact(float64(v))); e > f.bound {
					t.Errorf("%s, %v: error %.3f ulp at %v (%#08x), want at most %v", f.name, l, e, v,
						math.Float32bits(v), f.bound)
					break
				}
			}
		}
	}
}

// TestOracle checks the float64 functions that the bounds rest on against series in 200 bits, at the ends and between.
func TestOracle(t *testing.T) {
	for _, e := range ends {
		for _, x := range []float64{float64(e), -float64(e), 1.37 * float64(e)} {
			if math.Abs(x) > 20 {
				continue // the series would cancel
			}
			for name, c := range map[string]struct{ got, want float64 }{
				"exp":   {math.Exp(x), series(x, func(int) int { return 1 })},
				"expm1": {math.Expm1(x), series(x, func(k int) int { return min(k, 1) })},
				"sin":   {math.Sin(x), series(x, func(k int) int { return []int{0, 1, 0, -1}[k%4] })},
				"cos":   {math.Cos(x), series(x, func(k int) int { return []int{1, 0, -1, 0}[k%4] })},
			} {
				// 2⁻²⁵ of a float32's ulp, and a few of float64's.
				if d := math.Abs(c.got - c.want); d > 0x1p-48*math.Abs(c.want) {
					t.Errorf("%s(%v) = %v in float64, the series gives %v", name, x, c.got, c.want)
				}
			}
		}
	}
}

// series sums coefficient(k)·xᵏ/k! in 200 bits.
func series(x float64, coefficient func(k int) int) float64 {
	number := func(v float64) *big.Float { return new(big.Float).SetPrec(200).SetFloat64(v) }
	sum, power, factorial := number(0), number(1), number(1)
	for k := range 160 {
		if k > 0 {
			power.Mul(power, number(x))
			factorial.Mul(factorial, number(float64(k)))
		}
		if c := coefficient(k); c != 0 {
			sum.Add(sum, number(0).Mul(number(float64(c)), number(0).Quo(power, factorial)))
		}
	}
	v, _ := sum.Float64()
	return v
}

// TestSpecialValues pins the results that the doc comments promise to the bit, the sign of a zero included.
func TestSpecialValues(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	negZero := float32(math.Copysign(0, -1))
	for _, c := range []struct {
		name    string
		kernel  func(dst, a []float32)
		in, out []float32
	}{
		{"Rsqrt", Rsqrt, []float32{0, negZero, -1, inf, 4, nan}, []float32{inf, -inf, nan, 0, 0.5, nan}},
		{"Exp", Exp, []float32{0, negZero, -inf, inf, nan, 89, -104}, []float32{1, 1, 0, inf, nan, inf, 0}},
		{"Expm1", Expm1, []float32{0, negZero, -inf, inf, nan, -1e4, 1e-30},
			[]float32{0, negZero, -1, inf, nan, -1, 1e-30}},
		{"Log", Log, []float32{1, 0, negZero, -1, -inf, inf, nan}, []float32{0, -inf, -inf, nan, nan, inf, nan}},
		{"Log1p", Log1p, []float32{0, negZero, -1, -2, inf, -inf, nan, 1e-30},
			[]float32{0, negZero, -inf, nan, inf, nan, nan, 1e-30}},
		{"Tanh", Tanh, []float32{0, negZero, inf, -inf, nan, 20, 1e-30}, []float32{0, negZero, 1, -1, nan, 1, 1e-30}},
		{"Logistic", Logistic, []float32{0, negZero, inf, -inf, nan, 50}, []float32{0.5, 0.5, 1, 0, nan, 1}},
		{"Sin", Sin, []float32{0, negZero, inf, -inf, nan, 1e-30}, []float32{0, negZero, nan, nan, nan, 1e-30}},
		{"Cos", Cos, []float32{0, negZero, inf, -inf, nan, 1e-30}, []float32{1, 1, nan, nan, nan, 1}},
		{"Erf", Erf, []float32{0, negZero, inf, -inf, nan, 5}, []float32{0, negZero, 1, -1, nan, 1}},
		{"Sign", Sign, []float32{0, negZero, inf, -1e-45, nan}, []float32{0, negZero, 1, -1, nan}},
		{"Round", Round, []float32{0.5, -0.5, 1.5, 2.5, 1e20, -inf, nan}, []float32{0, negZero, 2, 2, 1e20, -inf, nan}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, l := range Levels() {
				// The values go through whole registers and through the masked rest of the slice alike.
				for _, n := range []int{len(c.in), 5 * len(c.in)} {
					in, got := make([]float32, n), make([]float32, n)
					for i := range in {
						in[i] = c.in[i%len(c.in)]
					}
					atLevel(l, func() { c.kernel(got, in) })
					for i, v := range got {
						if want := c.out[i%len(c.in)]; !sameBits(v, want) {
							t.Errorf("%v: of %v got %v, want %v", l, in[i], v, want)
						}
					}
				}
			}
		})
	}
}
