package imaging

import (
	"fmt"
	"math/rand/v2"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/graph" // not dot-imported: it has a Split of its own
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	"github.com/gomlx/gomlx/pkg/ml/context"

	"github.com/amgen/amgen/internal/pixels"
)

// PrepareOptions say how a batch of integers becomes what a model is trained on.
type PrepareOptions struct {
	// Flip mirrors each image left to right with probability ½. Right for photographs, wrong for
	// digits.
	Flip bool
	// Change, if set, changes the images after that, float32 of 0 to 255 that needn't be whole.
	Change func(ctx *context.Context, x *graph.Node) *graph.Node
	// Centre puts every value at the middle of its interval, u = ½, instead of drawing u: a
	// deterministic map for evaluation.
	Centre bool
}

// noiseLevels is the resolution of the dequantisation noise: u is a multiple of 1/noiseLevels. With
// 16 bits of noise under 8 bits of image, k + u and x have 24 significant bits and are exact in
// float32, so that no rounding can carry a value over into the next interval and Quantize gives back
// exactly k. It makes the mean of u ½ − 2⁻¹⁷ and its variance 1/12 to the same precision.
const noiseLevels = 1 << 16

// Prepare returns the graph function that dequantises a batch uniformly:
//
//	x = (k + u)/128 − 1,  u ~ U[0, 1)
//
// Its argument is a uint8 node [batch, height, width, channels], its result float32 of the same
// dimensions in [−1, 1). The likelihood in bits per dimension of such an x is comparable to that of
// the discrete k (Theis et al., A note on the evaluation of generative models, 2016). All randomness
// comes from the context's generator, whose state is part of a checkpoint. It panics, as graph
// functions do, when the argument has another type or rank.
func Prepare(opts PrepareOptions) func(ctx *context.Context, k *graph.Node) *graph.Node {
	return func(ctx *context.Context, k *graph.Node) *graph.Node {
		if k.DType() != dtypes.Uint8 || k.Rank() != 4 {
			panic(fmt.Errorf("imaging: images to prepare, got %s; give uint8 [batch, height, width, channels]",
				k.Shape()))
		}
		g := k.Graph()
		x := graph.ConvertDType(k, dtypes.Float32) // [batch, height, width, channels]
		if opts.Flip {
			batch := k.Shape().Dimensions[0]
			coin := ctx.RandomUniform(g, shapes.Make(dtypes.Float32, batch, 1, 1, 1))
			mirror := graph.BroadcastToDims(graph.LessThan(coin, graph.Scalar(g, dtypes.Float32, 0.5)),
				k.Shape().Dimensions...)
			x = graph.Where(mirror, graph.Reverse(x, 2), x)
		}
		if opts.Change != nil {
			x = opts.Change(ctx, x)
		}
		u := graph.Scalar(g, dtypes.Float32, 0.5)
		if !opts.Centre {
			u = ctx.RandomUniform(g, x.Shape()) // [batch, height, width, channels]
			u = graph.MulScalar(graph.Floor(graph.MulScalar(u, noiseLevels)), 1.0/noiseLevels)
		}
		return graph.AddScalar(graph.MulScalar(graph.Add(x, u), 1.0/128), -1)
	}
}

// Dequantize is the same on the host, with u from rng: x = (k + u)/128 − 1. dst and k must have one length.
func Dequantize(dst []float32, k []uint8, rng *rand.Rand) {
	if len(dst) != len(k) {
		panic(fmt.Sprintf("imaging: values to dequantise, got %d into %d; give slices of one length", len(k), len(dst)))
	}
	for i, v := range k {
		u := float32(rng.Uint32N(noiseLevels)) / noiseLevels
		dst[i] = (float32(v)+u)/128 - 1
	}
}

// Quantize is the inverse of dequantisation: k = ⌊(x + 1)·128⌋, clamped to 0…255. Values outside
// [−1, 1) go to the nearer end, NaN to 0. dst and x must have one length.
func Quantize(dst []uint8, x []float32) {
	if len(dst) != len(x) {
		panic(fmt.Sprintf("imaging: values to quantise, got %d into %d; give slices of one length", len(x), len(dst)))
	}
	pixels.Quantize(dst, x)
}

// QuantizeTensor quantises samples, float32 [batch, height, width, channels], to NHWC bytes. Another type is an
// error.
func QuantizeTensor(x *tensors.Tensor) ([]uint8, error) {
	if x.DType() != dtypes.Float32 {
		return nil, fmt.Errorf("imaging: samples to quantise, got %s; give float32", x.Shape())
	}
	out := make([]uint8, x.Size())
	if err := tensors.ConstFlatData(x, func(flat []float32) { Quantize(out, flat) }); err != nil {
		return nil, fmt.Errorf("imaging: samples to quantise, got %w; give a tensor that is still valid", err)
	}
	return out, nil
}
