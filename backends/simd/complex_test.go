package simd_test

import (
	"math"
	"math/cmplx"
	"testing"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"pgregory.net/rapid"

	"github.com/amgen/amgen/backends/simd/internal/arrays"
)

var complexDTypes = []dtypes.DType{dtypes.Complex64, dtypes.Complex128}

// complexArray makes a tensor of what f returns for each position, rounded to the dtype.
func complexArray(shape shapes.Shape, f func(i int) complex128) array {
	wide := make([]complex128, shape.Size())
	for i := range wide {
		wide[i] = f(i)
	}
	if shape.DType == dtypes.Complex128 {
		return array{shape, wide}
	}
	flat := make([]complex64, len(wide))
	if err := arrays.Convert(one1, flat, wide); err != nil {
		panic(err)
	}
	return array{shape, flat}
}

// drawComplex draws a tensor of complex numbers of order one, zeros among them.
func drawComplex(t *rapid.T, label string, dtype dtypes.DType, dims ...int) array {
	re := toComplex(drawArray(t, label+" re", dtypes.Float64, dims...))
	im := toComplex(drawArray(t, label+" im", dtypes.Float64, dims...))
	zero := rapid.IntRange(0, 30).Draw(t, label+" zero")
	return complexArray(shapes.Make(dtype, dims...), func(i int) complex128 {
		if i == zero {
			return 0
		}
		return complex(real(re[i]), real(im[i]))
	})
}

// plainly is an op on complex numbers written out in real arithmetic, apart from package cmplx.
type plainly = func(a, b complex128) complex128

func expPlain(z complex128) complex128 {
	return complex(math.Exp(real(z))*math.Cos(imag(z)), math.Exp(real(z))*math.Sin(imag(z)))
}

func logPlain(z complex128) complex128 {
	return complex(math.Log(math.Hypot(real(z), imag(z))), math.Atan2(imag(z), real(z)))
}

func divPlain(a, b complex128) complex128 {
	c, d := real(b), imag(b)
	n := c*c + d*d
	return complex((real(a)*c+imag(a)*d)/n, (imag(a)*c-real(a)*d)/n)
}

func sqrtPlain(z complex128) complex128 {
	r := math.Hypot(real(z), imag(z))
	return complex(math.Sqrt(max(0, (r+real(z))/2)), math.Copysign(math.Sqrt(max(0, (r-real(z))/2)), imag(z)))
}

// TestComplexOps checks each op on complex numbers, fused and not, against the same written out in parts.
func TestComplexOps(t *testing.T) {
	unaryOps := map[string]struct {
		op    unaryOp
		plain func(z complex128) complex128
	}{
		"Neg":  {backends.Builder.Neg, func(z complex128) complex128 { return complex(-real(z), -imag(z)) }},
		"Conj": {backends.Builder.Conj, func(z complex128) complex128 { return complex(real(z), -imag(z)) }},
		"Real": {backends.Builder.Real, func(z complex128) complex128 { return complex(real(z), 0) }},
		"Imag": {backends.Builder.Imag, func(z complex128) complex128 { return complex(imag(z), 0) }},
		"Abs": {backends.Builder.Abs, func(z complex128) complex128 {
			return complex(math.Hypot(real(z), imag(z)), 0)
		}},
		"Sign": {backends.Builder.Sign, func(z complex128) complex128 {
			if z == 0 {
				return 0
			}
			return divPlain(z, complex(math.Hypot(real(z), imag(z)), 0))
		}},
		"Exp":   {backends.Builder.Exp, expPlain},
		"Expm1": {backends.Builder.Expm1, func(z complex128) complex128 { return expPlain(z) - 1 }},
		"Log":   {backends.Builder.Log, logPlain},
		"Log1p": {backends.Builder.Log1p, func(z complex128) complex128 { return logPlain(1 + z) }},
		"Sqrt":  {backends.Builder.Sqrt, sqrtPlain},
		"Rsqrt": {backends.Builder.Rsqrt, func(z complex128) complex128 { return divPlain(1, sqrtPlain(z)) }},
		"Logistic": {backends.Builder.Logistic, func(z complex128) complex128 {
			return divPlain(1, 1+expPlain(-z))
		}},
		"Sin": {backends.Builder.Sin, func(z complex128) complex128 {
			return divPlain(expPlain(1i*z)-expPlain(-1i*z), 2i)
		}},
		"Cos": {backends.Builder.Cos, func(z complex128) complex128 {
			return divPlain(expPlain(1i*z)+expPlain(-1i*z), 2)
		}},
		"Tanh": {backends.Builder.Tanh, func(z complex128) complex128 {
			return divPlain(expPlain(z)-expPlain(-z), expPlain(z)+expPlain(-z))
		}},
	}
	names := sortedKeys(unaryOps)
	fused, plain := newBackend(t, "simd:workers=2"), newBackend(t, "simd:fuse=off")
	rapid.Check(t, func(t *rapid.T) {
		name, dtype := rapid.SampledFrom(names).Draw(t, "op"), drawDType(t, complexDTypes)
		x := drawComplex(t, "x", dtype, drawDims(t, "x", 0, 3)...)
		zs := toComplex(x)
		if name == "Rsqrt" || name == "Log" {
			x = complexArray(x.shape, func(i int) complex128 { return zs[i] + 3i }) // away from the poles
			zs = toComplex(x)
		}
		f := func(b backends.Builder, in []backends.Op) ([]backends.Op, error) {
			return one(unaryOps[name].op(b, in[0]))
		}
		for _, backend := range []backends.Backend{fused, plain} {
			expectComplex(t, backend, []array{x}, f, rounding(dtype), func(i int) complex128 {
				return unaryOps[name].plain(zs[i])
			})
		}
	})
}

// expectComplex fails unless the first result of f has the values that want gives each position.
func expectComplex(t *rapid.T, backend backends.Backend, in []array, f build, tol tolerance,
	want func(i int) complex128) {
	t.Helper()
	got, err := compute(backend, in, f)
	if err != nil {
		t.Fatal(err)
	}
	values := complexArray(shapes.Make(dtypes.Complex128, got[0].shape.Dimensions...), want)
	near := tolerance{tol.rel * 8, tol.rel * 8}
	if at, g, w := firstDifference(array{values.shape, toComplex(got[0])}, values, near); at >= 0 {
		t.Fatalf("element %d of %s is %v, want %v", at, got[0].shape, g, w)
	}
}

// TestComplexPairs checks the ops of two operands, with broadcasting, and what joins parts, against plain arithmetic.
func TestComplexPairs(t *testing.T) {
	pairs := map[string]struct {
		op    binaryOp
		plain plainly
	}{
		"Add": {backends.Builder.Add, func(a, b complex128) complex128 {
			return complex(real(a)+real(b), imag(a)+imag(b))
		}},
		"Sub": {backends.Builder.Sub, func(a, b complex128) complex128 {
			return complex(real(a)-real(b), imag(a)-imag(b))
		}},
		"Mul": {backends.Builder.Mul, func(a, b complex128) complex128 {
			return complex(real(a)*real(b)-imag(a)*imag(b), real(a)*imag(b)+imag(a)*real(b))
		}},
		"Div": {backends.Builder.Div, divPlain},
		"Pow": {backends.Builder.Pow, func(a, b complex128) complex128 { return expPlain(b * logPlain(a)) }},
		"Equal": {backends.Builder.Equal, func(a, b complex128) complex128 {
			return truth(real(a) == real(b) && imag(a) == imag(b))
		}},
		"NotEqual": {backends.Builder.NotEqual, func(a, b complex128) complex128 {
			return truth(real(a) != real(b) || imag(a) != imag(b))
		}},
	}
	names := sortedKeys(pairs)
	backend := newBackend(t, "simd:workers=2")
	rapid.Check(t, func(t *rapid.T) {
		name, dtype := rapid.SampledFrom(names).Draw(t, "op"), drawDType(t, complexDTypes)
		dims := drawDims(t, "x", 1, 3)
		row := make([]int, len(dims)) // the second operand is broadcast along all axes but the last
		for i := range row {
			row[i] = 1
		}
		last := dims[len(dims)-1]
		row[len(row)-1] = last
		x, y := drawComplex(t, "x", dtype, dims...), drawComplex(t, "y", dtype, row...)
		xs, ys := toComplex(x), toComplex(y)
		if name == "Pow" || name == "Div" {
			x = complexArray(x.shape, func(i int) complex128 { return xs[i] + 3 })
			y = complexArray(y.shape, func(i int) complex128 { return ys[i] + 0.5i })
			if name == "Div" {
				y = complexArray(y.shape, func(i int) complex128 { return ys[i] + 6i })
			}
		} else if name == "Equal" || name == "NotEqual" {
			y = complexArray(y.shape, func(i int) complex128 { return xs[i] })
		}
		xs, ys = toComplex(x), toComplex(y)
		tol := rounding(dtype)
		if name == "Pow" {
			tol.rel *= 30 // of numbers up to a few hundred, through their logarithms
		}
		expectComplex(t, backend, []array{x, y}, func(b backends.Builder, in []backends.Op) ([]backends.Op, error) {
			return one(pairs[name].op(b, in[0], in[1]))
		}, tol, func(i int) complex128 { return pairs[name].plain(xs[i], ys[i%last]) })
	})
}

func truth(yes bool) complex128 {
	if yes {
		return 1
	}
	return 0
}

// TestComplexParts joins parts, takes them apart again, selects, and reduces.
func TestComplexParts(t *testing.T) {
	backend := newBackend(t, "simd:workers=2")
	rapid.Check(t, func(t *rapid.T) {
		part := rapid.SampledFrom([]dtypes.DType{dtypes.Float32, dtypes.Float64}).Draw(t, "dtype")
		dims := drawDims(t, "x", 1, 3)
		re, im := drawArray(t, "re", part, dims...), drawArray(t, "im", part, dims...)
		if rapid.Bool().Draw(t, "scalar") {
			im = drawArray(t, "im", part)
		}
		cond := drawArray(t, "condition", dtypes.Bool, dims...)
		x, y, c := toComplex(re), toComplex(im), toComplex(cond)
		at := func(i int) complex128 { return complex(real(x[i]), real(y[i%len(y)])) }
		in := []array{re, im, cond}
		join := func(f func(b backends.Builder, z, cond backends.Op) (backends.Op, error)) build {
			return func(b backends.Builder, in []backends.Op) ([]backends.Op, error) {
				z, err := b.Complex(in[0], in[1])
				if err != nil {
					return nil, err
				}
				return one(f(b, z, in[2]))
			}
		}
		same := func(_ backends.Builder, z, _ backends.Op) (backends.Op, error) { return z, nil }
		expectComplex(t, backend, in, join(same), tolerance{}, at)
		back := func(b backends.Builder, z, _ backends.Op) (backends.Op, error) { return b.Imag(z) }
		expectComplex(t, backend, in, join(back), tolerance{}, func(i int) complex128 {
			return complex(imag(at(i)), 0)
		})
		choose := func(b backends.Builder, z, cond backends.Op) (backends.Op, error) {
			bar, err := b.Conj(z)
			if err != nil {
				return nil, err
			}
			return b.Where(cond, z, bar)
		}
		expectComplex(t, backend, in, join(choose), tolerance{}, func(i int) complex128 {
			return complex(real(at(i)), (2*real(c[i])-1)*imag(at(i)))
		})
		var sum, scale complex128 = 0, 1
		for i := range x {
			sum += at(i)
		}
		scale += complex(float64(len(x)), 0)
		total := func(b backends.Builder, z, _ backends.Op) (backends.Op, error) { return b.ReduceSum(z) }
		tol := rounding(part)
		tol.rel *= real(scale)
		expectComplex(t, backend, in, join(total), tol, func(int) complex128 { return sum })
	})
}

// TestComplexProducts reduces by products and contracts matrices.
func TestComplexProducts(t *testing.T) {
	backend := newBackend(t, "simd:workers=2")
	rapid.Check(t, func(t *rapid.T) {
		dtype := drawDType(t, complexDTypes)
		m, n := rapid.IntRange(1, 7).Draw(t, "m"), rapid.IntRange(1, 7).Draw(t, "n")
		x := drawComplex(t, "x", dtype, m, n)
		zs := toComplex(x)
		expectComplex(t, backend, []array{x}, func(b backends.Builder, in []backends.Op) ([]backends.Op, error) {
			return one(b.ReduceProduct(in[0], 1))
		}, tolerance{rel: rounding(dtype).rel * 100}, func(i int) complex128 {
			product := complex128(1)
			for k := range n {
				product *= zs[i*n+k]
			}
			return product
		})
		expectComplex(t, backend, []array{x}, func(b backends.Builder, in []backends.Op) ([]backends.Op, error) {
			return one(b.ReduceWindow(in[0], backends.ReduceOpSum, []int{1, n}, nil, nil, nil, nil))
		}, tolerance{rel: rounding(dtype).rel * 10}, func(i int) (sum complex128) {
			for k := range n {
				sum += zs[i*n+k]
			}
			return sum
		})
		expectComplex(t, backend, []array{x}, func(b backends.Builder, in []backends.Op) ([]backends.Op, error) {
			return one(b.DotGeneral(in[0], []int{1}, nil, in[0], []int{1}, nil)) // [m, m]
		}, tolerance{rel: rounding(dtype).rel * 10}, func(i int) (sum complex128) {
			for k := range n {
				sum += zs[i/m*n+k] * zs[i%m*n+k]
			}
			return sum
		})
	})
}

// TestComplexCorners checks where the obvious formulas fail: tiny arguments, huge ones, powers of 0, NaN.
func TestComplexCorners(t *testing.T) {
	backend := newBackend(t, "simd")
	for _, c := range []struct {
		name string
		op   unaryOp
		z, w complex128
	}{
		{"Expm1 near 0", backends.Builder.Expm1, 1e-12 + 1e-12i, 1e-12 + 1e-12i}, // z + z²/2, z² = 2e-24i
		{"Expm1 of an imaginary number", backends.Builder.Expm1, 2e-9i, complex(-2e-18, 2e-9)},
		{"Log1p near 0", backends.Builder.Log1p, 1e-12 + 1e-12i, 1e-12 + 1e-12i},
		{"Log1p of an imaginary number", backends.Builder.Log1p, 2e-9i, complex(2e-18, 2e-9)},
		{"Abs of a large number", backends.Builder.Abs, 3e200 + 4e200i, 5e200},
		{"Sign of a large number", backends.Builder.Sign, 3e200 + 4e200i, 0.6 + 0.8i},
		{"Logistic far left", backends.Builder.Logistic, -2000, 0},
		{"Logistic far right", backends.Builder.Logistic, 2000, 1},
		{"Sqrt below the cut", backends.Builder.Sqrt, complex(-4, math.Copysign(0, -1)), -2i},
		{"IsNaN", backends.Builder.IsNaN, complex(0, math.NaN()), 1},
		{"IsNaN of infinity", backends.Builder.IsNaN, complex(0, math.Inf(1)), 0},
		{"IsFinite", backends.Builder.IsFinite, 1 + 1i, 1},
		{"IsFinite of infinity", backends.Builder.IsFinite, complex(1, math.Inf(-1)), 0},
	} {
		in := []array{{shapes.Make(dtypes.Complex128, 1), []complex128{c.z}}}
		got, err := compute(backend, in, func(b backends.Builder, in []backends.Op) ([]backends.Op, error) {
			return one(c.op(b, in[0]))
		})
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		g := toComplex(got[0])[0]
		for _, part := range []struct{ got, want float64 }{{real(g), real(c.w)}, {imag(g), imag(c.w)}} {
			if !(math.Abs(part.got-part.want) <= 1e-11*math.Abs(part.want)) {
				t.Errorf("%s: got %v, want %v", c.name, g, c.w)
			}
		}
	}
	bases, powers := []complex128{0, 0, 0, 0, 0}, []complex128{0, 2, 1i, -1, complex(math.NaN(), 0)}
	got, err := compute(backend, []array{{shapes.Make(dtypes.Complex128, 5), bases},
		{shapes.Make(dtypes.Complex128, 5), powers}},
		func(b backends.Builder, in []backends.Op) ([]backends.Op, error) { return one(b.Pow(in[0], in[1])) })
	if err != nil {
		t.Fatal(err)
	}
	g := toComplex(got[0])
	if g[0] != 1 || g[1] != 0 || !cmplx.IsNaN(g[2]) || !cmplx.IsInf(g[3]) || !cmplx.IsNaN(g[4]) {
		t.Errorf("0 to the powers %v: got %v", powers, g)
	}
}
