package simd_test

import (
	"math"
	"math/cmplx"
	"slices"
	"testing"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"pgregory.net/rapid"
)

// dft transforms one axis of an array by the definition.
func dft(x []complex128, dims []int, axis int, inverse bool) []complex128 {
	n, inner := dims[axis], 1
	for _, d := range dims[axis+1:] {
		inner *= d
	}
	sign, scale := -1., 1.
	if inverse {
		sign, scale = 1, 1/float64(n)
	}
	out := make([]complex128, len(x))
	for i := range out {
		k := i / inner % n
		start := i - k*inner
		for j := range n {
			angle := sign * 2 * math.Pi * float64(j*k%n) / float64(n)
			out[i] += x[start+j*inner] * cmplx.Rect(scale, angle)
		}
	}
	return out
}

// transformTolerance bounds the error of transforms of a hundred numbers of order one.
func transformTolerance(dtype dtypes.DType) tolerance {
	rel := 1e-13
	if dtype == dtypes.Complex64 || dtype == dtypes.Float32 {
		rel = 1e-6
	}
	return tolerance{rel * 10, rel * 10}
}

// TestFFT compares transforms of one to three axes with the definition, in each direction and form.
func TestFFT(t *testing.T) {
	backend := newBackend(t, "simd:workers=2")
	rapid.Check(t, func(t *rapid.T) {
		dtype := drawDType(t, complexDTypes)
		dims := drawDims(t, "x", 1, 4)
		if rapid.IntRange(0, 3).Draw(t, "long") == 0 {
			dims = []int{2, rapid.IntRange(1, 97).Draw(t, "length")} // primes too
		}
		count := rapid.IntRange(1, min(3, len(dims))).Draw(t, "axes")
		first, last := len(dims)-count, len(dims)-1
		lengths := slices.Clone(dims[first:])
		kind := rapid.SampledFrom([]backends.FFTType{backends.FFTForward, backends.FFTInverse, backends.FFTForwardReal,
			backends.FFTInverseReal}).Draw(t, "type")
		inverse := kind == backends.FFTInverse || kind == backends.FFTInverseReal
		x := drawComplex(t, "x", dtype, dims...)
		values := toComplex(x)
		if kind == backends.FFTForwardReal || kind == backends.FFTInverseReal {
			for i, v := range values {
				values[i] = complex(real(v), 0)
			}
		}
		want := slices.Clone(values)
		for axis := first; axis <= last; axis++ {
			want = dft(want, dims, axis, inverse)
		}
		n, half := dims[last], dims[last]/2+1
		shape := shapes.Make(dtype, dims...)
		switch kind {
		case backends.FFTForwardReal:
			x = array{shapes.Make(dtype.RealDType(), dims...), nil}
			x = valuesOf(x.shape, values)
			want, shape = firstOf(want, n, half), halved(dims, dtype, half)
		case backends.FFTInverseReal: // the real numbers are what comes back from their transform
			spectrum := slices.Clone(values)
			for axis := first; axis <= last; axis++ {
				spectrum = dft(spectrum, dims, axis, false)
			}
			part := firstOf(spectrum, n, half)
			x = complexArray(halved(dims, dtype, half), func(i int) complex128 { return part[i] })
			want, shape = values, shapes.Make(dtype.RealDType(), dims...)
		}
		got, err := compute(backend, []array{x}, func(b backends.Builder, in []backends.Op) ([]backends.Op, error) {
			return one(b.FFT(in[0], kind, lengths))
		})
		if err != nil {
			t.Fatal(err)
		}
		if !got[0].shape.Equal(shape) {
			t.Fatalf("%s of %s over %v has shape %s, want %s", kind, x.shape, lengths, got[0].shape, shape)
		}
		tol := transformTolerance(dtype)
		tol.abs *= math.Sqrt(float64(len(want))) + 1
		w := array{shapes.Make(dtypes.Complex128, shape.Dimensions...), want}
		if at, g, v := firstDifference(array{w.shape, toComplex(got[0])}, w, tol); at >= 0 {
			t.Fatalf("%s of %s over %v: element %d is %v, want %v", kind, x.shape, lengths, at, g, v)
		}
	})
}

// valuesOf makes a tensor of the real parts.
func valuesOf(shape shapes.Shape, x []complex128) array {
	return values(shape, func(i int) float64 { return real(x[i]) })
}

// firstOf keeps the first half numbers of each line of n.
func firstOf(x []complex128, n, half int) (kept []complex128) {
	for line := range slices.Chunk(x, n) {
		kept = append(kept, line[:half]...)
	}
	return kept
}

// halved is the shape of a real transform.
func halved(dims []int, dtype dtypes.DType, half int) shapes.Shape {
	dims = slices.Clone(dims)
	dims[len(dims)-1] = half
	return shapes.Make(dtype, dims...)
}

// TestFFTSameBitsForAnyWorkers transforms more lines than one worker takes at a time.
func TestFFTSameBitsForAnyWorkers(t *testing.T) {
	x := complexArray(shapes.Make(dtypes.Complex64, 64, 30, 12), func(i int) complex128 {
		return complex(math.Sin(float64(i*i)), math.Cos(float64(3*i)))
	})
	var first []complex128
	for _, config := range []string{"simd:workers=1", "simd:workers=2", "simd:workers=5"} {
		got, err := compute(newBackend(t, config), []array{x},
			func(b backends.Builder, in []backends.Op) ([]backends.Op, error) {
				return one(b.FFT(in[0], backends.FFTForward, []int{30, 12}))
			})
		if err != nil {
			t.Fatal(err)
		}
		if now := toComplex(got[0]); first == nil {
			first = now
		} else if !slices.Equal(now, first) {
			t.Errorf("%s: other bits than one worker", config)
		}
	}
}

// TestFFTGradients differentiates through transforms by GoMLX's rules. By Parseval's theorem Σ|X_k|² is n Σx², whose
// gradient is 2nx. A transform and its inverse are the identity, so that Σ w·x has the gradient w.
func TestFFTGradients(t *testing.T) {
	const n = 12
	x, w := make([]float64, n), make([]float64, n)
	for i := range x {
		x[i], w[i] = math.Sin(float64(i*i+1)), math.Cos(float64(5*i))
	}
	exec := MustNewExec(newBackend(t, "simd"), func(x, w *Node) []*Node {
		square := func(z *Node) *Node { return Add(Square(Real(z)), Square(Imag(z))) }
		energy := ReduceAllSum(square(FFT(Complex(x, ZerosLike(x)))))
		there := ReduceAllSum(Mul(w, Real(InverseFFT(FFT(Complex(x, ZerosLike(x)))))))
		half := ReduceAllSum(Mul(w, InverseRealFFT(RealFFT(x))))
		return []*Node{Gradient(energy, x)[0], Gradient(there, x)[0], Gradient(half, x)[0]}
	})
	out := exec.MustExec(x, w)
	for i := range x {
		for k, want := range []float64{2 * n * x[i], w[i], w[i]} {
			if got := out[k].Value().([]float64)[i]; math.Abs(got-want) > 1e-12*n {
				t.Errorf("gradient %d, element %d: got %g, want %g", k, i, got, want)
			}
		}
	}
}

func TestFFTRefuses(t *testing.T) {
	b := newBackend(t, "simd").Builder("refused")
	make := func(dtype dtypes.DType, dims ...int) backends.Op {
		op, err := b.Parameter("x", shapes.Make(dtype, dims...), nil)
		if err != nil {
			t.Fatal(err)
		}
		return op
	}
	c, f := make(dtypes.Complex64, 2, 6), make(dtypes.Float32, 2, 6)
	for name, build := range map[string]func() (backends.Op, error){
		"real to complex": func() (backends.Op, error) { return b.FFT(f, backends.FFTForward, []int{6}) },
		"complex as real": func() (backends.Op, error) { return b.FFT(c, backends.FFTForwardReal, []int{6}) },
		"another length":  func() (backends.Op, error) { return b.FFT(c, backends.FFTForward, []int{8}) },
		"length 0":        func() (backends.Op, error) { return b.FFT(c, backends.FFTForward, []int{0}) },
		"no length":       func() (backends.Op, error) { return b.FFT(c, backends.FFTForward, nil) },
		"too many axes":   func() (backends.Op, error) { return b.FFT(c, backends.FFTForward, []int{1, 2, 6}) },
		"half":            func() (backends.Op, error) { return b.FFT(c, backends.FFTInverseReal, []int{6}) },
		"type":            func() (backends.Op, error) { return b.FFT(c, 9, []int{6}) },
		"integers": func() (backends.Op, error) {
			return b.FFT(make(dtypes.Int32, 6), backends.FFTForwardReal, []int{6})
		},
		"16-bit floats": func() (backends.Op, error) {
			return b.FFT(make(dtypes.BFloat16, 6), backends.FFTForwardReal, []int{6})
		},
		"Complex of two dtypes": func() (backends.Op, error) { return b.Complex(f, make(dtypes.Float64, 2, 6)) },
		"Complex of shapes":     func() (backends.Op, error) { return b.Complex(f, make(dtypes.Float32, 6)) },
		"Real of a real":        func() (backends.Op, error) { return b.Real(f) },
		"Max of complex":        func() (backends.Op, error) { return b.Max(c, c) },
		"Floor of complex":      func() (backends.Op, error) { return b.Floor(c) },
		"ReduceMax of complex":  func() (backends.Op, error) { return b.ReduceMax(c, 0) },
	} {
		if _, err := build(); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}
