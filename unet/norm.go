package unet

import (
	"github.com/amgen/amgen/internal/autodiff"
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
func (b builder) groupNorm(x joined) joined {
	return b.standardised(x).each(b.narrowed)
}

// standardised is groupNorm in the wide type.
func (b builder) standardised(x joined) joined {
	b = b.in("norm")
	x = x.each(b.widened)
	c := x.channels()
	scale := b.variable(x[0], "scale", initializers.One, c)
	offset := b.variable(x[0], "offset", initializers.Zero, c)

	mean := b.groupMean(x)            // m [n, c]
	constant := StopGradient(mean)    // k
	drift := Sub(mean, constant)      // m − k = 0
	constants := x.split(constant, 1) // [n, c of each tensor]
	centred := make(joined, len(x))   // x − k
	for i := range x {
		centred[i] = Sub(x[i], perChannel(constants[i]))
	}
	variance := Sub(b.groupMean(centred.each(Square)), Square(drift)) // [n, c]
	a := Mul(Rsqrt(AddScalar(variance, normEpsilon)), Reshape(scale, 1, c))
	shift := Sub(Reshape(offset, 1, c), Mul(drift, a))
	scales, shifts := x.split(a, 1), x.split(shift, 1)
	y := make(joined, len(x))
	for i := range x {
		y[i] = Add(Mul(centred[i], perChannel(scales[i])), perChannel(shifts[i]))
	}
	return y
}

// normSiLU is groupNorm followed by SiLU.
func (b builder) normSiLU(x joined) joined {
	return b.standardised(x).each(autodiff.SiLU).each(b.narrowed)
}

// groupMean averages x [n, h, w, c] over the pixels and the channels of each group, and returns for each channel the
// mean of its group: [n, c].
func (b builder) groupMean(x joined) *Node {
	d := x[0].Shape().Dimensions
	n, pixels, c := d[0], d[1]*d[2], x.channels()
	g := b.convention.groups(c)
	perChannel := x.each(func(x *Node) *Node { return ReduceSum(x, 1, 2) }) // [n, c of each tensor]
	sums := ReduceSum(Reshape(Concatenate(perChannel, 1), n, g, c/g), 2)    // [n, g]
	means := MulScalar(sums, 1/float64(pixels*(c/g)))
	return Reshape(ExpandAndBroadcast(means, []int{n, g, c / g}, []int{2}), n, c)
}
