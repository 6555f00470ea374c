package conv

import (
	"math"
	"testing"

	"github.com/amgen/amgen/backends/simd/internal/pool"
	"pgregory.net/rapid"
)

// TestWinogradGradient runs the algorithm on sizes that it would not be chosen for, cropped and padded, with the
// channels of the result in either order, by groups of tiles and by all workers on one.
func TestWinogradGradient(t *testing.T) {
	p := pool.New(2)
	defer p.Close()
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string, from, to int) int { return rapid.IntRange(from, to).Draw(t, name) }
		s := Spec{Batch: draw("left", 1, 40), Channels: draw("images", 1, 3), Features: draw("right", 1, 40),
			InBatch: 1, KernelFeature: 1, OutFeature: 1, ChannelGroups: 1, BatchGroups: 1}
		s.OutBatch = s.Features
		if rapid.Bool().Draw(t, "transposed") {
			s.OutBatch, s.OutFeature = 1, s.Batch
		}
		h := Axis{In: draw("h", 1, 9), Kernel: draw("taps h", 1, 9), Out: 3, Stride: 1, Pad: draw("pad h", -2, 4),
			InDilation: 1, KernelDilation: 1, OutStep: 3 * s.Batch * s.Features}
		w := h
		w.In, w.Kernel, w.Pad = draw("w", 1, 9), draw("taps w", 1, 9), draw("pad w", -2, 4)
		w.InStep, w.KernelStep, w.OutStep = s.Batch, s.Features, s.Batch*s.Features
		h.InStep, h.KernelStep = w.In*w.InStep, w.Kernel*w.KernelStep
		s.InChannel, s.KernelChannel = h.In*h.InStep, h.Kernel*h.KernelStep
		s.Spatial = []Axis{h, w}
		x := &sample{spec: s, inLen: s.Channels * s.InChannel, kLen: s.Channels * s.KernelChannel,
			outLen: 9 * s.Batch * s.Features}
		x.in, x.kernel = randomFloats(1, x.inLen), randomFloats(2, x.kLen)

		all, out := guarded(x.outLen)
		g := planeOf(&s, x.in, x.kernel, out).newWinogradGradient()
		if rapid.Bool().Draw(t, "shared") {
			g.groups = 1
		}
		g.run(p)
		wants := x.want()
		for i, v := range all {
			if i < 20 || i >= 20+x.outLen {
				if !math.IsNaN(float64(v)) {
					t.Fatalf("wrote %g at %d, outside of the output", v, i-20)
				}
				continue
			}
			// 243 products below 1/4; the definition in float32 stays within 2e-6.
			if want := wants[i-20]; !(math.Abs(float64(v)-want) < 2e-5) {
				t.Fatalf("out[%d] = %g, want %g; %+v", i-20, v, want, s)
			}
		}
	})
}

// TestWinogradGradientError compares the rounding errors of the algorithm and of the definition on the gradient of a
// layer's kernel, a sum over 1568 positions.
func TestWinogradGradientError(t *testing.T) {
	l := layer{8, 14, 32, 16, 3, 1}
	x := &sample{spec: l.kernelGradient(), outLen: 9 * l.in * l.out}
	x.in, x.kernel = randomFloats(1, l.batch*l.size*l.size*l.in), randomFloats(2, l.batch*l.size*l.size*l.out)
	want := x.want()
	p := pool.New(2)
	defer p.Close()
	deviation := func(run func(c *plane)) float64 {
		out := make([]float32, x.outLen)
		run(planeOf(&x.spec, x.in, x.kernel, out))
		var sum float64
		for i, v := range out {
			sum += (float64(v) - want[i]) * (float64(v) - want[i])
		}
		return math.Sqrt(sum / float64(len(out)))
	}
	direct := deviation(func(c *plane) { c.newGradient().run(p) })
	winograd := deviation(func(c *plane) { c.newWinogradGradient().run(p) })
	t.Logf("root mean square errors: definition %.2g, Winograd %.2g", direct, winograd)
	if winograd > 4*direct {
		t.Errorf("Winograd's error is %.2g, the definition's %.2g; want at most four times that", winograd, direct)
	}
}
