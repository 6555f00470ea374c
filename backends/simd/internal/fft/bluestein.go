package fft

import (
	"math"
	"math/bits"
	"math/cmplx"

	"gonum.org/v1/gonum/dsp/fourier"
)

// largestFactor is the prime up to which a factor of the length is left to the mixed-radix algorithm, which takes as
// many operations for each number as the sum of the factors.
const largestFactor = 64

// chirp transforms lines whose length has a large prime factor by Bluestein's algorithm. With c_k = exp(-πi k²/n),
//
//	X_k = c_k Σ_j (x_j c_j) conj(c_{k-j}),
//
// a convolution, which transforms of a power of two compute.
type chirp struct {
	plan    *fourier.CmplxFFT
	c       []complex128
	kernel  []complex128 // the transform of conj(c), divided by its length
	scratch []complex128
}

func newChirp(n int) *chirp {
	m := 1 << bits.Len(uint(2*n-2)) // at least 2n-1
	b := &chirp{fourier.NewCmplxFFT(m), make([]complex128, n), make([]complex128, m), make([]complex128, m)}
	square := 0 // k² modulo 2n, which keeps the angles exact
	for k := range b.c {
		b.c[k] = cmplx.Rect(1, -math.Pi*float64(square)/float64(n))
		square = (square + 2*k + 1) % (2 * n)
		conj := cmplx.Conj(b.c[k]) / complex(float64(m), 0)
		b.kernel[k], b.kernel[(m-k)%m] = conj, conj
	}
	b.plan.Coefficients(b.kernel, b.kernel)
	return b
}

// transform transforms the line in place.
func (b *chirp) transform(line []complex128) {
	clear(b.scratch)
	for k, v := range line {
		b.scratch[k] = v * b.c[k]
	}
	b.plan.Coefficients(b.scratch, b.scratch)
	for k, v := range b.kernel {
		b.scratch[k] *= v
	}
	b.plan.Sequence(b.scratch, b.scratch)
	for k := range line {
		line[k] = b.scratch[k] * b.c[k]
	}
}

// hasLargeFactor reports whether a prime factor of n is above largestFactor.
func hasLargeFactor(n int) bool {
	for p := 2; p <= largestFactor; p++ {
		for n%p == 0 {
			n /= p
		}
	}
	return n > 1
}
