package fft

import (
	"math"
	"math/cmplx"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/amgen/amgen/backends/simd/internal/pool"
)

// lengths are powers, products and primes, and more than a piece of work.
var lengths = []int{1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 16, 30, 64, 77, 97, 100, 128, 1009, 1021 * 3, 10007, 2*grain + 2}

// direct is a few values of the transform by its definition.
func direct(x []complex128, k int, sign float64) (sum complex128) {
	n := len(x)
	for j, v := range x {
		sum += v * cmplx.Rect(1, sign*2*math.Pi*float64(j*k%n)/float64(n))
	}
	return sum
}

// bound is the error allowed to a transform of n numbers of order one, and to its definition, whose angles are rounded.
func bound(n int) float64 { return 1e-14 * float64(n+10) }

func random(n int) []complex128 {
	rng, x := rand.New(rand.NewPCG(uint64(n), 1)), make([]complex128, n)
	for i := range x {
		x[i] = complex(rng.NormFloat64(), rng.NormFloat64())
	}
	return x
}

// TestComplex transforms the middle axis of [2, n, 3], forwards by the definition and back.
func TestComplex(t *testing.T) {
	p := pool.New(2)
	defer p.Close()
	for _, n := range lengths {
		const outer, inner = 2, 3
		x := random(outer * n * inner)
		y := append([]complex128(nil), x...)
		Complex(p, y, outer, n, inner, false)
		for o := range outer {
			for i := range inner {
				line := make([]complex128, n)
				for k := range line {
					line[k] = x[(o*n+k)*inner+i]
				}
				for _, k := range []int{0, 1 % n, n / 2, n - 1} {
					if got, want := y[(o*n+k)*inner+i], direct(line, k, -1); cmplx.Abs(got-want) > bound(n) {
						t.Errorf("n = %d, X_%d: got %v, want %v", n, k, got, want)
					}
				}
			}
		}
		Complex(p, y, outer, n, inner, true)
		for i := range x {
			if cmplx.Abs(y[i]-x[i]) > 5e-14 {
				t.Fatalf("n = %d: element %d comes back as %v, was %v", n, i, y[i], x[i])
			}
		}
	}
}

// TestReal compares the transform of lines of real numbers with the definition, and takes it back. The imaginary parts
// that real numbers can't have are ignored.
func TestReal(t *testing.T) {
	p := pool.New(2)
	defer p.Close()
	for _, n := range lengths {
		const count = 3
		half := n/2 + 1
		src, dst := make([]float64, count*n), make([]complex128, count*half)
		for i, v := range random(count * n) {
			src[i] = real(v)
		}
		Real(p, dst, src, n)
		for l := range count {
			line := make([]complex128, n)
			for k := range line {
				line[k] = complex(src[l*n+k], 0)
			}
			for _, k := range []int{0, half / 2, half - 1} {
				if got, want := dst[l*half+k], direct(line, k, -1); cmplx.Abs(got-want) > bound(n) {
					t.Errorf("n = %d, X_%d: got %v, want %v", n, k, got, want)
				}
			}
			dst[l*half] += 5i
			if n%2 == 0 {
				dst[l*half+n/2] += 7i
			}
		}
		back := make([]float64, count*n)
		RealInverse(p, back, dst, n)
		for i := range src {
			if math.Abs(back[i]-src[i]) > 5e-14 {
				t.Fatalf("n = %d: element %d comes back as %g, was %g", n, i, back[i], src[i])
			}
		}
	}
}

func TestNothing(t *testing.T) {
	p := pool.New(1)
	defer p.Close()
	Complex(p, nil, 0, 4, 1, false)
	Real(p, nil, nil, 4)
	RealInverse(p, nil, nil, 4)
}

func BenchmarkComplex(b *testing.B) {
	p := pool.New(1)
	defer p.Close()
	for _, n := range []int{1 << 13, 10007} {
		x := random(n)
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			for b.Loop() {
				Complex(p, x, 1, n, 1, false)
				Complex(p, x, 1, n, 1, true)
			}
		})
	}
}
