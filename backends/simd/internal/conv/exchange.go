package conv

import (
	"github.com/amgen/amgen/backends/simd/internal/gemm"
	"github.com/amgen/amgen/backends/simd/internal/pool"
)

// few is a number of features, or of elements of the batch, that leaves most of a tile empty.
const few = 8

// exchangePays reports a plane that is better computed with its operands exchanged, which takes nothing but padding
// between them: few features and many elements of the batch, or a batch that is contiguous in the output where the
// features are not.
func (c *plane) exchangePays() bool {
	if c.h.stride != 1 || c.h.dilation != 1 || c.w.stride != 1 || c.w.dilation != 1 {
		return false
	}
	if c.features > 1 && c.batch > 1 && c.outFeature != 1 && c.outBatch == 1 {
		return true
	}
	return c.features < few && c.batch >= 2*c.features
}

// exchange computes the plane with its operands exchanged.
type exchange struct{ of, plane *plane }

func (c *plane) newExchange() *exchange {
	d := c.exchanged()
	d.method = d.chooseOrdered()
	return &exchange{of: c, plane: d}
}

func (x *exchange) run(p *pool.Pool) {
	x.plane.in, x.plane.kernel, x.plane.out = x.of.kernel, x.of.in, x.of.out
	x.plane.method.run(p)
}

func (x *exchange) forget() {
	x.plane.in, x.plane.kernel, x.plane.out = nil, nil, nil
	x.plane.method.forget()
}

// exchanged is the same convolution with the kernel as its input, and the input as its kernel: the sum over inputs q
// = o + k − pad of in[q]·kernel[k] is one over q of kernel[q − o + pad]·in[q], and with the outputs counted from the
// last, o = out − 1 − t, this reads kernel[t + q − (out − 1 − pad)].
func (c *plane) exchanged() *plane {
	d := *c
	d.inAt, d.kernelAt = c.kernelAt, c.inAt
	d.batch, d.inBatch, d.outBatch = c.features, c.kernelFeature, c.outFeature
	d.features, d.kernelFeature, d.outFeature = c.batch, c.inBatch, c.outBatch
	d.inChannel, d.kernelChannel = c.kernelChannel, c.inChannel
	d.h, d.w = c.h.exchanged(), c.w.exchanged()
	d.outAt += (c.h.out-1)*c.h.outStep + (c.w.out-1)*c.w.outStep
	return &d
}

func (a axis) exchanged() axis {
	return axis{in: a.taps, taps: a.in, out: a.out, inStep: a.kernelStep, kernelStep: a.inStep, outStep: -a.outStep,
		stride: 1, dilation: 1, pad: a.out - 1 - a.pad}
}

// joinedColumns makes the outputs of axis w part of the batch, where the batch alone would leave most of a tile
// empty: padded, an input's columns are a longer batch at every position. The plane's input is what copyColumns makes.
func (c *plane) joinedColumns() (d *plane, ok bool) {
	if c.batch >= few || c.w.out == 1 || c.w.stride != 1 || c.batch > 1 && c.w.outStep != c.batch*c.outBatch {
		return nil, false
	}
	columns := c.w.span(c.w.out)
	joined := *c
	d = &joined
	d.inAt = 0
	d.inChannel, d.h.inStep = c.h.in*columns*c.batch, columns*c.batch
	d.batch, d.inBatch = c.batch*c.w.out, 1
	if c.batch == 1 {
		d.outBatch = c.w.outStep
	}
	d.w = axis{in: columns - c.w.out + 1, taps: c.w.taps, out: 1, inStep: c.batch, kernelStep: c.w.kernelStep,
		stride: 1, dilation: c.w.dilation}
	return d, true
}

// copyColumns copies the input with its columns padded, and the elements of the batch side by side.
func (c *plane) copyColumns(p *pool.Pool) *gemm.Scratch {
	columns := c.w.span(c.w.out)
	scratch := gemm.GetScratch(c.channels * c.h.in * columns * c.batch)
	left, right := clamp(c.w.pad, columns), clamp(c.w.pad+c.w.in, columns)
	p.Run(c.channels, func(channel int) {
		for y := range c.h.in {
			row := scratch.Data[(channel*c.h.in+y)*columns*c.batch:][:columns*c.batch]
			clear(row)
			for x := left; x < right; x++ {
				from := c.inAt + channel*c.inChannel + y*c.h.inStep + (x-c.w.pad)*c.w.inStep
				for b := range c.batch {
					row[x*c.batch+b] = c.in[from+b*c.inBatch]
				}
			}
		}
	})
	return scratch
}
