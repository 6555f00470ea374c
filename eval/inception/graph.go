package inception

import (
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/ml/context"

	"github.com/amgen/amgen/eval/internal/pretrained"
)

// builder builds the graph with the variables of a context.
type builder struct {
	ctx     *context.Context
	layers  map[string]layer
	lastMax bool // Mixed_7c pools its input by the maximum
}

func newBuilder(ctx *context.Context, lastMax bool) *builder {
	b := &builder{ctx: ctx, layers: map[string]layer{}, lastMax: lastMax}
	for _, l := range layers() {
		b.layers[l.name] = l
	}
	return b
}

// features is x [batch, 299, 299, 3] → pool [batch, 2048].
func (b *builder) features(x *Node) *Node {
	x = b.chain(x, "Conv2d_1a_3x3", "Conv2d_2a_3x3", "Conv2d_2b_3x3") // [batch, 147, 147, 64]
	x = halved(x)                                                     // [batch, 73, 73, 64]
	x = b.chain(x, "Conv2d_3b_1x1", "Conv2d_4a_3x3")                  // [batch, 71, 71, 192]
	x = halved(x)                                                     // [batch, 35, 35, 192]
	for _, name := range []string{"Mixed_5b", "Mixed_5c", "Mixed_5d"} {
		x = b.blockA(x, name)
	} // [batch, 35, 35, 288]
	x = Concatenate([]*Node{ // [batch, 17, 17, 768]
		b.chain(x, "Mixed_6a.branch3x3"),
		b.chain(x, "Mixed_6a.branch3x3dbl_1", "Mixed_6a.branch3x3dbl_2", "Mixed_6a.branch3x3dbl_3"),
		halved(x)}, -1)
	for _, name := range []string{"Mixed_6b", "Mixed_6c", "Mixed_6d", "Mixed_6e"} {
		x = b.blockC(x, name)
	}
	x = Concatenate([]*Node{ // [batch, 8, 8, 1280]
		b.chain(x, "Mixed_7a.branch3x3_1", "Mixed_7a.branch3x3_2"),
		b.chain(x, "Mixed_7a.branch7x7x3_1", "Mixed_7a.branch7x7x3_2", "Mixed_7a.branch7x7x3_3",
			"Mixed_7a.branch7x7x3_4"),
		halved(x)}, -1)
	x = b.blockE(x, "Mixed_7b", b.averaged)
	last := b.averaged
	if b.lastMax {
		last = b.maximum
	}
	x = b.blockE(x, "Mixed_7c", last) // [batch, 8, 8, 2048]
	return ReduceMean(x, 1, 2)
}

func (b *builder) blockA(x *Node, name string) *Node {
	return Concatenate([]*Node{
		b.chain(x, name+".branch1x1"),
		b.chain(x, name+".branch5x5_1", name+".branch5x5_2"),
		b.chain(x, name+".branch3x3dbl_1", name+".branch3x3dbl_2", name+".branch3x3dbl_3"),
		b.averaged(x, name+".branch_pool")}, -1)
}

func (b *builder) blockC(x *Node, name string) *Node {
	return Concatenate([]*Node{
		b.chain(x, name+".branch1x1"),
		b.chain(x, name+".branch7x7_1", name+".branch7x7_2", name+".branch7x7_3"),
		b.chain(x, name+".branch7x7dbl_1", name+".branch7x7dbl_2", name+".branch7x7dbl_3", name+".branch7x7dbl_4",
			name+".branch7x7dbl_5"),
		b.averaged(x, name+".branch_pool")}, -1)
}

func (b *builder) blockE(x *Node, name string, pooled func(x *Node, name string) *Node) *Node {
	fork := b.chain(x, name+".branch3x3_1")
	double := b.chain(x, name+".branch3x3dbl_1", name+".branch3x3dbl_2")
	return Concatenate([]*Node{
		b.chain(x, name+".branch1x1"),
		b.chain(fork, name+".branch3x3_2a"),
		b.chain(fork, name+".branch3x3_2b"),
		b.chain(double, name+".branch3x3dbl_3a"),
		b.chain(double, name+".branch3x3dbl_3b"),
		pooled(x, name+".branch_pool")}, -1)
}

// chain applies layers one after the other.
func (b *builder) chain(x *Node, names ...string) *Node {
	for _, name := range names {
		x = b.activate(b.convolve(x, name), name)
	}
	return x
}

// averaged is a 3×3 average, over the pixels inside the image, and a layer of 1×1. The two commute until the bias, and
// the layer has the fewer channels to average behind it.
func (b *builder) averaged(x *Node, name string) *Node {
	return b.activate(MeanPool(b.convolve(x, name)).Window(3).Strides(1).PadSame().Done(), name)
}

// maximum is a 3×3 maximum and a layer of 1×1.
func (b *builder) maximum(x *Node, name string) *Node {
	return b.chain(MaxPool(x).Window(3).Strides(1).PadSame().Done(), name)
}

// halved is the maximum of 3×3 pixels at every second one.
func halved(x *Node) *Node { return MaxPool(x).Window(3).Strides(2).NoPadding().Done() }

// convolve is a layer without its bias.
func (b *builder) convolve(x *Node, name string) *Node {
	l, known := b.layers[name]
	if !known {
		panic("inception: no layer " + name) // a mistake in this file
	}
	kernel := b.variable(x, l.path(), "weights")
	padding := [][2]int{{l.height / 2, l.height / 2}, {l.width / 2, l.width / 2}}
	if l.unpadded {
		padding = [][2]int{{0, 0}, {0, 0}}
	}
	return ConvGeneral(x, kernel, pretrained.ImageAxes, []int{l.stride, l.stride}, padding, nil, nil, 1, 1)
}

// activate adds a layer's bias and cuts off below 0.
func (b *builder) activate(x *Node, name string) *Node {
	bias := b.variable(x, b.layers[name].path(), "biases")
	return MaxScalar(Add(x, ExpandLeftToRank(bias, x.Rank())), 0)
}

// dense is x [batch, in] times the weights [in, out] of a scope, plus its biases [out].
func (b *builder) dense(x *Node, path string) *Node {
	return Add(b.product(x, path), ExpandLeftToRank(b.variable(x, path, "biases"), 2))
}

func (b *builder) product(x *Node, path string) *Node { return Dot(x, b.variable(x, path, "weights")) }

func (b *builder) variable(like *Node, path, name string) *Node {
	return pretrained.Variable(b.ctx, like, path, name)
}
