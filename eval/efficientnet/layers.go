package efficientnet

import (
	"strconv"

	"github.com/amgen/amgen/eval/internal/pretrained"
)

// layer is one of the 49 convolutions, with the batch normalisation that follows it folded in.
type layer struct {
	conv, norm string // their names in the PyTorch file
	path       string // the scope, under which its variables are
	size       int    // height and width of the kernel
	stride     int
	in, out    int  // channels
	depthwise  bool // each channel is convolved on its own, and in is 1
	linear     bool // nothing is cut off behind it
}

// shape is the kernel's.
func (l layer) shape() []int { return []int{l.size, l.size, l.in, l.out} }

// block is an inverted residual: the channels are expanded, convolved one by one, and projected to fewer.
type block struct {
	layers   []layer // without the first where nothing is expanded
	residual bool    // the block's input is added to its output
}

// stage is several blocks of one kind. The first of them has the stride and changes the number of channels.
type stage struct{ blocks, size, stride, expansion, out int }

// stages are those of EfficientNet-B0 and of Lite0.
var stages = []stage{
	{1, 3, 1, 1, 16},
	{2, 3, 2, 6, 24},
	{2, 5, 2, 6, 40},
	{3, 3, 2, 6, 80},
	{3, 5, 1, 6, 112},
	{4, 5, 2, 6, 192},
	{1, 3, 1, 6, 320},
}

// lastPath is the scope of the layer behind the feature, and last its name in the PyTorch file.
const (
	lastPath = "/fc"
	last     = "_fc"
)

const stemChannels = 32

func stem() layer {
	return layer{conv: "_conv_stem", norm: "_bn0", path: "/stem", size: 3, stride: 2, in: 3, out: stemChannels}
}

func head() layer {
	return layer{conv: "_conv_head", norm: "_bn1", path: "/head", size: 1, stride: 1, in: stages[len(stages)-1].out,
		out: Dim}
}

// blocks lists the 16 blocks.
func blocks() []block {
	var list []block
	in := stemChannels
	for _, s := range stages {
		for i := range s.blocks {
			stride := 1
			if i == 0 {
				stride = s.stride
			}
			list = append(list, newBlock(len(list), s, in, stride))
			in = s.out
		}
	}
	return list
}

func newBlock(number int, s stage, in, stride int) block {
	name, path := "_blocks."+strconv.Itoa(number)+".", "/blocks/"+strconv.Itoa(number)
	wide := in * s.expansion
	b := block{residual: stride == 1 && in == s.out}
	depthwise := layer{conv: name + "_depthwise_conv", norm: name + "_bn1", path: path + "/depthwise", size: s.size,
		stride: stride, in: 1, out: wide, depthwise: true}
	project := layer{conv: name + "_project_conv", norm: name + "_bn2", path: path + "/project", size: 1, stride: 1,
		in: wide, out: s.out, linear: true}
	if s.expansion > 1 {
		b.layers = append(b.layers, layer{conv: name + "_expand_conv", norm: name + "_bn0", path: path + "/expand",
			size: 1, stride: 1, in: in, out: wide})
	}
	b.layers = append(b.layers, depthwise, project)
	return b
}

// layers lists all convolutions in their order.
func layers() []layer {
	list := []layer{stem()}
	for _, b := range blocks() {
		list = append(list, b.layers...)
	}
	return append(list, head())
}

// expected lists the tensors of the network in this package's form: of each convolution path/weights [height, width,
// in, out] and path/biases [out], with the batch normalisation folded in, and of the last layer weights [in, out] and
// biases [out].
func expected() []pretrained.Expected {
	var list []pretrained.Expected
	for _, l := range layers() {
		list = append(list, pretrained.Expected{Name: l.path + "/weights", Shape: l.shape()},
			pretrained.Expected{Name: l.path + "/biases", Shape: []int{l.out}})
	}
	return append(list, pretrained.Expected{Name: lastPath + "/weights", Shape: []int{Dim, Classes}},
		pretrained.Expected{Name: lastPath + "/biases", Shape: []int{Classes}})
}
