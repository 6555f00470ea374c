package flows

import (
	"math"

	"github.com/amgen/amgen/flows/internal/host"
	"github.com/amgen/amgen/flows/solve"
	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	"github.com/pkg/errors"
)

// TensorSpace is the space of batches of float32 or float64 tensors, [batch, ...], whose arithmetic stays on the
// backend's device: only norms come back. Each operation is compiled once for each shape and number of terms.
//
// It is safe for concurrent use.
type TensorSpace struct {
	advance, norm, finite *Exec
}

// Circular is implemented by a [Path] whose state space may be a torus: each coordinate goes round a circle.
type Circular interface {
	// Period is the circumference: moving on wraps a coordinate into [−Period/2, Period/2). 0 is a flat space.
	Period() float64
}

// periodOf is the circumference of the circles that the path's states live on, 0 for a flat space.
func periodOf(path Path) float64 {
	if c, ok := path.(Circular); ok {
		return c.Period()
	}
	return 0
}

var (
	_ solve.Space[*tensors.Tensor]    = (*TensorSpace)(nil)
	_ solve.Releaser[*tensors.Tensor] = (*TensorSpace)(nil)
)

// NewTensorSpace returns the flat space of tensors on the backend. Its errors are the backend's.
func NewTensorSpace(backend backends.Backend) (*TensorSpace, error) {
	return newTensorSpace(backend, advanceGraph)
}

// NewCircularSpace returns the torus of tensors on the backend, of circles of the given circumference: points are in
// [−period/2, period/2), tangents are not bound. A period that is not positive and finite is an error.
func NewCircularSpace(backend backends.Backend, period float64) (*TensorSpace, error) {
	if !(period > 0) || math.IsInf(period, 0) {
		return nil, errors.Errorf("flows: circles of circumference %g; give a positive one", period)
	}
	return newTensorSpace(backend, func(inputs []*Node) *Node { return wrap(advanceGraph(inputs), period) })
}

func newTensorSpace(backend backends.Backend, advance func([]*Node) *Node) (*TensorSpace, error) {
	s := &TensorSpace{}
	for _, op := range []struct {
		exec **Exec
		name string
		fn   func([]*Node) *Node
	}{{&s.advance, "advance", advance}, {&s.norm, "norm", normGraph}, {&s.finite, "finite", finiteGraph}} {
		exec, err := NewExec(backend, op.fn)
		if err != nil {
			return nil, err
		}
		*op.exec = exec.WithName("flows." + op.name).SetMaxCache(-1)
	}
	return s, nil
}

// Finalize frees the compiled graphs. The space is of no use afterwards.
func (s *TensorSpace) Finalize() {
	for _, exec := range []*Exec{s.advance, s.norm, s.finite} {
		exec.Finalize()
	}
}

// Advance implements [solve.Space].
func (s *TensorSpace) Advance(x *tensors.Tensor, coeffs []float64, ks []*tensors.Tensor) (*tensors.Tensor, error) {
	if len(ks) == 0 {
		coeffs = []float64{0} // a vector has at least one element
	}
	return run(s.advance, x.DType(), coeffs, append([]*tensors.Tensor{x}, ks...))
}

// advanceGraph takes the coefficients, x and the tangents k.
func advanceGraph(inputs []*Node) *Node {
	if len(inputs) == 2 {
		return Identity(inputs[1])
	}
	return Add(inputs[1], combine(inputs[0], inputs[2:]))
}

// wrap is x mod period, in [−period/2, period/2).
func wrap(x *Node, period float64) *Node {
	turns := Floor(AddScalar(DivScalar(x, period), 0.5))
	end := Scalar(x.Graph(), x.DType(), period/2)
	x = Max(Sub(x, MulScalar(turns, period)), Neg(end))                      // rounding may leave it just outside,
	return Where(LessThan(x, end), x, BroadcastToShape(Neg(end), x.Shape())) // on either side
}

// Norm implements [solve.Space]: the largest norm over the examples of the batch.
func (s *TensorSpace) Norm(coeffs []float64, ks []*tensors.Tensor, x, y *tensors.Tensor,
	atol, rtol float64) (float64, error) {
	numbers := append([]float64{atol, rtol}, coeffs...)
	norm, err := run(s.norm, x.DType(), numbers, append([]*tensors.Tensor{x, y}, ks...))
	if err != nil {
		return 0, err
	}
	defer s.Release(norm)
	return scalar(norm), nil
}

// normGraph takes atol, rtol and the coefficients as one vector, x, y and the tangents k.
func normGraph(inputs []*Node) *Node {
	numbers, x, y, ks := inputs[0], inputs[1], inputs[2], inputs[3:]
	e := combine(Slice(numbers, AxisRange(2)), ks)
	scale := Add(element(numbers, 0), Mul(element(numbers, 1), Max(Abs(x), Abs(y))))
	squares := sumExample(Square(Div(e, scale))) // [batch]
	size := x.Shape().Size() / batchSize(x)
	worst := Sqrt(DivScalar(ReduceAllMax(squares), size))
	total := ReduceAllSum(squares) // a maximum may lose a NaN, a sum does not
	return Where(IsFinite(total), worst, total)
}

// Finite implements [solve.Space].
func (s *TensorSpace) Finite(x *tensors.Tensor) (bool, error) {
	out, err := s.finite.Exec([]*tensors.Tensor{x})
	if err != nil {
		return false, err
	}
	defer s.Release(out[0])
	return tensors.ToScalar[bool](out[0]), nil
}

func finiteGraph(inputs []*Node) *Node { return LogicalAll(IsFinite(inputs[0])) }

// Release implements [solve.Releaser].
func (s *TensorSpace) Release(x *tensors.Tensor) {
	if x != nil {
		x.MustFinalizeAll()
	}
}

// combine is Σᵢ coeffs[i]·ks[i].
func combine(coeffs *Node, ks []*Node) *Node {
	var sum *Node
	for i, k := range ks {
		term := Mul(element(coeffs, i), k)
		if sum == nil {
			sum = term
		} else {
			sum = Add(sum, term)
		}
	}
	return sum
}

// element is v[i] as a scalar.
func element(v *Node, i int) *Node { return Reshape(Slice(v, AxisElem(i))) }

// run executes a graph of numbers, fed as one vector of the tensors' type, and tensors.
func run(exec *Exec, dtype dtypes.DType, numbers []float64, args []*tensors.Tensor) (*tensors.Tensor, error) {
	vector, err := host.Vector(dtype, numbers)
	if err != nil {
		return nil, err
	}
	defer vector.MustFinalizeAll()
	out, err := exec.Exec(append([]*tensors.Tensor{vector}, args...))
	if err != nil {
		return nil, err
	}
	return out[0], nil
}
