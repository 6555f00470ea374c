package unet

import (
	"fmt"
	"slices"
)

// Config describes a U-Net. It is a value: nothing changes one after it was made. Presets holds some.
type Config struct {
	// Size is the height and width of the images in pixels. Each resolution but the first halves it.
	Size int
	// Channels is the number of channels of the images: 1 for grey, 3 for colour.
	Channels int
	// ConditionChannels is the number of further channels of x, after those of the image, that the network sees but
	// that are neither part of the action's product nor receive a gradient. Default 0.
	ConditionChannels int
	// Patch is the edge of the square of pixels that the network sees as one, its numbers as channels: each resolution
	// is Patch times coarser. 0 and 1 are pixels as they are.
	Patch int `json:",omitzero"`
	// TimeScale is the angle, in radians, that the fastest component of the time embedding goes through from t = 0 to
	// t = 1; that of the slowest is 1/10. A small scale makes the action smoother in t, so that a solver needs fewer
	// steps. 0 is [DefaultTimeScale].
	TimeScale float64 `json:",omitzero"`
	// Base is the number of channels at full resolution; the time embedding has four times as many.
	Base int
	// Multipliers gives the channels of each resolution as multiples of Base, from full resolution down. Each entry
	// but the first halves the resolution.
	Multipliers []int
	// Blocks is the number of residual blocks a resolution on the way down; there is one more on the way up.
	Blocks int
	// Attention lists the resolutions, in pixels, that have self-attention. The lowest always has it in the middle.
	Attention []int
	// Dropout is the probability with which a block drops an activation while training.
	Dropout float64
	// BFloat16 computes convolutions, dense layers and attention in bfloat16, for backends that have it. Parameters,
	// normalisation, the softmax, time and the scalar stay in the type of x. It is no part of the architecture: the
	// parameters of one precision serve the other.
	BFloat16 bool `json:"-"`
	// Form makes a scalar of the network's output. Default InnerProduct.
	Form Form
	// Classes is the number of classes whose labels the network may be told, see [ClassNetwork]. 0 is a network
	// without.
	Classes int `json:",omitzero"`
	// Augment is how many numbers may say how an image of training was changed, see [AugmentedNetwork]; images as they
	// are have zeros. 0 is a network that is never told.
	Augment int `json:",omitzero"`
	// Convention settles what papers leave open. Default Amgen.
	Convention Convention `json:",omitzero"`
}

// DefaultTimeScale is the time embedding's scale of denoising diffusion, with its thousand steps.
const DefaultTimeScale = 1000

// Form is a way to make a scalar action of a network h(t, x).
type Form int

const (
	// InnerProduct is s = ⟨h, x⟩, summed over pixels and channels.
	InnerProduct Form = iota
	// Quadratic is s = −½‖h − x‖².
	Quadratic
)

// String returns the name used in configuration files.
func (f Form) String() string {
	switch f {
	case InnerProduct:
		return "inner-product"
	case Quadratic:
		return "quadratic"
	}
	return fmt.Sprintf("Form(%d)", int(f))
}

// Convention is how time enters, how strided convolutions are padded and how channels are grouped: three things that no
// arrangement of parameters makes up for.
type Convention int

const (
	// Amgen embeds t as the sines and cosines of 1000·t·10000^(−i/(half−1)), pads images at all sides, and normalises
	// in at most 32 groups of four channels or more.
	Amgen Convention = iota
	// Authors is that of the method's authors, github.com/necludov/action-matching-pytorch, for their parameters: the
	// sine and the cosine of 1−t, as time runs from data to noise there, and of 0 for i > 0, since 2⁻ⁱ is computed in
	// integers; strided convolutions padded at the right and at the bottom; 32 groups. Their action is Quadratic.
	Authors
)

// String returns the name used in configuration files.
func (c Convention) String() string {
	switch c {
	case Amgen:
		return "amgen"
	case Authors:
		return "action-matching-pytorch"
	}
	return fmt.Sprintf("Convention(%d)", int(c))
}

// resolutions lists the sizes in pixels from full resolution down.
func (c Config) resolutions() []int {
	out := make([]int, len(c.Multipliers))
	for i := range out {
		out[i] = c.finest() >> i
	}
	return out
}

// patch is the edge of a patch in pixels.
func (c Config) patch() int { return max(c.Patch, 1) }

// finest is the size of the first resolution.
func (c Config) finest() int { return c.Size / c.patch() }

// attends tells whether a resolution has self-attention.
func (c Config) attends(size int) bool { return slices.Contains(c.Attention, size) }

// authorsGroups is the number of groups that Authors normalises in.
const authorsGroups = 32

// groups is the number of groups that c channels are normalised in.
func (v Convention) groups(c int) int {
	if v == Authors {
		return authorsGroups
	}
	g := max(1, min(32, c/4))
	for c%g != 0 {
		g--
	}
	return g
}
