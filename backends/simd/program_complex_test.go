package simd_test

import (
	"math"

	"github.com/gomlx/gomlx/backends"
	. "github.com/gomlx/gomlx/pkg/core/graph"
)

// This file holds the ops on complex numbers. They begin and end with real values, so that they mix with all others.

func init() {
	addKind(3, (*draft).complexArithmetic, backends.OpTypeComplex, backends.OpTypeReal, backends.OpTypeImag,
		backends.OpTypeConj)
	addKind(2, (*draft).spectrum, backends.OpTypeComplex, backends.OpTypeFFT, backends.OpTypeReal, backends.OpTypeImag)
}

// part is the real or the imaginary part of z, brought back to order one.
func (d *draft) part(z *Node) bool {
	if d.rng.IntN(2) == 0 {
		return d.add(calm(Real(z)), false)
	}
	return d.add(calm(Imag(z)), false)
}

// complexArithmetic computes with x + iy and its conjugate.
func (d *draft) complexArithmetic() bool {
	x := d.pick()
	y := d.pickLike(x, false)
	z := Complex(x.Node, y.Node)
	switch d.rng.IntN(5) {
	case 0:
		z = Mul(z, z)
	case 1:
		z = Add(Mul(z, Conj(z)), z)
	case 2:
		z = Sub(Mul(z, Complex(y.Node, x.Node)), z)
	case 3:
		z = Neg(Div(z, Complex(AddScalar(Square(x.Node), 1), y.Node)))
	case 4:
		if x.Rank() == 0 {
			return false
		}
		z = MulScalar(ReduceAndKeep(z, ReduceSum, -1), 1/float64(x.Shape().Dim(-1)))
	}
	return d.part(z)
}

// spectrum is a Fourier transform of the last axis, forth or back, or forth, filtered and back.
func (d *draft) spectrum() bool {
	x := d.pick()
	if x.Rank() == 0 || x.Shape().Dim(-1) < 2 {
		return false
	}
	y := d.pickLike(x, false)
	z, n := Complex(x.Node, y.Node), float64(x.Shape().Dim(-1))
	switch d.rng.IntN(4) {
	case 0:
		z = MulScalar(FFT(z), 1/math.Sqrt(n))
	case 1:
		z = MulScalar(InverseFFT(z), math.Sqrt(n))
	case 2:
		spectrum := FFT(z)
		z = InverseFFT(Mul(spectrum, Complex(Tanh(x.Node), Tanh(y.Node))))
	case 3:
		return d.add(calm(InverseRealFFT(MulScalar(RealFFT(x.Node), 0.5))), false)
	}
	return d.part(z)
}
