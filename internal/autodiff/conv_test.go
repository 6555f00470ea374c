package autodiff

import (
	"math/rand/v2"
	"testing"

	"github.com/gomlx/gomlx/backends"
	. "github.com/gomlx/gomlx/pkg/core/graph"
)

var (
	nwc = backends.ConvolveAxesConfig{InputChannels: 2, InputSpatial: []int{1}, KernelSpatial: []int{0},
		KernelInputChannels: 1, KernelOutputChannels: 2, OutputChannels: 2, OutputSpatial: []int{1}}
	nhwc = backends.ConvolveAxesConfig{InputChannels: 3, InputSpatial: []int{1, 2}, KernelSpatial: []int{0, 1},
		KernelInputChannels: 2, KernelOutputChannels: 3, OutputChannels: 3, OutputSpatial: []int{1, 2}}
	odd = backends.ConvolveAxesConfig{ // every tensor in an order of its own
		InputBatch: 2, InputChannels: 0, InputSpatial: []int{3, 1},
		KernelInputChannels: 3, KernelOutputChannels: 1, KernelSpatial: []int{0, 2},
		OutputBatch: 1, OutputChannels: 3, OutputSpatial: []int{2, 0},
	}
)

// convParameters are the arguments of ConvGeneral after its operands.
type convParameters struct {
	axes                       backends.ConvolveAxesConfig
	strides                    []int
	paddings                   [][2]int
	inputDilations, dilations  []int
	channelGroups, batchGroups int
}

func convolve(p convParameters) func([]*Node) *Node {
	return two(func(x, k *Node) *Node {
		return ConvGeneral(x, k, p.axes, p.strides, p.paddings, p.inputDilations, p.dilations,
			max(1, p.channelGroups), max(1, p.batchGroups))
	})
}

var convCases = []ruleCase{
	{name: "same", shapes: [][]int{{2, 4, 5, 2}, {3, 3, 2, 3}}, f: convolve(convParameters{axes: nhwc,
		strides: []int{1, 1}, paddings: [][2]int{{1, 1}, {1, 1}}})},
	{name: "valid", shapes: [][]int{{1, 4, 5, 2}, {2, 3, 2, 2}},
		f: convolve(convParameters{axes: nhwc, strides: []int{1, 1}})},
	{name: "strided", shapes: [][]int{{1, 5, 6, 2}, {3, 3, 2, 2}}, f: convolve(convParameters{axes: nhwc,
		strides: []int{2, 2}, paddings: [][2]int{{1, 1}, {1, 1}}})},
	{name: "stride leaves a rest", shapes: [][]int{{2, 8, 2}, {2, 2, 3}},
		f: convolve(convParameters{axes: nwc, strides: []int{3}})},
	{name: "stride beyond kernel", shapes: [][]int{{2, 9, 1}, {2, 1, 2}},
		f: convolve(convParameters{axes: nwc, strides: []int{4}})},
	{name: "kernel dilation", shapes: [][]int{{1, 8, 2}, {3, 2, 2}}, f: convolve(convParameters{axes: nwc,
		strides: []int{1}, dilations: []int{2}, paddings: [][2]int{{1, 2}}})},
	{name: "input dilation", shapes: [][]int{{1, 4, 2}, {3, 2, 2}}, f: convolve(convParameters{axes: nwc,
		strides: []int{1}, inputDilations: []int{3}, paddings: [][2]int{{2, 1}}})},
	{name: "everything", shapes: [][]int{{2, 7, 4, 2}, {2, 3, 2, 3}}, f: convolve(convParameters{axes: nhwc,
		strides: []int{2, 3}, inputDilations: []int{2, 3}, dilations: []int{3, 2},
		paddings: [][2]int{{2, 3}, {0, 4}}})},
	{name: "large padding", shapes: [][]int{{1, 3, 2}, {2, 2, 2}}, f: convolve(convParameters{axes: nwc,
		strides: []int{2}, paddings: [][2]int{{4, 5}}})},
	{name: "negative padding", shapes: [][]int{{1, 8, 2}, {2, 2, 2}}, f: convolve(convParameters{axes: nwc,
		strides: []int{1}, paddings: [][2]int{{-2, -1}}})},
	{name: "negative padding, dilated", shapes: [][]int{{1, 6, 1}, {2, 1, 2}}, f: convolve(convParameters{axes: nwc,
		strides: []int{2}, inputDilations: []int{2}, paddings: [][2]int{{-1, -2}}})},
	{name: "channel groups", shapes: [][]int{{1, 4, 5, 4}, {3, 2, 2, 6}}, f: convolve(convParameters{axes: nhwc,
		strides: []int{1, 2}, paddings: [][2]int{{1, 1}, {0, 1}}, channelGroups: 2})},
	{name: "depthwise", shapes: [][]int{{1, 5, 3}, {2, 1, 6}},
		f: convolve(convParameters{axes: nwc, strides: []int{1}, channelGroups: 3})},
	{name: "batch groups", shapes: [][]int{{4, 5, 2}, {2, 2, 6}}, f: convolve(convParameters{axes: nwc,
		strides: []int{2}, paddings: [][2]int{{1, 0}}, batchGroups: 2})},
	{name: "odd axes", shapes: [][]int{{2, 5, 3, 6}, {2, 4, 3, 2}}, f: convolve(convParameters{axes: odd,
		strides: []int{2, 1}, paddings: [][2]int{{1, 0}, {0, 1}}})},
	{name: "odd axes, channel groups", shapes: [][]int{{4, 5, 1, 6}, {2, 4, 3, 2}},
		f: convolve(convParameters{axes: odd,
			strides: []int{1, 2}, paddings: [][2]int{{0, 0}, {2, 1}}, channelGroups: 2})},
	{name: "odd axes, batch groups", shapes: [][]int{{2, 5, 4, 6}, {2, 4, 3, 2}}, f: convolve(convParameters{axes: odd,
		strides: []int{2, 1}, dilations: []int{2, 1}, batchGroups: 2})},
}

func TestConvRules(t *testing.T) { testRules(t, convCases) }

// Any parameters whatever, drawn from a fixed seed; two spatial axes.
func TestConvRulesRandom(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 5))
	var cases []ruleCase
	for len(cases) < 12 {
		in, k, p := []int{1 + rng.IntN(2), 0, 0, 0}, []int{0, 0, 0, 0}, convParameters{axes: nhwc}
		groups := 1 + rng.IntN(2)
		cin, cout, byBatch := 1+rng.IntN(2), groups*(1+rng.IntN(2)), rng.IntN(2) == 0
		in[3], k[2], k[3] = cin, cin, cout
		switch {
		case groups > 1 && byBatch:
			p.batchGroups, in[0] = groups, groups*in[0]
		case groups > 1:
			p.channelGroups, in[3] = groups, groups*cin
		}
		valid := true
		for d := range 2 {
			in[1+d], k[d] = 2+rng.IntN(5), 1+rng.IntN(3)
			p.strides = append(p.strides, 1+rng.IntN(3))
			p.inputDilations = append(p.inputDilations, 1+rng.IntN(3))
			p.dilations = append(p.dilations, 1+rng.IntN(2))
			p.paddings = append(p.paddings, [2]int{rng.IntN(5) - 1, rng.IntN(5) - 1})
			room := (in[1+d]-1)*p.inputDilations[d] + 1 + p.paddings[d][0] +
				p.paddings[d][1] - (k[d]-1)*p.dilations[d] - 1
			valid = valid && room >= 0
		}
		if valid {
			cases = append(cases, ruleCase{name: "random", shapes: [][]int{in, k}, f: convolve(p), orders: 3})
		}
	}
	testRules(t, cases)
}

// The gradients of the convolutions of a U-Net are convolutions of the same tensors and of the reversed kernel: no
// transposed copies, and a kernel reversed twice is the kernel.
func TestConvGradientsMoveNothing(t *testing.T) {
	eachBackend(t, func(t *testing.T, backend backends.Backend) {
		g := NewGraph(backend, t.Name())
		defer g.Finalize()
		x := Parameter(g, "x", shapeOf(2, 8, 8, 3))
		k := Parameter(g, "k", shapeOf(3, 3, 3, 4))
		same := [][2]int{{1, 1}, {1, 1}}
		y := ConvGeneral(x, k, nhwc, []int{2, 2}, same, nil, nil, 1, 1)
		dx := Gradient(ReduceAllSum(Square(y)), x)[0]
		Gradient(ReduceAllSum(Square(dx)), x, k)
		count := map[NodeType]int{}
		for _, node := range g.Nodes() {
			count[node.Type()]++
		}
		if count[NodeTypeTranspose] != 0 {
			t.Errorf("%d transpositions, want none", count[NodeTypeTranspose])
		}
		for _, node := range g.Nodes() {
			if node.Type() == NodeTypeReverse && node.Inputs()[0].Type() == NodeTypeReverse {
				t.Errorf("a reversed kernel is reversed again: %s", node)
			}
		}
	})
}
