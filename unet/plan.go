package unet

import "fmt"

// A plan lists the layers of a Config in order. The graph, the number of parameters and the cost all come from it.
type plan struct {
	cfg              Config
	input, output    convolution
	down, middle, up []stage // input and each stage of down are joined to up, last first
}

// kind says what a stage is.
type kind int

const (
	residual     kind = iota // a residual block, followed by attention if it attends
	attention                // self-attention alone
	downSampling             // a convolution of stride 2
	upSampling               // doubling, then a convolution
)

// stage is one step of the network.
type stage struct {
	name    string // of its scope
	kind    kind
	in, out int  // channels; in counts those joined
	joins   int  // channels joined from the way down
	size    int  // height and width of the result
	attends bool // residual only
}

// convolution is 3×3, padded by two pixels in each direction, with a bias.
type convolution struct {
	in, out int
	size    int // of the result
	stride  int
	doubles bool // doubles height and width before
	zero    bool // starts at zero
}

func newPlan(c Config) plan {
	if err := c.Validate(); err != nil {
		panic(err)
	}
	pixels := c.patch() * c.patch()
	p := plan{cfg: c, input: convolution{in: (c.Channels + c.ConditionChannels) * pixels, out: c.Base, size: c.finest(),
		stride: 1}}
	sizes, channels, across := c.resolutions(), c.Base, []int{c.Base}
	last := len(sizes) - 1
	for level, size := range sizes {
		out := c.Base * c.Multipliers[level]
		for block := range c.Blocks {
			p.down = append(p.down, stage{name: fmt.Sprintf("down_%d_block_%d", level, block), kind: residual,
				in: channels, out: out, size: size, attends: c.attends(size)})
			channels, across = out, append(across, out)
		}
		if level < last {
			p.down = append(p.down, stage{name: fmt.Sprintf("down_%d_sample", level), kind: downSampling,
				in: channels, out: channels, size: size / 2})
			across = append(across, channels)
		}
	}
	p.middle = []stage{
		{name: "middle_block_0", kind: residual, in: channels, out: channels, size: sizes[last], attends: true},
		{name: "middle_block_1", kind: residual, in: channels, out: channels, size: sizes[last]},
	}
	for level := last; level >= 0; level-- {
		size, out := sizes[level], c.Base*c.Multipliers[level]
		for block := range c.Blocks + 1 {
			joined := across[len(across)-1]
			across = across[:len(across)-1]
			p.up = append(p.up, stage{name: fmt.Sprintf("up_%d_block_%d", level, block), kind: residual,
				in: channels + joined, out: out, joins: joined, size: size})
			channels = out
		}
		if c.attends(size) {
			p.up = append(p.up, stage{name: fmt.Sprintf("up_%d_attention", level), kind: attention,
				in: channels, out: channels, size: size})
		}
		if level > 0 {
			p.up = append(p.up, stage{name: fmt.Sprintf("up_%d_sample", level), kind: upSampling,
				in: channels, out: channels, size: 2 * size})
		}
	}
	p.output = convolution{in: channels, out: c.Channels * pixels, size: c.finest(), stride: 1, zero: true}
	return p
}

func (p plan) stages() []stage {
	all := append([]stage{}, p.down...)
	return append(append(all, p.middle...), p.up...)
}
