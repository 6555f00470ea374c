package simd

import (
	"slices"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/pkg/errors"

	"github.com/amgen/amgen/backends/simd/internal/graph"
)

// Complex implements backends.Builder, for parts of float32 or of float64. One of them may be a scalar.
func (b *Builder) Complex(re, im backends.Op) (backends.Op, error) {
	in, err := b.checkOps("Complex", re, im)
	if err != nil {
		return nil, err
	}
	x, y := in[0].Shape, in[1].Shape
	dtype := dtypes.Complex64
	if x.DType == dtypes.Float64 {
		dtype = dtypes.Complex128
	}
	if x.DType != y.DType || dtype.RealDType() != x.DType {
		return nil, errors.Errorf("simd: Complex, got parts of shapes %s and %s; use Float32 for both, or Float64",
			x, y)
	}
	shape := x.Clone()
	if x.IsScalar() {
		shape = y.Clone()
	} else if !y.IsScalar() && !slices.Equal(x.Dimensions, y.Dimensions) {
		return nil, errors.Errorf("simd: Complex, got parts of shapes %s and %s; use one shape, or a scalar", x, y)
	}
	shape.DType = dtype
	return b.newElementwise(backends.OpTypeComplex, shape, in...)
}

// Real implements backends.Builder.
func (b *Builder) Real(x backends.Op) (backends.Op, error) { return b.unary(backends.OpTypeReal, x) }

// Imag implements backends.Builder.
func (b *Builder) Imag(x backends.Op) (backends.Op, error) { return b.unary(backends.OpTypeImag, x) }

// Conj implements backends.Builder.
func (b *Builder) Conj(x backends.Op) (backends.Op, error) { return b.unary(backends.OpTypeConj, x) }

// FFT implements backends.Builder. It transforms the last len(lengths) axes, each of the length given; where the
// result or the operand is real, the complex side has n/2+1 elements on the last axis. The inverses divide by the
// number of elements.
func (b *Builder) FFT(x backends.Op, fftType backends.FFTType, lengths []int) (backends.Op, error) {
	in, err := b.checkOps("FFT", x)
	if err != nil {
		return nil, err
	}
	shape := in[0].Shape.Clone()
	failf := func(format string, args ...any) (backends.Op, error) {
		return nil, errors.Errorf("simd: FFT %s of %s, got "+format, append([]any{fftType, shape}, args...)...)
	}
	first := shape.Rank() - len(lengths)
	if first < 0 || len(lengths) == 0 || slices.Min(lengths) < 1 {
		return failf("lengths %v; give from one to %d of them, at least 1 each", lengths, shape.Rank())
	}
	half := lengths[len(lengths)-1]/2 + 1
	want := slices.Clone(lengths)
	dtype, lastOut := shape.DType, lengths[len(lengths)-1]
	switch fftType {
	case backends.FFTForward, backends.FFTInverse:
		if !dtype.IsComplex() {
			return failf("dtype %s; use Complex64 or Complex128", dtype)
		}
	case backends.FFTForwardReal:
		lastOut = half
		switch dtype {
		case dtypes.Float32:
			dtype = dtypes.Complex64
		case dtypes.Float64:
			dtype = dtypes.Complex128
		default:
			return failf("dtype %s; use Float32 or Float64", dtype)
		}
	case backends.FFTInverseReal:
		want[len(want)-1] = half
		if !dtype.IsComplex() {
			return failf("dtype %s; use Complex64 or Complex128", dtype)
		}
		dtype = dtype.RealDType()
	default:
		return failf("an unknown type; use one that package backends names")
	}
	if !slices.Equal(shape.Dimensions[first:], want) {
		return failf("lengths %v, which need dimensions %v at the end; pad or slice the operand", lengths, want)
	}
	out := shape.Clone()
	out.DType, out.Dimensions[out.Rank()-1] = dtype, lastOut
	if err := checkFits("FFT", out); err != nil {
		return nil, err
	}
	return b.newNode(backends.OpTypeFFT, out, graph.FFTAttrs{Type: fftType, Lengths: slices.Clone(lengths)}, in...), nil
}
