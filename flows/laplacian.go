package flows

import (
	"math/rand/v2"

	. "github.com/gomlx/gomlx/pkg/core/graph"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
)

// Laplacian builds Δₓs for each example, [batch], from x, [batch, ...], and grad = ∇ₓs, of its shape.
type Laplacian func(grad, x *Node) *Node

// ExactLaplacian is the sum of ∂²s/∂xᵢ², one reverse pass a dimension: for points, not for images.
func ExactLaplacian(grad, x *Node) *Node {
	batch := batchSize(x)
	flat := Reshape(grad, batch, -1)
	dims := flat.Shape().Dimensions[1]
	var trace *Node
	for i := range dims {
		row := Gradient(ReduceAllSum(Slice(flat, AxisRange(), AxisElem(i))), x)[0] // ∂ᵢ∇s, [batch, ...]
		entry := Reshape(Slice(Reshape(row, batch, dims), AxisRange(), AxisElem(i)), batch)
		if trace == nil {
			trace = entry
		} else {
			trace = Add(trace, entry)
		}
	}
	return trace
}

// Probe is the distribution of the probes v of Hutchinson's estimator E[v·Hv] = tr H: E[v vᵀ] = I.
type Probe int

// Probes.
const (
	Rademacher Probe = iota // ±1, of least variance among independent entries
	Gaussian                // N(0, 1)
)

// String is the name in the registry.
func (p Probe) String() string {
	if p == Gaussian {
		return "gaussian"
	}
	return "rademacher"
}

// draw draws a probe of the shape of x.
func (p Probe) draw(vars *mlcontext.Context, x *Node) *Node {
	if p == Gaussian {
		return vars.RandomNormal(x.Graph(), x.Shape())
	}
	half := Scalar(x.Graph(), x.DType(), 0.5)
	one := OnesLike(x)
	return Where(LessThan(vars.RandomUniform(x.Graph(), x.Shape()), half), Neg(one), one)
}

// fill draws a probe on the host.
func (p Probe) fill(rng *rand.Rand, v []float64) {
	for i := range v {
		if p == Gaussian {
			v[i] = rng.NormFloat64()
		} else {
			v[i] = float64(rng.Uint64()&1)*2 - 1
		}
	}
}

// HutchinsonLaplacian is v·∇ₓ(v·∇ₓs) averaged over so many probes v, drawn from the random numbers of vars: unbiased,
// one reverse pass a probe. Hutchinson 1990.
func HutchinsonLaplacian(vars *mlcontext.Context, probe Probe, probes int) Laplacian {
	return func(grad, x *Node) *Node {
		var sum *Node
		for range probes {
			v := StopGradient(probe.draw(vars, x))
			product := Gradient(ReduceAllSum(Mul(grad, v)), x)[0] // ∇²s v
			estimate := sumExample(Mul(product, v))
			if sum == nil {
				sum = estimate
			} else {
				sum = Add(sum, estimate)
			}
		}
		return DivScalar(sum, float64(probes))
	}
}

// exactDims is the most dimensions for which an exact Laplacian is taken without being asked for.
const exactDims = 12

// laplacianFor is the Laplacian that suits examples like x.
func laplacianFor(vars *mlcontext.Context, x *Node) Laplacian {
	if x.Shape().Size()/batchSize(x) <= exactDims {
		return ExactLaplacian
	}
	return HutchinsonLaplacian(vars, Rademacher, 1)
}
