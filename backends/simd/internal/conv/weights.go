package conv

import (
	"github.com/amgen/amgen/backends/simd/internal/gemm"
	"github.com/amgen/amgen/backends/simd/internal/pool"
)

// weights is a plane's kernel operand as the micro-kernels read it: features contiguous. It is the operand itself, or
// a copy in panels of some features each, in which the channels of a tap and the taps are consecutive rows.
type weights struct {
	data          []float32
	panelStep     int           // elements from a panel to the next
	h, w, channel int           // elements from one tap or channel to the next
	copied        *gemm.Scratch // nil if it is the operand itself
}

// newWeights copies the kernel operand if its features are not contiguous, or if it is large and each element is
// used for many rows of the product.
func (c *plane) newWeights(p *pool.Pool, width, rows int) weights {
	const wide = 64
	if (c.kernelFeature == 1 || c.features == 1) && (c.features <= wide || rows < 64) {
		return weights{data: c.kernel[c.kernelAt:], panelStep: width, h: c.h.kernelStep, w: c.w.kernelStep,
			channel: c.kernelChannel}
	}
	k := weights{channel: width, w: c.channels * width}
	k.h = c.w.taps * k.w
	k.panelStep = c.h.taps * k.h
	panels := ceilDiv(c.features, width)
	scratch := gemm.GetScratch(panels * k.panelStep)
	k.data, k.copied = scratch.Data, scratch
	p.Run(panels*c.h.taps, func(i int) {
		panel, y := i/c.h.taps, i%c.h.taps
		for x := range c.w.taps {
			b := gemm.Matrix{Data: c.kernel[c.kernelAt+y*c.h.kernelStep+x*c.w.kernelStep:],
				RowStride: c.kernelChannel, ColStride: c.kernelFeature}
			gemm.PackPanel(k.data[panel*k.panelStep+y*k.h+x*k.w:], b, panel*width, c.channels, c.features, width)
		}
	})
	return k
}

// panel is the first element of the panel that starts at a feature.
func (k *weights) panel(feature, width int) *float32 { return &k.data[feature/width*k.panelStep] }

// newColumns copies the operand for the kernels that run along the window: a panel is a feature, and in it channels and
// taps are consecutive.
func (c *plane) newColumns() weights {
	k := weights{channel: 1, w: c.channels}
	k.h = c.w.taps * k.w
	k.panelStep = c.h.taps * k.h
	scratch := gemm.GetScratch(c.features * k.panelStep)
	k.data, k.copied = scratch.Data, scratch
	for o := range c.features {
		for y := range c.h.taps {
			for x := range c.w.taps {
				to := k.data[o*k.panelStep+y*k.h+x*k.w:][:c.channels]
				from := c.kernelAt + y*c.h.kernelStep + x*c.w.kernelStep + o*c.kernelFeature
				for i := range to {
					to[i] = c.kernel[from+i*c.kernelChannel]
				}
			}
		}
	}
	return k
}
