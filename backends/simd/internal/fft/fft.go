// Package fft computes discrete Fourier transforms of lines of an array in float64: by gonum's mixed-radix algorithm,
// or by Bluestein's around it where the length has a large prime factor, so that every length takes n log n operations.
// The transform of x_0 … x_{n-1} is X_k = Σ_j x_j exp(-2πi jk/n); the inverse has the other sign and divides by n.
//
// Real lines go through complex transforms too: gonum's real ones compute the angles of a prime factor by a recurrence,
// which for large ones loses up to six digits.
package fft

import (
	"math/cmplx"
	"sync"

	"gonum.org/v1/gonum/dsp/fourier"

	"github.com/amgen/amgen/backends/simd/internal/pool"
)

// grain is the number of elements that a piece of parallel work aims at.
const grain = 1 << 12

// Complex transforms the middle axis of data, of dimensions [outer, n, inner], in place.
func Complex(p *pool.Pool, data []complex128, outer, n, inner int, inverse bool) {
	run(p, outer*inner, n, func(w *worker, i int) {
		start := i/inner*n*inner + i%inner
		for k := range w.line {
			w.line[k] = data[start+k*inner]
		}
		w.transform(inverse)
		for k, v := range w.line {
			data[start+k*inner] = v
		}
	})
}

// Real transforms lines of n real numbers into the n/2+1 values that determine the others: X_{n-k} is the conjugate of
// X_k.
func Real(p *pool.Pool, dst []complex128, src []float64, n int) {
	half := n/2 + 1
	run(p, len(src)/n, n, func(w *worker, i int) {
		for k, v := range src[i*n : (i+1)*n] {
			w.line[k] = complex(v, 0)
		}
		w.transform(false)
		for k, v := range w.line[:half] {
			if isReal(k, n) {
				v = complex(real(v), 0)
			}
			dst[i*half+k] = v
		}
	})
}

// RealInverse undoes Real. It takes the imaginary parts of X_0, and of X_{n/2} where n is even, as 0.
func RealInverse(p *pool.Pool, dst []float64, src []complex128, n int) {
	half := n/2 + 1
	run(p, len(dst)/n, n, func(w *worker, i int) {
		for k, v := range src[i*half : (i+1)*half] {
			if isReal(k, n) {
				v = complex(real(v), 0)
			}
			w.line[(n-k)%n] = complex(real(v), -imag(v))
			w.line[k] = v
		}
		w.transform(true)
		for k, v := range w.line {
			dst[i*n+k] = real(v)
		}
	})
}

// isReal reports whether X_k is real where x is: for X_0, and X_{n/2}.
func isReal(k, n int) bool { return 2*k%n == 0 }

// worker holds the line of one goroutine, and how it is transformed.
type worker struct {
	line  []complex128
	plan  *fourier.CmplxFFT // nil with a chirp
	chirp *chirp
}

func newWorker(n int) *worker {
	w := &worker{line: make([]complex128, n)}
	if hasLargeFactor(n) {
		w.chirp = newChirp(n)
	} else {
		w.plan = fourier.NewCmplxFFT(n)
	}
	return w
}

// transform transforms the line in place. The inverse is the conjugate of the transform of the conjugate, divided by n.
func (w *worker) transform(inverse bool) {
	n := float64(len(w.line))
	if inverse {
		for k, v := range w.line {
			w.line[k] = cmplx.Conj(v)
		}
	}
	if w.chirp != nil {
		w.chirp.transform(w.line)
	} else {
		w.plan.Coefficients(w.line, w.line)
	}
	if inverse {
		for k, v := range w.line {
			w.line[k] = complex(real(v)/n, -imag(v)/n)
		}
	}
}

// run has transform called for each of count lines of n elements, on all workers.
func run(p *pool.Pool, count, n int, transform func(w *worker, i int)) {
	if count == 0 || n == 0 {
		return
	}
	idle := sync.Pool{New: func() any { return newWorker(n) }}
	per := max(1, grain/n)
	p.Run((count+per-1)/per, func(piece int) {
		w := idle.Get().(*worker)
		defer idle.Put(w)
		for i := piece * per; i < min(count, (piece+1)*per); i++ {
			transform(w, i)
		}
	})
}
