// Package conv computes convolutions of any layout, with strides, paddings, dilations of input and kernel, and
// groups of channels and of the batch, as XLA's ConvGeneralDilated defines them.
//
// Float32 turns them into matrix products without writing out the patches: the micro-kernels of package kernels
// walk over the input in place, a segment for each row of the window. Work is cut by shape alone, so results have
// the same bits for any number of workers.
package conv

import (
	"slices"

	"github.com/amgen/amgen/backends/simd/internal/pool"
)

// Axis is one spatial axis. Output o sums over the taps k of the kernel at position o·Stride + k·KernelDilation − Pad
// of the dilated input, in which input i is at i·InDilation and everything else is zero.
type Axis struct {
	In, Kernel, Out             int // sizes
	InStep, KernelStep, OutStep int // elements from one index to the next in memory; KernelStep may be negative
	Stride, Pad                 int // Pad may be negative, which crops
	InDilation, KernelDilation  int
}

// Spec is a convolution: out[b, o, …] = Σ in[b, c, …]·kernel[c, o, …] over channels c and the taps of each axis.
// The fields after the sizes are memory steps, elements from one index to the next.
//
// With channel groups, part g of the features sees part g of the input's channels. With batch groups, part g of the
// features sees part g of the input's batch.
type Spec struct {
	Batch, Channels, Features int // of the output, of the kernel's input side, of the output

	InBatch, OutBatch         int
	InChannel, KernelChannel  int
	KernelFeature, OutFeature int
	KernelAt                  int // where the kernel's first element is: past others if an axis' KernelStep is negative

	Spatial                    []Axis
	ChannelGroups, BatchGroups int

	ByDefinition bool // sum the products as they are written, without Winograd's algorithm
}

// empty reports a convolution without any product, whose output is zero.
func (s *Spec) empty() bool {
	return s.Channels == 0 || slices.ContainsFunc(s.Spatial, func(a Axis) bool { return a.In == 0 || a.Kernel == 0 })
}

// Float32 computes the convolution once. The three slices must be exactly the memory that the spec describes; out must
// not overlap the operands.
func Float32(p *pool.Pool, s Spec, in, kernel, out []float32) {
	Prepare(s).Run(p, in, kernel, out)
}

// rank counts the spatial axes on which anything happens.
func (s *Spec) rank() int {
	n := 0
	for _, a := range s.Spatial {
		if !a.trivial() {
			n++
		}
	}
	return n
}

// trivial reports an axis of one input, one tap and one output.
func (a Axis) trivial() bool { return a.In == 1 && a.Kernel == 1 && a.Out == 1 && a.Pad == 0 }
