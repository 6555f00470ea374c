package conv

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/amgen/amgen/backends/simd/internal/pool"
	"pgregory.net/rapid"
)

// TestWinograd runs the algorithm on sizes that it would not be chosen for: odd ones, cropped and padded, with the
// kernel's channels in either order and its taps in both directions.
func TestWinograd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string, from, to int) int { return rapid.IntRange(from, to).Draw(t, name) }
		s := Spec{Batch: draw("batch", 1, 3), Channels: draw("channels", 1, 40), Features: draw("features", 1, 40),
			InChannel: 1, OutFeature: 1, KernelFeature: 1, ChannelGroups: 1, BatchGroups: 1}
		s.KernelChannel = s.Features
		if rapid.Bool().Draw(t, "transposed") {
			s.KernelChannel, s.KernelFeature = 1, s.Channels
		}
		h := Axis{In: draw("h", 1, 9), Kernel: 3, Out: draw("out h", 1, 9), Stride: 1, Pad: draw("pad h", -2, 4),
			InDilation: 1, KernelDilation: 1, KernelStep: 3 * s.Channels * s.Features}
		w := h
		w.In, w.Out, w.Pad = draw("w", 1, 9), draw("out w", 1, 9), draw("pad w", -2, 4)
		w.InStep, w.OutStep, w.KernelStep = s.Channels, s.Features, s.Channels*s.Features
		h.InStep, h.OutStep = w.In*w.InStep, w.Out*w.OutStep
		s.InBatch, s.OutBatch = h.In*h.InStep, h.Out*h.OutStep
		if rapid.Bool().Draw(t, "reversed") {
			s.KernelAt, w.KernelStep = 2*w.KernelStep, -w.KernelStep
		}
		s.Spatial = []Axis{h, w}
		x := &sample{spec: s, inLen: s.Batch * s.InBatch, kLen: 9 * s.Channels * s.Features,
			outLen: s.Batch * s.OutBatch}
		x.in, x.kernel = randomFloats(1, x.inLen), randomFloats(2, x.kLen)

		p := pool.New(2)
		defer p.Close()
		all, out := guarded(x.outLen)
		planeOf(&s, x.in, x.kernel, out).newWinograd().run(p)
		wants := x.want()
		for i, v := range all {
			if i < 20 || i >= 20+x.outLen {
				if !math.IsNaN(float64(v)) {
					t.Fatalf("wrote %g at %d, outside of the output", v, i-20)
				}
				continue
			}
			// 360 products below 1/4; the definition in float32 stays within 2e-6.
			if want := wants[i-20]; !(math.Abs(float64(v)-want) < 1e-5) {
				t.Fatalf("out[%d] = %g, want %g; %+v", i-20, v, want, s)
			}
		}
	})
}

// TestWinogradError compares the rounding errors of the algorithm and of the definition on a layer of 128 channels.
func TestWinogradError(t *testing.T) {
	l := layer{1, 10, 128, 64, 3, 1}
	x := &sample{spec: l.forward(), outLen: l.size * l.size * l.out}
	x.in, x.kernel = randomFloats(1, l.size*l.size*l.in), randomFloats(2, 9*l.in*l.out)
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
	direct := deviation(func(c *plane) { c.newForward().run(p) })
	winograd := deviation(func(c *plane) { c.newWinograd().run(p) })
	t.Logf("root mean square errors: definition %.2g, Winograd %.2g", direct, winograd)
	if winograd > 4*direct {
		t.Errorf("Winograd's error is %.2g, the definition's %.2g; want at most four times that", winograd, direct)
	}
}

func randomFloats(seed uint64, n int) []float32 {
	r := rand.New(rand.NewPCG(seed, seed))
	x := make([]float32, n)
	for i := range x {
		x[i] = r.Float32() - 0.5
	}
	return x
}

// planeOf is the only plane of a convolution, with its arrays.
func planeOf(s *Spec, in, kernel, out []float32) *plane {
	c := s.planes()[0]
	c.in, c.kernel, c.out = in, kernel, out
	return c
}
