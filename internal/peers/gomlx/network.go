package main

import (
	"github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/ml/context"
	"github.com/gomlx/gomlx/pkg/ml/layers"
	"github.com/gomlx/gomlx/pkg/ml/layers/activations"
	"github.com/gomlx/gomlx/pkg/ml/layers/batchnorm"
)

// Images and classes are CIFAR-10's.
const (
	side     = 32
	channels = 3
	classes  = 10
)

// network is the convolutional network of GoMLX's example of CIFAR-10, C10ConvolutionModelGraph in
// github.com/gomlx/gomlx/examples/cifar (v0.26.0), with the batch normalisation that its program sets, or without. It
// returns the logits [batch, 10] of images [batch, 32, 32, 3]. The example itself imports libraries for plots and data
// that amgen has no need of.
func network(ctx *context.Context, normalised bool, inputs []*graph.Node) []*graph.Node {
	x := inputs[0]
	batch := x.Shape().Dimensions[0]
	layer := 0
	next := func(name string) *context.Context {
		layer++
		return ctx.Inf("%03d_%s", layer, name)
	}
	rectified := func(x *graph.Node) *graph.Node {
		if x = activations.Relu(x); !normalised {
			return x
		}
		return batchnorm.New(next("norm"), x, -1).Done()
	}
	drop := func(x *graph.Node, rate float64) *graph.Node {
		return layers.DropoutNormalize(next("dropout"), x, graph.Scalar(x.Graph(), x.DType(), rate), true)
	}
	for i, width := range []int{32, 64, 128} {
		for range 2 {
			x = rectified(layers.Convolution(next("conv"), x).Channels(width).KernelSize(3).PadSame().Done())
		}
		x = drop(graph.MaxPool(x).Window(2).Done(), []float64{0.3, 0.5, 0.5}[i]) // [batch, side/2^(i+1), ..., width]
	}
	x = graph.Reshape(x, batch, -1) // [batch, 2048]
	x = drop(rectified(layers.Dense(next("dense"), x, true, 128)), 0.5)
	return []*graph.Node{layers.Dense(next("dense"), x, true, classes)}
}
