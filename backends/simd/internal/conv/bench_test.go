package conv

import (
	"fmt"
	"testing"

	"github.com/amgen/amgen/backends/simd/internal/pool"
)

// layer is a 3×3 or 1×1 convolution of square images as a U-Net has it, NHWC and HWIO, padded by window/2.
type layer struct{ batch, size, in, out, window, stride int }

func (l layer) String() string {
	return fmt.Sprintf("%dx%dx%dx%d-%d,k=%d,s=%d", l.batch, l.size, l.size, l.in, l.out, l.window, l.stride)
}

// work is the number of floating-point operations of each direction.
func (l layer) work() float64 {
	o := l.size / l.stride
	return 2 * float64(l.batch*o*o) * float64(l.window*l.window*l.in*l.out)
}

func (l layer) output() int { return (l.size-1+l.window/2*2-l.window+1)/l.stride + 1 }

// forward is the layer itself.
func (l layer) forward() Spec {
	o := l.output()
	s := Spec{Batch: l.batch, Channels: l.in, Features: l.out, InBatch: l.size * l.size * l.in, OutBatch: o * o * l.out,
		InChannel: 1, KernelChannel: l.out, KernelFeature: 1, OutFeature: 1, ChannelGroups: 1, BatchGroups: 1}
	h := Axis{In: l.size, Kernel: l.window, Out: o, InStep: l.size * l.in, KernelStep: l.window * l.in * l.out,
		OutStep: o * l.out, Stride: l.stride, Pad: l.window / 2, InDilation: 1, KernelDilation: 1}
	w := h
	w.InStep, w.KernelStep, w.OutStep = l.in, l.in*l.out, l.out
	s.Spatial = []Axis{h, w}
	return s
}

// inputGradient convolves the output's cotangent with the reversed kernel.
func (l layer) inputGradient() Spec {
	s := l.forward()
	s.Channels, s.Features = l.out, l.in
	s.InBatch, s.OutBatch = s.OutBatch, s.InBatch
	s.KernelChannel, s.KernelFeature = s.KernelFeature, s.KernelChannel
	for i := range s.Spatial {
		a := &s.Spatial[i]
		a.In, a.Out = a.Out, a.In
		a.InStep, a.OutStep = a.OutStep, a.InStep
		a.Pad = l.window - 1 - a.Pad
		a.Stride, a.InDilation = 1, l.stride
	}
	return s
}

// kernelGradient convolves the input with the output's cotangent.
func (l layer) kernelGradient() Spec {
	f := l.forward()
	s := Spec{Batch: l.in, Channels: l.batch, Features: l.out, InBatch: 1, OutBatch: l.out, InChannel: f.InBatch,
		KernelChannel: f.OutBatch, KernelFeature: 1, OutFeature: 1, ChannelGroups: 1, BatchGroups: 1}
	for _, a := range f.Spatial {
		a.Kernel, a.Out = a.Out, a.Kernel
		a.KernelStep, a.OutStep = a.OutStep, a.KernelStep
		a.Stride, a.KernelDilation = 1, l.stride
		s.Spatial = append(s.Spatial, a)
	}
	return s
}

// transposedGradient is the kernel's gradient as the input gradient's own gradient has it: the cotangent is the input,
// the image the window, and the output's channel axes are exchanged.
func (l layer) transposedGradient() Spec {
	s := layer{l.batch, l.size, l.out, l.in, l.window, 1}.kernelGradient()
	for i := range s.Spatial {
		s.Spatial[i].OutStep = l.in * l.out * max(1, (1-i)*l.window)
	}
	s.OutBatch, s.OutFeature = 1, l.out
	return s
}

var layers = []layer{
	{32, 28, 1, 16, 3, 1}, {32, 28, 16, 16, 3, 1}, {32, 28, 32, 16, 3, 1}, {32, 28, 16, 1, 3, 1},
	{32, 28, 16, 16, 3, 2}, {32, 14, 32, 32, 3, 1}, {32, 14, 64, 32, 3, 1}, {32, 14, 32, 32, 3, 2},
	{32, 7, 32, 32, 3, 1}, {32, 7, 64, 32, 1, 1},
	{32, 32, 32, 32, 3, 1}, {32, 16, 64, 64, 3, 1}, {32, 8, 64, 64, 3, 1},
	{4, 32, 3, 128, 3, 1}, {4, 32, 128, 128, 3, 1}, {4, 16, 256, 256, 3, 1}, {4, 32, 128, 3, 3, 1},
	{4, 32, 128, 128, 3, 2}, {4, 8, 512, 256, 3, 1},
	{32, 16, 32, 64, 3, 1}, {32, 32, 64, 32, 3, 1}, {4, 8, 256, 256, 3, 1}, {4, 4, 256, 256, 3, 1}, {4, 32, 256, 128, 3,
		1},
}

func BenchmarkConv(b *testing.B) {
	p := pool.New(0)
	defer p.Close()
	for _, l := range layers {
		image, result := make([]float32, l.batch*l.size*l.size*l.in), make([]float32,
			l.batch*l.output()*l.output()*l.out)
		kernel := make([]float32, l.window*l.window*l.in*l.out)
		for _, dir := range []struct {
			name            string
			spec            Spec
			in, kernel, out []float32
		}{
			{"forward", l.forward(), image, kernel, result},
			{"input", l.inputGradient(), result, kernel, image},
			{"kernel", l.kernelGradient(), image, result, kernel},
		} {
			b.Run(fmt.Sprintf("shape=%v/dir=%s", l, dir.name), func(b *testing.B) {
				for b.Loop() {
					Float32(p, dir.spec, dir.in, dir.kernel, dir.out)
				}
				b.ReportMetric(l.work()*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
			})
		}
	}
}
