package kernels

import (
	"flag"
	"math"
	"testing"
)

var stride = flag.Uint64("vec.stride", 4093, "the step through all float32 bit patterns in TestAccuracy; 1 tries every one")

// exactFunctions are the float64 functions behind the kernels that have a bound. Their own error, about 1e-16, is
// nothing beside a float32's ulp.
var exactFunctions = []struct {
	name   string
	kernel func(dst, a []float32)
	exact  func(float64) float64
	bound  float64
}{
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
			for _, l := range levels() {
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
					t.Errorf("%v: error %.3f ulp at %v (%#08x), want at most %v", l, worst, where, math.Float32bits(where), f.bound)
				}
			}
		})
	}
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
		{"Expm1", Expm1, []float32{0, negZero, -inf, inf, nan, -1e4, 1e-30}, []float32{0, negZero, -1, inf, nan, -1, 1e-30}},
		{"Log", Log, []float32{1, 0, negZero, -1, -inf, inf, nan}, []float32{0, -inf, -inf, nan, nan, inf, nan}},
		{"Log1p", Log1p, []float32{0, negZero, -1, -2, inf, -inf, nan, 1e-30}, []float32{0, negZero, -inf, nan, inf, nan, nan, 1e-30}},
		{"Tanh", Tanh, []float32{0, negZero, inf, -inf, nan, 20, 1e-30}, []float32{0, negZero, 1, -1, nan, 1, 1e-30}},
		{"Logistic", Logistic, []float32{0, negZero, inf, -inf, nan, 50}, []float32{0.5, 0.5, 1, 0, nan, 1}},
		{"Sin", Sin, []float32{0, negZero, inf, -inf, nan, 1e-30}, []float32{0, negZero, nan, nan, nan, 1e-30}},
		{"Cos", Cos, []float32{0, negZero, inf, -inf, nan, 1e-30}, []float32{1, 1, nan, nan, nan, 1}},
		{"Erf", Erf, []float32{0, negZero, inf, -inf, nan, 5}, []float32{0, negZero, 1, -1, nan, 1}},
		{"Sign", Sign, []float32{0, negZero, inf, -1e-45, nan}, []float32{0, negZero, 1, -1, nan}},
		{"Round", Round, []float32{0.5, -0.5, 1.5, 2.5, 1e20, -inf, nan}, []float32{0, negZero, 2, 2, 1e20, -inf, nan}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, l := range levels() {
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
