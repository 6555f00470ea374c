package lenet

import (
	"fmt"
	"slices"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/gomlx/gomlx/pkg/ml/context"
	"github.com/gomlx/gomlx/pkg/ml/context/initializers"

	"github.com/amgen/amgen/internal/autodiff"
	"github.com/amgen/amgen/weights"
)

// Scope holds all variables of the network.
const Scope = "lenet"

// Side is the height and width of the images that the network sees.
const Side = 28

const (
	kernel = 5 // height and width of both convolutions
	maps1  = 16
	maps2  = 32
	side1  = Side / 2                 // after the first pooling
	side2  = (side1 - kernel + 1) / 2 // after the second

	featureDim = 84
	classCount = 10
)

// parameters are the dimensions of all variables by the name of their layer: kernels [height, width, in, out], matrices
// [in, out]. The biases of a layer are as many as it has outputs.
var parameters = []struct {
	layer   string
	weights []int
}{
	{"conv1", []int{kernel, kernel, 1, maps1}},
	{"conv2", []int{kernel, kernel, maps1, maps2}},
	{"dense", []int{side2 * side2 * maps2, featureDim}},
	{"logits", []int{featureDim, classCount}},
}

// imageAxes are those of images [batch, height, width, channels] and kernels [height, width, in, out].
var imageAxes = backends.ConvolveAxesConfig{
	InputBatch: 0, InputSpatial: []int{1, 2}, InputChannels: 3,
	KernelSpatial: []int{0, 1}, KernelInputChannels: 2, KernelOutputChannels: 3,
	OutputBatch: 0, OutputSpatial: []int{1, 2}, OutputChannels: 3,
}

// Model is the network as a graph: pixels uint8 [n, 28, 28, 1], 0 black → features [n, 84] and logits [n, 10], float32.
//
//	x = pixels/255, surrounded by 2 pixels of black
//	x = silu(bias + maxpool₂(conv 5×5, 16))   [n, 14, 14, 16]
//	x = silu(bias + maxpool₂(conv 5×5, 32))   [n, 5, 5, 32], not padded
//	features = silu(dense 84)    logits = dense 10
//
// Nothing is normalised by its batch, so that the features of an image depend on that image alone. Features pass
// through SiLU, which unlike ReLU leaves no coordinate constant at 0 and so no singular covariance.
//
// Its variables are in [Scope] of ctx; new ones start as He et al. (2015) propose. It panics if pixels have another
// shape.
func Model(ctx *context.Context, pixels *graph.Node) (features, logits *graph.Node) {
	if d := pixels.Shape().Dimensions; pixels.DType() != dtypes.Uint8 || len(d) != 4 ||
		!slices.Equal(d[1:], []int{Side, Side, 1}) {
		panic(fmt.Errorf("lenet: images, got %s; give uint8 [n, %d, %d, 1]", pixels.Shape(), Side, Side))
	}
	layers := make([]layer, len(parameters))
	for i, p := range parameters {
		layers[i] = newLayer(ctx.In(Scope).In(p.layer).Checked(false), pixels.Graph(), p.weights)
	}
	x := graph.DivScalar(graph.ConvertDType(pixels, dtypes.Float32), 255)
	x = layers[0].convolve(x, (kernel-1)/2)
	x = layers[1].convolve(x, 0)
	x = graph.Reshape(x, x.Shape().Dimensions[0], -1) // [n, 800]
	features = autodiff.SiLU(layers[2].dense(x))
	return features, layers[3].dense(features)
}

// layer holds the weights and biases of one layer.
type layer struct{ weights, biases *graph.Node }

func newLayer(ctx *context.Context, g *graph.Graph, dims []int) layer {
	out := dims[len(dims)-1]
	return layer{
		weights: ctx.WithInitializer(initializers.HeFn(ctx)).VariableWithShape("weights",
			shapes.Make(dtypes.Float32, dims...)).ValueGraph(g),
		biases: ctx.WithInitializer(initializers.Zero).VariableWithShape("biases",
			shapes.Make(dtypes.Float32, out)).ValueGraph(g),
	}
}

// convolve is a convolution of x [n, h, w, in] padded by pad, max pooling of 2×2, bias and SiLU: pooled first, the
// other two cost a quarter.
func (l layer) convolve(x *graph.Node, pad int) *graph.Node {
	y := graph.ConvGeneral(x, l.weights, imageAxes, []int{1, 1}, [][2]int{{pad, pad}, {pad, pad}}, nil, nil, 1, 1)
	y = graph.MaxPool(y).Window(2).Done()
	return autodiff.SiLU(graph.Add(y, graph.Reshape(l.biases, 1, 1, 1, -1)))
}

// dense is an affine map of x [n, in].
func (l layer) dense(x *graph.Node) *graph.Node {
	y := graph.DotGeneral(x, []int{1}, nil, l.weights, []int{0}, nil)
	return graph.Add(y, graph.Reshape(l.biases, 1, -1))
}

// checkWeights returns an error, which wraps [weights.ErrArchitecture], unless list are the variables of [Model].
func checkWeights(list []weights.Tensor) error {
	got := map[string]weights.Tensor{}
	for _, t := range list {
		got[t.Name] = t
	}
	check := func(name string, dims ...int) error {
		name = "/" + Scope + "/" + name
		t, ok := got[name]
		delete(got, name)
		if !ok {
			return fmt.Errorf("%w: tensor %s, got none; want Float32%v", weights.ErrArchitecture, name, dims)
		}
		if t.DType != dtypes.Float32 || !slices.Equal(t.Shape, dims) {
			return fmt.Errorf("%w: tensor %s; want Float32%v", weights.ErrArchitecture, t, dims)
		}
		return nil
	}
	for _, p := range parameters {
		if err := check(p.layer+"/weights", p.weights...); err != nil {
			return err
		}
		if err := check(p.layer+"/biases", p.weights[len(p.weights)-1]); err != nil {
			return err
		}
	}
	for _, t := range list {
		if _, unknown := got[t.Name]; unknown {
			return fmt.Errorf("%w: tensor %s; want none of that name", weights.ErrArchitecture, t)
		}
	}
	return nil
}
