package kernels

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// floatKernel is a kernel from float32 slices, and perhaps a scalar, to one, in the shape that the tests share.
type floatKernel struct {
	name   string
	inputs int
	call   func(dst []float32, in [][]float32, s float32)
	bound  float64 // ulp between any level and the exact result; 0 where every level yields the twin's bits
}

func unaryKernel(name string, bound float64, f func(dst, a []float32)) floatKernel {
	return floatKernel{name, 1, func(dst []float32, in [][]float32, _ float32) { f(dst, in[0]) }, bound}
}

func scalarKernel(name string, f func(dst, a []float32, s float32)) floatKernel {
	return floatKernel{name, 1, func(dst []float32, in [][]float32, s float32) { f(dst, in[0], s) }, 0}
}

func scalarFirstKernel(name string, f func(dst []float32, s float32, a []float32)) floatKernel {
	return floatKernel{name, 1, func(dst []float32, in [][]float32, s float32) { f(dst, s, in[0]) }, 0}
}

func binaryKernel(name string, f func(dst, a, b []float32)) floatKernel {
	return floatKernel{name, 2, func(dst []float32, in [][]float32, _ float32) { f(dst, in[0], in[1]) }, 0}
}

// floatKernels lists every kernel of that shape. The bounds are those of the doc comments.
var floatKernels = []floatKernel{
	binaryKernel("Add", Add), binaryKernel("Sub", Sub), binaryKernel("Mul", Mul), binaryKernel("Div", Div),
	binaryKernel("Max", Max), binaryKernel("Min", Min),
	scalarKernel("AddScalar", AddScalar), scalarKernel("SubScalar", SubScalar), scalarKernel("MulScalar", MulScalar),
	scalarKernel("DivScalar", DivScalar), scalarKernel("MaxScalar", MaxScalar), scalarKernel("MinScalar", MinScalar),
	scalarFirstKernel("ScalarSub", ScalarSub), scalarFirstKernel("ScalarDiv", ScalarDiv),
	{"MulAdd", 3, func(dst []float32, in [][]float32, _ float32) { MulAdd(dst, in[0], in[1], in[2]) }, 0},
	{"Fill", 0, func(dst []float32, _ [][]float32, s float32) { Fill(dst, s) }, 0},
	{"AddTo", 1, func(dst []float32, in [][]float32, s float32) { Fill(dst, s); AddTo(dst, in[0]) }, 0},
	unaryKernel("Neg", 0, Neg), unaryKernel("Abs", 0, Abs), unaryKernel("Sqrt", 0, Sqrt), unaryKernel("Rsqrt", 0,
		Rsqrt),
	unaryKernel("Recip", 0, Recip), unaryKernel("Sign", 0, Sign), unaryKernel("Floor", 0, Floor),
	unaryKernel("Ceil", 0, Ceil), unaryKernel("Round", 0, Round),
	unaryKernel("Exp", 1, Exp), unaryKernel("Expm1", 2, Expm1), unaryKernel("Log", 2, Log), unaryKernel("Log1p", 2,
		Log1p),
	unaryKernel("Tanh", 2, Tanh), unaryKernel("Logistic", 2.5, Logistic), unaryKernel("Sin", 2, Sin),
	unaryKernel("Cos", 2, Cos), unaryKernel("Erf", 2, Erf),
}

// atLevel runs f with the kernels of one level.
func atLevel(l Level, f func()) {
	old := SetLevel(l)
	defer SetLevel(old)
	f()
}

// specials are the values at which formulas break: zeros, denormals, the ends of the range, infinities, NaN, ties.
var specials = func() []float32 {
	positive := []float32{0, math.SmallestNonzeroFloat32, 1e-40, 0x1p-126, 1e-20, 0x1p-24, 1e-3, 0.25, 0.5, 0.6931472,
		1, 1.5,
		2, 2.5, 3, 16.5, 87, 88.5, 89, 104, 0x1p22 + 0.5, 0x1p23, 0x1p24, 0x1p31, 1e5, 1e20, math.MaxFloat32,
		float32(math.Inf(1)), float32(math.NaN())}
	all := slices.Clone(positive)
	for _, x := range positive {
		all = append(all, -x)
	}
	return all
}()

// anyFloat draws a special value, a number of everyday size, or any bits at all.
func anyFloat() *rapid.Generator[float32] {
	return rapid.OneOf(
		rapid.SampledFrom(specials),
		rapid.Float32Range(-10, 10),
		rapid.Map(rapid.Uint32(), math.Float32frombits),
	)
}

// anySeries draws n floats. A few are drawn one by one; the rest come from a linear congruential sequence over
// them, since drawing a thousand values each time would be slow.
func anySeries(t *rapid.T, n int, label string) []float32 {
	seeds := rapid.SliceOfN(anyFloat(), 1, 24).Draw(t, label)
	out := make([]float32, n)
	state := rapid.Uint32().Draw(t, label+" order")
	for i := range out {
		state = state*1664525 + 1013904223
		out[i] = seeds[int(state>>16)%len(seeds)]
	}
	return out
}

// guarded is a slice inside a larger one, whose elements on either side must not change.
type guarded[T comparable] struct {
	whole, inside []T
	guard         T
}

const guardWidth = 24 // more than the widest register's 16 float32s

// newGuarded returns a guarded copy of values that starts shift elements further than the allocation's alignment.
func newGuarded[T comparable](values []T, shift int, guard T) guarded[T] {
	whole := make([]T, guardWidth+shift+len(values)+guardWidth)
	for i := range whole {
		whole[i] = guard
	}
	inside := whole[guardWidth+shift:][:len(values):len(values)]
	copy(inside, values)
	return guarded[T]{whole, inside, guard}
}

func (g guarded[T]) check(t interface{ Fatalf(string, ...any) }) {
	start := len(g.whole) - guardWidth - len(g.inside)
	for i, v := range g.whole {
		if (i < start || i >= start+len(g.inside)) && v != g.guard {
			t.Fatalf("wrote %v at element %d of a slice of %d", v, i-start, len(g.inside))
		}
	}
}

// sameBits reports whether two floats have the same bits or are both NaN.
func sameBits(a, b float32) bool {
	return math.Float32bits(a) == math.Float32bits(b) || a != a && b != b
}

// ulps is the distance of got from the exact value in units in the last place of the exact value, a float32 of
// any size; infinities count as 2^128, the first number too large.
func ulps(got float32, exact float64) float64 {
	if math.IsNaN(exact) || got != got {
		if math.IsNaN(exact) && got != got {
			return 0
		}
		return math.Inf(1)
	}
	finite := func(x float64) float64 { return max(-0x1p128, min(x, 0x1p128)) }
	_, exponent := math.Frexp(finite(exact)) // |exact| in [2^(exponent-1), 2^exponent)
	unit := math.Ldexp(1, max(exponent-24, -149))
	return math.Abs(finite(float64(got))-finite(exact)) / unit
}

// TestFloatKernels runs every kernel at every level on slices of any length and alignment, with dst apart from the
// inputs or the same as one of them, and compares the result with the twin's: to the bit where the kernel promises
// it, otherwise to the bound and, between AVX2 and AVX-512, to the bit.
func TestFloatKernels(t *testing.T) {
	for _, k := range floatKernels {
		t.Run(k.name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) { checkFloatKernel(t, k) })
		})
	}
}

func checkFloatKernel(t *rapid.T, k floatKernel) {
	n := rapid.IntRange(0, 1100).Draw(t, "n")
	s := anyFloat().Draw(t, "s")
	values := make([][]float32, k.inputs)
	for i := range values {
		values[i] = anySeries(t, n, fmt.Sprintf("input %d", i))
	}
	alias := rapid.IntRange(-1, k.inputs-1).Draw(t, "input that dst is")
	shifts := rapid.SliceOfN(rapid.IntRange(0, 15), k.inputs+1, k.inputs+1).Draw(t, "shifts")

	var results [][]float32
	for _, l := range Levels() {
		in, whole := make([][]float32, k.inputs), make([]guarded[float32], k.inputs)
		for i, v := range values {
			whole[i] = newGuarded(v, shifts[i], 12345)
			in[i] = whole[i].inside
		}
		dst := newGuarded(make([]float32, n), shifts[k.inputs], 54321)
		if alias >= 0 && k.name != "AddTo" {
			dst = whole[alias]
		}
		atLevel(l, func() { k.call(dst.inside, in, s) })
		dst.check(t)
		for i, g := range whole {
			g.check(t)
			if i != alias || k.name == "AddTo" {
				if j := firstDifference(g.inside, values[i]); j >= 0 {
					t.Fatalf("%v: input %d changed at %d", l, i, j)
				}
			}
		}
		results = append(results, dst.inside)
	}
	for l := 1; l < len(results); l++ {
		for i, want := range results[0] {
			got := results[l][i]
			if k.bound == 0 && !sameBits(got, want) || k.bound > 0 && ulps(got, float64(want)) > k.bound+0.5 {
				t.Fatalf("%v: element %d of %d is %v (%#08x), want %v (%#08x), inputs %v, s %v",
					Levels()[l], i, n, got, math.Float32bits(got), want, math.Float32bits(want), column(values, i), s)
			}
		}
	}
	if len(results) > 2 {
		if i := firstDifference(results[2], results[1]); i >= 0 {
			t.Fatalf("element %d: AVX2 gives %v, AVX-512 %v, inputs %v", i, results[1][i], results[2][i],
				column(values, i))
		}
	}
}

func firstDifference(a, b []float32) int {
	for i := range a {
		if !sameBits(a[i], b[i]) {
			return i
		}
	}
	return -1
}

func column(rows [][]float32, i int) (c []float32) {
	for _, r := range rows {
		c = append(c, r[i])
	}
	return c
}

func TestOperandTooShort(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("Add with a short operand didn't panic")
		}
	}()
	Add(make([]float32, 3), make([]float32, 3), make([]float32, 2, 8))
}
