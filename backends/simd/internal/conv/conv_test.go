package conv

import (
	"flag"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/amgen/amgen/backends/simd/internal/kernels"
	"github.com/amgen/amgen/backends/simd/internal/pool"
	"pgregory.net/rapid"
)

// The tests draw the same cases every time. To look for others, pass -rapid.seed=0, and -rapid.checks for more.
func init() {
	for name, value := range map[string]string{"rapid.seed": "1", "rapid.nofailfile": "true", "rapid.checks": "300"} {
		if err := flag.Set(name, value); err != nil {
			panic(err)
		}
	}
}

// sample is a convolution in standard order: input [batch, channels, spatial…], kernel [channels, features,
// spatial…], output [batch, features, spatial…], with the spec's steps for the layouts in memory.
type sample struct {
	spec        Spec
	inBatch     int // the input's, batch groups included
	inChannels  int // the input's, channel groups included
	in, kernel  []float32
	inLen, kLen int
	outLen      int
}

// drawSample draws sizes, attributes and the order of axes in memory of all three arrays.
func drawSample(t *rapid.T, rank, most int) *sample {
	small := func(name string, from, to int) int { return rapid.IntRange(from, to).Draw(t, name) }
	s := &sample{spec: Spec{ChannelGroups: 1, BatchGroups: 1}}
	switch small("grouping", 0, 5) {
	case 0:
		s.spec.ChannelGroups = 2
	case 1:
		s.spec.BatchGroups = 2
	}
	channels := rapid.OneOf(rapid.IntRange(1, 4), rapid.IntRange(1, most))
	s.spec.Batch, s.spec.Channels = channels.Draw(t, "batch"), channels.Draw(t, "channels")
	s.spec.Features = s.spec.ChannelGroups * s.spec.BatchGroups * channels.Draw(t, "features")
	s.inBatch, s.inChannels = s.spec.Batch*s.spec.BatchGroups, s.spec.Channels*s.spec.ChannelGroups
	for range rank {
		a := Axis{In: small("in", 1, 9), Kernel: small("kernel", 1, 7), Stride: small("stride", 1, 3),
			InDilation: small("in dilation", 1, 3), KernelDilation: small("dilation", 1, 3), Pad: small("pad", -2, 4)}
		if small("plain", 0, 1) == 1 {
			a.Stride, a.InDilation, a.KernelDilation = 1, 1, 1
		}
		// The high padding makes the output any size from 1 on.
		a.Out = small("out", 1, 9)
		s.spec.Spatial = append(s.spec.Spatial, a)
	}
	s.layOut(t)
	r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
	s.in, s.kernel = make([]float32, s.inLen), make([]float32, s.kLen)
	for _, x := range [][]float32{s.in, s.kernel} {
		for i := range x {
			x[i] = r.Float32() - 0.5
		}
	}
	return s
}

// layOut draws an order of axes for each array and sets the steps.
func (s *sample) layOut(t *rapid.T) {
	draw := func(name string, sizes []int) (steps []int, length int) {
		order := rapid.Permutation(slices.Collect(func(yield func(int) bool) {
			for i := range sizes {
				if !yield(i) {
					return
				}
			}
		})).Draw(t, name)
		steps, length = make([]int, len(sizes)), 1
		for _, axis := range order {
			steps[axis] = length
			length *= sizes[axis]
		}
		return steps, length
	}
	var in, kernel, out []int
	for _, a := range s.spec.Spatial {
		in, kernel, out = append(in, a.In), append(kernel, a.Kernel), append(out, a.Out)
	}
	inSteps, inLen := draw("in order", append([]int{s.inBatch, s.inChannels}, in...))
	kSteps, kLen := draw("kernel order", append([]int{s.spec.Channels, s.spec.Features}, kernel...))
	outSteps, outLen := draw("out order", append([]int{s.spec.Batch, s.spec.Features}, out...))
	s.inLen, s.kLen, s.outLen = inLen, kLen, outLen
	s.spec.InBatch, s.spec.InChannel = inSteps[0], inSteps[1]
	s.spec.KernelChannel, s.spec.KernelFeature = kSteps[0], kSteps[1]
	s.spec.OutBatch, s.spec.OutFeature = outSteps[0], outSteps[1]
	for i := range s.spec.Spatial {
		a := &s.spec.Spatial[i]
		a.InStep, a.KernelStep, a.OutStep = inSteps[2+i], kSteps[2+i], outSteps[2+i]
		if rapid.Bool().Draw(t, "reversed") {
			s.spec.KernelAt += (a.Kernel - 1) * a.KernelStep
			a.KernelStep = -a.KernelStep
		}
	}
}

// want computes the convolution by the definition of each attribute, in float64: dilate and pad one line of the input
// after the other, look positions up. It shares nothing with the package but the spec.
func (s *sample) want() []float64 {
	out := make([]float64, s.outLen)
	spec := s.spec
	groups := spec.ChannelGroups * spec.BatchGroups
	perGroup := spec.Features / groups
	for b := range spec.Batch {
		for o := range spec.Features {
			g := o / perGroup
			for c := range spec.Channels {
				ib, ic := b, c
				if spec.BatchGroups > 1 {
					ib = g*spec.Batch + b
				}
				if spec.ChannelGroups > 1 {
					ic = g*spec.Channels + c
				}
				s.spread(0, out, b*spec.OutBatch+o*spec.OutFeature, ib*spec.InBatch+ic*spec.InChannel,
					spec.KernelAt+c*spec.KernelChannel+o*spec.KernelFeature)
			}
		}
	}
	return out
}

// spread goes over all pairs of an input and a tap of the axes from the given one on, and adds their product to the
// output that they meet at, if there is one.
func (s *sample) spread(axis int, out []float64, outAt, inAt, kAt int) {
	if axis == len(s.spec.Spatial) {
		out[outAt] += float64(s.in[inAt]) * float64(s.kernel[kAt])
		return
	}
	a := s.spec.Spatial[axis]
	for i := range a.In {
		for k := range a.Kernel {
			// In the dilated, padded input, i lies at i·InDilation + Pad; tap k of output o at o·Stride +
			// k·KernelDilation.
			at := i*a.InDilation + a.Pad - k*a.KernelDilation
			if at >= 0 && at%a.Stride == 0 && at/a.Stride < a.Out {
				s.spread(axis+1, out, outAt+at/a.Stride*a.OutStep, inAt+i*a.InStep, kAt+k*a.KernelStep)
			}
		}
	}
}

// guarded returns a slice of NaNs with NaNs before and after it.
func guarded(n int) (all, x []float32) {
	all = make([]float32, n+40)
	for i := range all {
		all[i] = float32(math.NaN())
	}
	return all, all[20 : 20+n : 20+n]
}

// run computes the convolution with guards around all three arrays.
func (s *sample) run(t fataler, workers int) []float32 {
	p := pool.New(workers)
	defer p.Close()
	_, in := guarded(s.inLen)
	copy(in, s.in)
	_, kernel := guarded(s.kLen)
	copy(kernel, s.kernel)
	all, out := guarded(s.outLen)
	Float32(p, s.spec, in, kernel, out)
	for i, v := range all {
		if (i < 20 || i >= 20+s.outLen) != math.IsNaN(float64(v)) {
			t.Fatalf("%+v: element %d of the output (of %d) is %g", s.spec, i-20, s.outLen, v)
		}
	}
	return out
}

type fataler interface{ Fatalf(string, ...any) }

func (s *sample) check(t fataler) {
	want := s.want()
	work := float64(s.spec.Channels)
	for _, a := range s.spec.Spatial {
		work *= float64(a.Kernel)
	}
	// Sums of that many products below 1/4, of both signs, in float32.
	tolerance := 1e-6 * (work + 10)
	for _, level := range kernels.Levels() {
		old := kernels.SetLevel(level)
		got, again := s.run(t, 1), s.run(t, 2)
		kernels.SetLevel(old)
		for i, v := range got {
			if math.Float32bits(v) != math.Float32bits(again[i]) {
				t.Fatalf("%v: out[%d] = %g by one worker, %g by two; %+v", level, i, v, again[i], s.spec)
			}
			if !(math.Abs(float64(v)-want[i]) <= tolerance) {
				t.Fatalf("%v: out[%d] = %g, want %g; %+v", level, i, v, want[i], s.spec)
			}
		}
	}
	s.checkAny(t, want)
}

// checkAny compares the plain loops in float64.
func (s *sample) checkAny(t fataler, want []float64) {
	in, kernel, out := make([]float64, s.inLen), make([]float64, s.kLen), make([]float64, s.outLen)
	for i, v := range s.in {
		in[i] = float64(v)
	}
	for i, v := range s.kernel {
		kernel[i] = float64(v)
	}
	p := pool.New(2)
	defer p.Close()
	Any(p, s.spec, in, kernel, out)
	for i, v := range out {
		if math.Abs(v-want[i]) > 1e-12 {
			t.Fatalf("Any: out[%d] = %g, want %g; %+v", i, v, want[i], s.spec)
		}
	}
}

func TestFloat32(t *testing.T) {
	t.Run("1 axis", rapid.MakeCheck(func(t *rapid.T) { drawSample(t, 1, 40).check(t) }))
	t.Run("2 axes", rapid.MakeCheck(func(t *rapid.T) { drawSample(t, 2, 20).check(t) }))
	t.Run("3 axes", rapid.MakeCheck(func(t *rapid.T) { drawSample(t, 3, 3).check(t) }))
}

// TestEmpty sees zeros where there is nothing to sum, and no crash where there is nothing to write.
func TestEmpty(t *testing.T) {
	p := pool.New(2)
	defer p.Close()
	spec := Spec{Batch: 1, Channels: 0, Features: 2, ChannelGroups: 1, BatchGroups: 1, OutBatch: 4, OutFeature: 1,
		Spatial: []Axis{{In: 2, Kernel: 1, Out: 2, OutStep: 2, Stride: 1, InDilation: 1, KernelDilation: 1}}}
	out := []float32{1, 2, 3, 4}
	Float32(p, spec, nil, nil, out)
	if want := []float32{0, 0, 0, 0}; !slices.Equal(out, want) {
		t.Errorf("no channels: out = %v, want %v", out, want)
	}
	spec.Channels, spec.Batch = 1, 0
	Float32(p, spec, nil, make([]float32, 2), nil)
}

// TestLayers takes the paths that only larger convolutions take: several bands, blocks of the window, packed weights
// and gradients summed in groups.
func TestLayers(t *testing.T) {
	for _, l := range []layer{{2, 20, 16, 20, 3, 1}, {1, 12, 130, 70, 3, 1}, {1, 40, 64, 8, 3, 1},
		{3, 14, 20, 40, 3, 2},
		{3, 9, 24, 24, 1, 1}, {4, 28, 16, 1, 3, 1}, {4, 28, 1, 16, 3, 1}, {2, 16, 3, 70, 3, 1}, {2, 16, 70, 3, 3, 1},
		{4, 17, 64, 70, 3, 1}} {
		image, result := l.batch*l.size*l.size*l.in, l.batch*l.output()*l.output()*l.out
		kernel := l.window * l.window * l.in * l.out
		for name, s := range map[string]*sample{
			"forward": {spec: l.forward(), inLen: image, kLen: kernel, outLen: result},
			"input":   {spec: l.inputGradient(), inLen: result, kLen: kernel, outLen: image},
			"kernel":  {spec: l.kernelGradient(), inLen: image, kLen: result, outLen: kernel},
			"kernel, transposed": {spec: l.transposedGradient(), inLen: l.batch * l.size * l.size * l.out, kLen: image,
				outLen: kernel},
		} {
			t.Run(l.String()+"/"+name, func(t *testing.T) {
				r := rand.New(rand.NewPCG(7, 7))
				s.in, s.kernel = make([]float32, s.inLen), make([]float32, s.kLen)
				for _, x := range [][]float32{s.in, s.kernel} {
					for i := range x {
						x[i] = r.Float32() - 0.5
					}
				}
				s.check(t)
			})
		}
	}
}
