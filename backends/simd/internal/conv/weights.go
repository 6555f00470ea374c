package conv

import (
	"github.com/amgen/amgen/backends/simd/internal/gemm"
	"github.com/amgen/amgen/backends/simd/internal/pool"
)

// weights is a plane's kernel operand as the micro-kernels read it: features contiguous. It is the operand itself, or
// a copy in panels of some features each, in which the channels of a tap and the taps are consecutive rows.
type weights struct {
	data          []float32 // of one run
	panelStep     int       // elements from a panel to the next
	h, w, channel int       // elements from one tap or channel to the next
	width         int       // features in a panel of the copy; 0 if there is none
}

// layWeights lays the kernel operand out. It is copied if its features are not contiguous, or if it is large and each
// element is used for many rows of the product.
func (c *plane) layWeights(width, rows int) weights {
	const wide = 64
	if (c.kernelFeature == 1 || c.features == 1) && (c.features <= wide || rows < 64) {
		return weights{panelStep: width, h: c.h.kernelStep, w: c.w.kernelStep, channel: c.kernelChannel}
	}
	k := weights{channel: width, w: c.channels * width, width: width}
	k.h = c.w.taps * k.w
	k.panelStep = c.h.taps * k.h
	return k
}

// layColumns is the layout for the kernels that run along the window: a panel is a feature, and in it channels and
// taps are consecutive.
func (c *plane) layColumns() weights {
	k := weights{channel: 1, w: c.channels, width: 1}
	k.h = c.w.taps * k.w
	k.panelStep = c.h.taps * k.h
	return k
}

// load takes the operand of a plane, or copies it into memory that it returns.
func (k *weights) load(c *plane, p *pool.Pool) *gemm.Scratch {
	if k.width == 0 {
		k.data = c.kernel[c.kernelAt:]
		return nil
	}
	panels := ceilDiv(c.features, k.width)
	scratch := gemm.GetScratch(panels * k.panelStep)
	k.data = scratch.Data
	if k.channel == 1 {
		k.copyColumns(c)
		return scratch
	}
	p.Run(panels*c.h.taps, func(i int) {
		panel, y := i/c.h.taps, i%c.h.taps
		for x := range c.w.taps {
			b := gemm.Matrix{Data: c.kernel[c.kernelAt+y*c.h.kernelStep+x*c.w.kernelStep:],
				RowStride: c.kernelChannel, ColStride: c.kernelFeature}
			gemm.PackPanel(k.data[panel*k.panelStep+y*k.h+x*k.w:], b, panel*k.width, c.channels, c.features, k.width)
		}
	})
	return scratch
}

// copyColumns copies the operand of a plane, feature by feature.
func (k *weights) copyColumns(c *plane) {
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
}

// panel is the first element of the panel that starts at a feature.
func (k *weights) panel(feature, width int) *float32 { return &k.data[feature/width*k.panelStep] }
