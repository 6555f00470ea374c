package unet

import (
	"fmt"
	"slices"
)

// Config describes a U-Net. It is a value: nothing changes one after it was made. Presets holds some.
type Config struct {
	// Size is the height and width of the images in pixels.
	Size int
	// Channels is the number of channels of the images: 1 for grey, 3 for colour.
	Channels int
	// ConditionChannels is the number of further channels of x, after those of the image, that the network sees but
	// that are neither part of the action's product nor receive a gradient. Default 0.
	ConditionChannels int
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
}

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

// Validate returns an error that says which field does not fit, and what would.
func (c Config) Validate() error {
	fail := func(format string, args ...any) error { return fmt.Errorf("unet: "+format, args...) }
	switch {
	case c.Channels < 1:
		return fail("an image has at least 1 channel, got Channels = %d", c.Channels)
	case c.ConditionChannels < 0:
		return fail("got ConditionChannels = %d; give 0 for none", c.ConditionChannels)
	case c.Base < 4 || c.Base%4 != 0:
		return fail("Base must be a positive multiple of 4, since normalisation takes groups of 4 channels or more and "+
			"the time embedding has sines and cosines; got %d", c.Base)
	case len(c.Multipliers) == 0:
		return fail("no Multipliers; give one for each resolution, such as 1, 2, 2")
	case c.Blocks < 1:
		return fail("a resolution has at least 1 block, got Blocks = %d", c.Blocks)
	case !(c.Dropout >= 0 && c.Dropout < 1):
		return fail("Dropout is a probability below 1, got %g", c.Dropout)
	case c.Form != InnerProduct && c.Form != Quadratic:
		return fail("unknown Form %d; use InnerProduct or Quadratic", int(c.Form))
	}
	for _, m := range c.Multipliers {
		if m < 1 {
			return fail("Multipliers are positive, got %v", c.Multipliers)
		}
	}
	halvings := len(c.Multipliers) - 1
	if unit := 1 << halvings; c.Size < unit || c.Size%unit != 0 {
		return fail("%d Multipliers halve the image %d times, so Size must be a multiple of %d; got %d",
			len(c.Multipliers), halvings, unit, c.Size)
	}
	resolutions := c.resolutions()
	for _, r := range c.Attention {
		if !slices.Contains(resolutions, r) {
			return fail("Attention at %d pixels, but the resolutions are %v", r, resolutions)
		}
	}
	return nil
}

// resolutions lists the sizes in pixels from full resolution down.
func (c Config) resolutions() []int {
	out := make([]int, len(c.Multipliers))
	for i := range out {
		out[i] = c.Size >> i
	}
	return out
}

// attends tells whether a resolution has self-attention.
func (c Config) attends(size int) bool { return slices.Contains(c.Attention, size) }

// groups is the number of groups that c channels are normalised in: at most 32, of 4 channels or more, all equal.
func groups(c int) int {
	g := max(1, min(32, c/4))
	for c%g != 0 {
		g--
	}
	return g
}
