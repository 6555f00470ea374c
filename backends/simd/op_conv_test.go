package simd_test

import (
	"math"
	"testing"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/shapes"
)

// imageAxes are NHWC images and HWIO kernels.
var imageAxes = backends.ConvolveAxesConfig{
	InputBatch: 0, InputSpatial: []int{1, 2}, InputChannels: 3,
	KernelSpatial: []int{0, 1}, KernelInputChannels: 2, KernelOutputChannels: 3,
	OutputBatch: 0, OutputSpatial: []int{1, 2}, OutputChannels: 3,
}

// TestConvGeneral checks that each attribute reaches the axis that it is for, against the definition.
func TestConvGeneral(t *testing.T) {
	b := newBackend(t, "simd:workers=2")
	const n, h, w, ci, kh, kw, co = 2, 5, 6, 3, 2, 3, 4
	const strideH, strideW, dilateH, dilateW, kernelH, kernelW = 2, 1, 1, 2, 2, 1
	const top, bottom, left, right = 1, 2, -1, 3
	const oh = ((h-1)*dilateH+1+top+bottom-(kh-1)*kernelH-1)/strideH + 1
	const ow = ((w-1)*dilateW+1+left+right-(kw-1)*kernelW-1)/strideW + 1
	x, k := randomFlat[float64](1, n*h*w*ci), randomFlat[float64](2, kh*kw*ci*co)
	want := make([]float64, n*oh*ow*co)
	for i := range want {
		o, rest := i%co, i/co
		ox, rest := rest%ow, rest/ow
		oy, image := rest%oh, rest/oh
		for y := range kh {
			for z := range kw {
				iy, ix := oy*strideH+y*kernelH-top, ox*strideW+z*kernelW-left
				if iy < 0 || ix < 0 || iy%dilateH != 0 || ix%dilateW != 0 || iy/dilateH >= h || ix/dilateW >= w {
					continue
				}
				for c := range ci {
					want[i] += x[((image*h+iy/dilateH)*w+ix/dilateW)*ci+c] * k[((y*kw+z)*ci+c)*co+o]
				}
			}
		}
	}
	build := func(builder backends.Builder, in []backends.Op) (backends.Op, error) {
		return builder.ConvGeneral(in[0], in[1], imageAxes, []int{strideH, strideW},
			[][2]int{{top, bottom}, {left, right}},
			[]int{dilateH, dilateW}, []int{kernelH, kernelW}, 1, 1)
	}
	dims := [][]int{{n, h, w, ci}, {kh, kw, ci, co}}
	got := execute(t, b, [][]float64{x, k}, dims, build)
	got32 := execute(t, b, [][]float32{narrowed(x), narrowed(k)}, dims, build)
	for i := range want {
		// 18 products below 1/4.
		if math.Abs(got[i]-want[i]) > 1e-14 || math.Abs(float64(got32[i])-want[i]) > 1e-5 {
			t.Fatalf("output %d is %g in float64, %g in float32, want %g", i, got[i], got32[i], want[i])
		}
	}
}

// TestConvGeneralDefaults sees that absent strides, paddings and dilations are ones, zeros and ones.
func TestConvGeneralDefaults(t *testing.T) {
	b := newBackend(t, "simd")
	build := func(builder backends.Builder, in []backends.Op) (backends.Op, error) {
		return builder.ConvGeneral(in[0], in[1], imageAxes, nil, nil, nil, nil, 1, 1)
	}
	got := execute(t, b, [][]float32{{1, 2, 3}, {10, 1}}, [][]int{{1, 1, 3, 1}, {1, 2, 1, 1}}, build)
	if got[0] != 12 || got[1] != 23 || len(got) != 2 {
		t.Errorf("got %v, want [12 23]", got)
	}
}

// TestConvGeneralReversedKernel compares a reversed kernel, which the convolution reads backwards, with one reversed by
// hand, and sees that a reversal of its channels stays.
func TestConvGeneralReversedKernel(t *testing.T) {
	b := newBackend(t, "simd")
	convolve := func(axes ...int) []float32 {
		return execute(t, b, [][]float32{{1, 2, 4, 8}, {1, 10, 100, 1000}}, [][]int{{1, 1, 2, 2}, {1, 2, 2, 1}},
			func(builder backends.Builder, in []backends.Op) (backends.Op, error) {
				kernel := in[1]
				if len(axes) > 0 {
					var err error
					if kernel, err = builder.Reverse(kernel, axes...); err != nil {
						return nil, err
					}
				}
				return builder.ConvGeneral(in[0], kernel, imageAxes, nil, nil, nil, nil, 1, 1)
			})
	}
	for _, c := range []struct {
		axes []int
		want float32
	}{
		{nil, 1*1 + 2*10 + 4*100 + 8*1000},
		{[]int{0}, 1*1 + 2*10 + 4*100 + 8*1000},
		{[]int{0, 1}, 1*100 + 2*1000 + 4*1 + 8*10},
		{[]int{2}, 1*10 + 2*1 + 4*1000 + 8*100},
		{[]int{1, 2}, 1*1000 + 2*100 + 4*10 + 8*1},
	} {
		if got := convolve(c.axes...); len(got) != 1 || got[0] != c.want {
			t.Errorf("kernel reversed along %v: got %v, want %v", c.axes, got, c.want)
		}
	}
}

// TestConvGeneralRefuses checks that mistakes are errors and not crashes.
func TestConvGeneralRefuses(t *testing.T) {
	b := newBackend(t, "simd").Builder("refuse")
	x, err := b.Parameter("x", shapes.Make(dtypes.Float32, 1, 4, 4, 2), nil)
	if err != nil {
		t.Fatal(err)
	}
	k, err := b.Parameter("k", shapes.Make(dtypes.Float32, 3, 3, 2, 2), nil)
	if err != nil {
		t.Fatal(err)
	}
	far, twice := imageAxes.Clone(), imageAxes.Clone()
	far.InputBatch = 7
	twice.KernelSpatial[0] = 1
	for name, build := range map[string]func() (backends.Op, error){
		"axis out of range": func() (backends.Op, error) { return b.ConvGeneral(x, k, far, nil, nil, nil, nil, 1, 1) },
		"axis twice": func() (backends.Op, error) {
			return b.ConvGeneral(x, k, twice, nil, nil, nil, nil, 1,
				1)
		},
		"stride 0": func() (backends.Op, error) {
			return b.ConvGeneral(x, k, imageAxes, []int{0, 1}, nil, nil,
				nil, 1, 1)
		},
		"groups": func() (backends.Op, error) {
			return b.ConvGeneral(x, k, imageAxes, nil, nil, nil, nil, 2,
				1)
		},
		"too small": func() (backends.Op, error) {
			return b.ConvGeneral(x, k, imageAxes, nil, [][2]int{{-1, -1}, {0, 0}}, nil, nil, 1, 1)
		},
	} {
		if _, err := build(); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
