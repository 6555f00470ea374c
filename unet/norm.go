package unet

import (
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/ml/context/initializers"
)

// normEpsilon is added to variances, as in DDPM.
const normEpsilon = 1e-6

// groupNorm standardises each group of channels of each example over its pixels, then scales and shifts each channel
// (Wu and He 2018, arXiv:1803.08494): x [n, h, w, c] → the same shape.
//
// Only two kinds of tensor occur: images, and per-channel figures [n, c] of next to no cost. The images are read
// twice, for their mean and for their variance about it (in one pass E[x²] − E[x]² would lose digits).
//
// Let m be the mean and k the same number as a constant, so that m − k is zero but its derivative is not. The variance
// E[(x − m)²] is E[(x − k)²] − (m − k)² for every k, and x − m is (x − k) − (m − k). So written, the derivatives of
// every order are exact, and that of the mean acts on [n, c] only; written with x − m, each backward pass would sum
// over all pixels to find that E[x − m] is zero.
func (b builder) groupNorm(x *Node) *Node {
	b = b.in("norm")
	c := x.Shape().Dimensions[3]
	scale := b.variable(x, "scale", initializers.One, c)
	offset := b.variable(x, "offset", initializers.Zero, c)

	mean := groupMean(x)                                       // m [n, c]
	constant := StopGradient(mean)                             // k
	centred := Sub(x, perChannel(constant))                    // x − k [n, h, w, c]
	drift := Sub(mean, constant)                               // m − k = 0
	variance := Sub(groupMean(Square(centred)), Square(drift)) // [n, c]
	a := Mul(Rsqrt(AddScalar(variance, normEpsilon)), Reshape(scale, 1, c))
	shift := Sub(Reshape(offset, 1, c), Mul(drift, a))
	return Add(Mul(centred, perChannel(a)), perChannel(shift))
}

// groupMean averages x [n, h, w, c] over the pixels and the channels of each group, and returns for each channel the
// mean of its group: [n, c].
func groupMean(x *Node) *Node {
	n, c := x.Shape().Dimensions[0], x.Shape().Dimensions[3]
	g := groups(c)
	pixels := x.Shape().Dimensions[1] * x.Shape().Dimensions[2]
	sums := ReduceSum(Reshape(ReduceSum(x, 1, 2), n, g, c/g), 2) // [n, g]
	means := MulScalar(sums, 1/float64(pixels*(c/g)))
	return Reshape(ExpandAndBroadcast(means, []int{n, g, c / g}, []int{2}), n, c)
}
