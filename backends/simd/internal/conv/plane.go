package conv

import (
	"github.com/amgen/amgen/backends/simd/internal/pool"
)

// plane is a convolution in two dimensions without groups and without input dilation.
type plane struct {
	batch, channels, features int

	inBatch, outBatch         int
	inChannel, kernelChannel  int
	kernelFeature, outFeature int

	h, w axis

	in, kernel, out       []float32 // of one run
	inAt, kernelAt, outAt int       // where index 0 of every axis is

	byDefinition bool

	method method
}

// axis is a spatial axis: output o reads input o·stride + k·dilation − pad, zero outside.
type axis struct {
	in, taps, out               int
	inStep, kernelStep, outStep int
	stride, dilation, pad       int
}

// planes cuts the convolution into groups, and each into the phases of its dilated input, and chooses their methods.
func (s *Spec) planes() []*plane {
	var axes []Axis
	for _, a := range s.Spatial {
		if !a.trivial() {
			axes = append(axes, a)
		}
	}
	for len(axes) < 2 {
		axes = append([]Axis{{In: 1, Kernel: 1, Out: 1, Stride: 1, InDilation: 1, KernelDilation: 1}}, axes...)
	}
	groups := s.ChannelGroups * s.BatchGroups
	var all []*plane
	for g := range groups {
		features := s.Features / groups
		for _, h := range axes[0].phases() {
			for _, w := range axes[1].phases() {
				c := &plane{
					batch: s.Batch, channels: s.Channels, features: features,
					inBatch: s.InBatch, outBatch: s.OutBatch, inChannel: s.InChannel, kernelChannel: s.KernelChannel,
					kernelFeature: s.KernelFeature, outFeature: s.OutFeature,
					h: h.axis, w: w.axis, byDefinition: s.ByDefinition,
					kernelAt: s.KernelAt + g*features*s.KernelFeature + h.kernelAt + w.kernelAt,
					outAt:    g*features*s.OutFeature + h.outAt + w.outAt,
				}
				if s.ChannelGroups > 1 {
					c.inAt = g * s.Channels * s.InChannel
				} else {
					c.inAt = g * s.Batch * s.InBatch
				}
				c.method = c.choose()
				all = append(all, c)
			}
		}
	}
	return all
}

// phase is the outputs of an axis that lie alike between the inserted zeros of the dilated input: they use the same
// few taps and none of the zeros.
type phase struct {
	axis
	kernelAt, outAt int
}

// phases splits an axis with input dilation d into outputs p, p + d, p + 2d …: at position p·stride + k·dilation −
// pad, every tap k for which this is a multiple of d meets inputs, and the others meet zeros.
func (a Axis) phases() []phase {
	d := a.InDilation
	step := d / gcd(d, a.KernelDilation)
	var all []phase
	for p := range min(d, a.Out) {
		first := 0
		for first < a.Kernel && (p*a.Stride+first*a.KernelDilation-a.Pad)%d != 0 {
			first++
		}
		x := phase{outAt: p * a.OutStep, kernelAt: first * a.KernelStep}
		x.axis = axis{
			in: a.In, taps: (a.Kernel - first + step - 1) / step, out: (a.Out - p + d - 1) / d,
			inStep: a.InStep, kernelStep: step * a.KernelStep, outStep: d * a.OutStep,
			stride: a.Stride, dilation: step * a.KernelDilation / d,
			pad: -(p*a.Stride + first*a.KernelDilation - a.Pad) / d,
		}
		if x.taps == 0 {
			x.kernelAt, x.pad = 0, 0
		}
		all = append(all, x)
	}
	return all
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// choose picks the method.
func (c *plane) choose() method {
	switch {
	case c.h.taps == 0 || c.w.taps == 0:
		return clearing{c}
	case c.winogradGradientPays():
		return c.newWinogradGradient()
	case c.largeWindow() && c.exchangePays():
		return c.newExchange()
	}
	return c.chooseOrdered()
}

// chooseOrdered picks a method for a plane whose operands aren't exchanged.
func (c *plane) chooseOrdered() method {
	if c.outFeature != 1 && c.features > 1 {
		return c.newTransposed()
	}
	return c.chooseProduct()
}

// largeWindow reports a kernel with more taps than the output has positions.
func (c *plane) largeWindow() bool { return c.h.taps*c.w.taps > c.h.out*c.w.out }

// chooseProduct picks a method for a plane whose features are contiguous in the output.
func (c *plane) chooseProduct() method {
	if m, ok := c.newProduct(); ok {
		return m
	}
	switch {
	case c.largeWindow():
		return c.newGradient()
	case c.winogradPays():
		return c.newWinograd()
	}
	return c.newForward()
}

// clearing is the method of a plane without any product.
type clearing struct{ *plane }

func (c clearing) run(*pool.Pool) { c.clearOutput() }

func (c clearing) forget() {}

// clearOutput sets every output to zero.
func (c *plane) clearOutput() {
	c.eachOutput(func(out int) {
		for o := range c.features {
			c.out[out+o*c.outFeature] = 0
		}
	})
}

// eachOutput calls f with the index of every output's feature 0.
func (c *plane) eachOutput(f func(out int)) {
	for b := range c.batch {
		for y := range c.h.out {
			for x := range c.w.out {
				f(c.outAt + b*c.outBatch + y*c.h.outStep + x*c.w.outStep)
			}
		}
	}
}

// span is the number of inputs, or zeros around them, between the first and the last that n outputs touch.
func (a *axis) span(n int) int { return (n-1)*a.stride + (a.taps-1)*a.dilation + 1 }

// inside reports whether all outputs read nothing but inputs.
func (a *axis) inside() bool { return a.pad <= 0 && a.span(a.out)-a.pad <= a.in }
