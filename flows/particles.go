package flows

import (
	"math"

	"github.com/amgen/amgen/flows/internal/host"
	"github.com/amgen/amgen/flows/solve"
	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/tensors"
)

// particles are points with, beside each, a number that grows along the way, such as a logarithm of a weight or a
// density: x is [batch, ...], number [batch, 1] or nil where there is none. In a tangent a nil number is zero.
type particles struct {
	x, number *tensors.Tensor
}

// particleSpace is the space of particles: their numbers have a flat one of their own.
type particleSpace struct {
	points, numbers *TensorSpace
}

var (
	_ solve.Space[particles]    = particleSpace{}
	_ solve.Releaser[particles] = particleSpace{}
)

// newParticleSpace returns the space that suits the path.
func newParticleSpace(backend backends.Backend, path Path) (s particleSpace, err error) {
	if s.numbers, err = NewTensorSpace(backend); err != nil {
		return s, err
	}
	s.points = s.numbers
	if period := periodOf(path); period != 0 {
		s.points, err = NewCircularSpace(backend, period)
	}
	return s, err
}

// Finalize frees what was compiled.
func (s particleSpace) Finalize() {
	s.points.Finalize()
	if s.numbers != s.points {
		s.numbers.Finalize()
	}
}

// split gathers the tangents of the points and, with their coefficients, of the numbers that have one.
func split(coeffs []float64, ks []particles) (points []*tensors.Tensor, numberCoeffs []float64,
	numbers []*tensors.Tensor) {
	for i, k := range ks {
		points = append(points, k.x)
		if k.number != nil {
			numberCoeffs, numbers = append(numberCoeffs, coeffs[i]), append(numbers, k.number)
		}
	}
	return points, numberCoeffs, numbers
}

// Advance implements [solve.Space].
func (s particleSpace) Advance(p particles, coeffs []float64, ks []particles) (particles, error) {
	points, numberCoeffs, numbers := split(coeffs, ks)
	x, err := s.points.Advance(p.x, coeffs, points)
	if err != nil || p.number == nil {
		return particles{x: x}, err
	}
	number, err := s.numbers.Advance(p.number, numberCoeffs, numbers)
	if err != nil {
		s.points.Release(x)
		return particles{}, err
	}
	return particles{x, number}, nil
}

// Norm implements [solve.Space]: the larger norm of points and numbers.
func (s particleSpace) Norm(coeffs []float64, ks []particles, p, q particles, atol, rtol float64) (float64, error) {
	points, numberCoeffs, numbers := split(coeffs, ks)
	norm, err := s.points.Norm(coeffs, points, p.x, q.x, atol, rtol)
	if err != nil || len(numbers) == 0 {
		return norm, err
	}
	other, err := s.numbers.Norm(numberCoeffs, numbers, p.number, q.number, atol, rtol)
	return math.Max(norm, other), err // NaN where either is
}

// Finite implements [solve.Space].
func (s particleSpace) Finite(p particles) (bool, error) {
	finite, err := s.points.Finite(p.x)
	if err != nil || !finite || p.number == nil {
		return finite, err
	}
	return s.numbers.Finite(p.number)
}

// Release implements [solve.Releaser].
func (s particleSpace) Release(p particles) {
	s.points.Release(p.x)
	s.numbers.Release(p.number)
}

// zeroNumbers is a zero for each example of x, [batch, 1].
func zeroNumbers(x *tensors.Tensor) (*tensors.Tensor, error) {
	batch := x.Shape().Dimensions[0]
	return host.Tensor(x.DType(), make([]float64, batch), batch, 1)
}
