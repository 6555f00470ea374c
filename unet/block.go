package unet

import (
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
)

// residual is a residual block: x [n, h, w, in], e [n, 4·base] (the embedded time after SiLU) → [n, h, w, out].
//
//	y = skip(x) + conv₂(dropout(silu(norm₂(conv₁(silu(norm₁(x))) + dense(e)))))
//
// where skip is the identity, or a 1×1 convolution when the channels change. conv₂ starts at zero, so the block
// starts as skip.
func (b builder) residual(x joined, e *Node, out int) *Node {
	in, size := x.channels(), x[0].Shape().Dimensions[1]
	first, second := b.in("conv_0"), b.in("conv_1")

	h := first.convUnbiased(first.normSiLU(x), convolution{in: in, out: out, size: size, stride: 1})
	// The bias joins the projected time first: one operand to add, and one sum over pixels backwards.
	bias := Add(b.in("time").dense(e, out, false), Reshape(first.biases(e, out), 1, out)) // [n, out]
	h = Add(h, perChannel(bias))
	inner := second.normSiLU(joined{h}).each(b.drop)
	h = second.conv(inner, convolution{in: out, out: out, size: size, stride: 1, zero: true})
	if in != out {
		return Add(b.in("skip").pointwise(x, out), h)
	}
	return Add(x.tensor(), h)
}

// drop zeroes each activation with probability b.dropout while training and scales the others to keep the mean. The
// mask comes from the random state of the context and is constant to gradients, so the value, ∂ₜs and ∇ₓs of one
// evaluation share it.
func (b builder) drop(x *Node) *Node {
	if b.dropout == 0 || !b.vars.IsTraining(x.Graph()) {
		return x
	}
	dtype := x.DType()
	if dtype == dtypes.BFloat16 { // too coarse to tell a probability
		dtype = dtypes.Float32
	}
	coin := b.vars.RandomUniform(x.Graph(), shapes.Make(dtype, x.Shape().Dimensions...))
	keep := LessThan(coin, Scalar(x.Graph(), dtype, 1-b.dropout))
	return Where(keep, MulScalar(x, 1/(1-b.dropout)), ScalarZero(x.Graph(), x.DType()))
}
