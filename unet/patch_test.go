package unet

import (
	"math"
	"testing"

	"github.com/gomlx/gomlx/backends"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/tensors"
)

// TestPatches: a patch of p×p pixels lies in the channels, row by row, and pixels puts it back.
func TestPatches(t *testing.T) {
	const batch, height, width, channels, p = 2, 4, 6, 3, 2
	flat := make([]float32, batch*height*width*channels)
	for i := range flat {
		flat[i] = float32(i)
	}
	backend, err := backends.NewWithConfig("simd")
	if err != nil {
		t.Fatal(err)
	}
	defer backend.Finalize()
	exec, err := NewExec(backend, func(x *Node) (*Node, *Node) {
		squares := patches(x, p)
		return squares, pixels(squares, p)
	})
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Exec(tensors.FromFlatDataAndDimensions(flat, batch, height, width, channels))
	if err != nil {
		t.Fatal(err)
	}
	got := out[0].Value().([][][][]float32)
	if d := out[0].Shape().Dimensions; d[1] != height/p || d[2] != width/p || d[3] != p*p*channels {
		t.Fatalf("shape %v", d)
	}
	for b := range batch {
		for y := range height {
			for x := range width {
				for c := range channels {
					want := flat[((b*height+y)*width+x)*channels+c]
					if at := got[b][y/p][x/p][((y%p)*p+x%p)*channels+c]; at != want {
						t.Fatalf("pixel (%d, %d, %d, %d) is %g, want %g", b, y, x, c, at, want)
					}
				}
			}
		}
	}
	tensors.MustConstFlatData(out[1], func(back []float32) {
		for i := range flat {
			if back[i] != flat[i] {
				t.Fatalf("number %d came back as %g, want %g", i, back[i], flat[i])
			}
		}
	})
}

// TestPatchParams: a patch of 2 makes four channels of each, in the first convolution and in the last alone.
func TestPatchParams(t *testing.T) {
	whole := Config{Size: 28, Channels: 1, Base: 16, Multipliers: []int{1, 2}, Blocks: 1}
	patched := whole
	patched.Patch = 2
	if got, want := patched.Params()-whole.Params(), 9*3*16+9*16*3+3; got != want {
		t.Errorf("%d more parameters, want %d", got, want)
	}
	if got, whole := patched.FLOPs(1), whole.FLOPs(1); got > whole/3 {
		t.Errorf("%d operations, want less than a third of %d", got, whole)
	}
}

// TestTimeFrequencies: equal ratios from the scale to a tenth; the default is that of DDPM.
func TestTimeFrequencies(t *testing.T) {
	for _, scale := range []float64{0, 16} {
		largest := scale
		if scale == 0 {
			largest = 1000
		}
		list := timeFrequencies(8, scale)
		for i, got := range list {
			if want := largest * math.Pow(10*largest, -float64(i)/7); math.Abs(got/want-1) > 1e-12 {
				t.Errorf("scale %g: frequency %d is %g, want %g", scale, i, got, want)
			}
		}
	}
}
