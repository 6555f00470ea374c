// Package fft computes discrete Fourier transforms of lines of an array, by gonum's mixed-radix algorithm in float64.
// The transform of x_0 … x_{n-1} is X_k = Σ_j x_j exp(-2πi jk/n); the inverse has the other sign and divides by n.
package fft

import (
	"sync"

	"gonum.org/v1/gonum/dsp/fourier"

	"github.com/amgen/amgen/backends/simd/internal/pool"
)

// grain is the number of elements that a piece of parallel work aims at.
const grain = 1 << 12

// Complex transforms the middle axis of data, of dimensions [outer, n, inner], in place.
func Complex(p *pool.Pool, data []complex128, outer, n, inner int, inverse bool) {
	if len(data) == 0 {
		return
	}
	type worker struct {
		plan *fourier.CmplxFFT
		line []complex128
	}
	run(p, outer*inner, n, func() worker { return worker{fourier.NewCmplxFFT(n), make([]complex128, n)} },
		func(w worker, i int) {
			start := i/inner*n*inner + i%inner
			for k := range w.line {
				w.line[k] = data[start+k*inner]
			}
			if inverse {
				w.plan.Sequence(w.line, w.line)
			} else {
				w.plan.Coefficients(w.line, w.line)
			}
			for k, v := range w.line {
				if inverse {
					v = complex(real(v)/float64(n), imag(v)/float64(n))
				}
				data[start+k*inner] = v
			}
		})
}

// Real transforms lines of n real numbers into the n/2+1 values that determine the others: X_{n-k} is the conjugate of
// X_k.
func Real(p *pool.Pool, dst []complex128, src []float64, n int) {
	half := n/2 + 1
	run(p, len(src)/n, n, func() *fourier.FFT { return fourier.NewFFT(n) }, func(plan *fourier.FFT, i int) {
		plan.Coefficients(dst[i*half:(i+1)*half], src[i*n:(i+1)*n])
	})
}

// RealInverse undoes Real. It takes the imaginary parts of X_0, and of X_{n/2} where n is even, as 0.
func RealInverse(p *pool.Pool, dst []float64, src []complex128, n int) {
	half := n/2 + 1
	run(p, len(dst)/n, n, func() *fourier.FFT { return fourier.NewFFT(n) }, func(plan *fourier.FFT, i int) {
		line := plan.Sequence(dst[i*n:(i+1)*n], src[i*half:(i+1)*half])
		for k := range line {
			line[k] /= float64(n)
		}
	})
}

// run transforms each of count lines of n elements, with a worker's own plan and memory.
func run[W any](p *pool.Pool, count, n int, newWorker func() W, transform func(w W, i int)) {
	if count == 0 {
		return
	}
	idle := sync.Pool{New: func() any { return newWorker() }}
	per := max(1, grain/n)
	p.Run((count+per-1)/per, func(piece int) {
		w := idle.Get().(W)
		defer idle.Put(w)
		for i := piece * per; i < min(count, (piece+1)*per); i++ {
			transform(w, i)
		}
	})
}
