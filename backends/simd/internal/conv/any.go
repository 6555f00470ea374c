package conv

import (
	"github.com/amgen/amgen/backends/simd/internal/gemm"
	"github.com/amgen/amgen/backends/simd/internal/pool"
)

// Any is Float32 for any type of element and any number of spatial axes, as plain loops over the definition.
func Any[T gemm.Number](p *pool.Pool, s Spec, in, kernel, out []T) {
	if len(out) == 0 {
		return
	}
	if s.empty() {
		clear(out)
		return
	}
	positions := s.Batch
	for _, a := range s.Spatial {
		positions *= a.Out
	}
	groups := s.ChannelGroups * s.BatchGroups
	features := s.Features / groups
	const block = 16
	p.Run((positions+block-1)/block, func(i int) {
		w := walker[T]{spec: &s, in: in, kernel: kernel, sums: make([]T, features), index: make([]int, len(s.Spatial))}
		for position := i * block; position < min((i+1)*block, positions); position++ {
			b, at := w.locate(position)
			for g := range groups {
				inAt := b * s.InBatch
				if s.ChannelGroups > 1 {
					inAt += g * s.Channels * s.InChannel
				} else {
					inAt += g * s.Batch * s.InBatch
				}
				clear(w.sums)
				w.add(0, inAt, s.KernelAt+g*features*s.KernelFeature)
				for o, v := range w.sums {
					out[at+(g*features+o)*s.OutFeature] = v
				}
			}
		}
	})
}

// walker sums over the window of one output position.
type walker[T gemm.Number] struct {
	spec       *Spec
	in, kernel []T
	index      []int // of the output, by spatial axis
	sums       []T   // by feature of the group
}

// locate sets the spatial indices and returns the batch index and where feature 0 of the position is in the output.
func (w *walker[T]) locate(position int) (b, at int) {
	for i := len(w.index) - 1; i >= 0; i-- {
		a := &w.spec.Spatial[i]
		w.index[i] = position % a.Out
		at += w.index[i] * a.OutStep
		position /= a.Out
	}
	return position, at + position*w.spec.OutBatch
}

// add walks over the taps of the axes from the given one on, and over the channels.
func (w *walker[T]) add(axis, inAt, kernelAt int) {
	s := w.spec
	if axis == len(s.Spatial) {
		for c := range s.Channels {
			v, k := w.in[inAt+c*s.InChannel], kernelAt+c*s.KernelChannel
			for o := range w.sums {
				w.sums[o] += v * w.kernel[k+o*s.KernelFeature]
			}
		}
		return
	}
	a := &s.Spatial[axis]
	for k := range a.Kernel {
		x := w.index[axis]*a.Stride + k*a.KernelDilation - a.Pad
		if x >= 0 && x%a.InDilation == 0 && x/a.InDilation < a.In {
			w.add(axis+1, inAt+x/a.InDilation*a.InStep, kernelAt+k*a.KernelStep)
		}
	}
}
