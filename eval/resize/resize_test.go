package resize

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"testing"

	"github.com/amgen/amgen/eval/internal/pseudo"
)

// golden is an image of noise, resized by testdata/resize.py.
type golden struct {
	Mode              Mode
	Salt              uint32
	Channels          int
	Height, Width     int
	ToHeight, ToWidth int
	Step              int       // from one value to the next
	Values            []float32 // of the flat output
	Mean              float64   // of the whole
}

// off tells whether a number isn't within a tolerance of what is wanted; NaN is within none.
func off(got, want, tolerance float64) bool { return !(math.Abs(got-want) <= tolerance) }

// TestGolden compares with Pillow, PyTorch and TensorFlow's rule, to a thousandth of a grey level. Those compute sums
// of float32 (PyTorch) or round their results to them, 8e-6 at 255.
func TestGolden(t *testing.T) {
	text, err := os.ReadFile("../testdata/resize.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []golden
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases) < 40 {
		t.Fatalf("%d cases, want all sizes, modes and channels", len(cases))
	}
	for _, c := range cases {
		t.Run(fmt.Sprintf("%s/%dx%dx%d-%dx%d", c.Mode, c.Height, c.Width, c.Channels, c.ToHeight, c.ToWidth),
			func(t *testing.T) {
				r, err := New(c.Mode, c.Height, c.Width, c.ToHeight, c.ToWidth)
				if err != nil {
					t.Fatal(err)
				}
				got := make([]float32, r.Len())
				if err := r.Run(got, pseudo.Pixels(c.Salt, c.Height*c.Width*c.Channels), c.Channels); err != nil {
					t.Fatal(err)
				}
				worst, sum := 0.0, 0.0
				for i, want := range c.Values {
					worst = max(worst, math.Abs(float64(got[i*c.Step]-want)))
				}
				for _, v := range got {
					sum += float64(v)
				}
				if mean := sum / float64(len(got)); off(worst, 0, 1e-3) || off(mean, c.Mean, 1e-3) {
					t.Errorf("off by %g, mean %g, want %g", worst, mean, c.Mean)
				}
			})
	}
}

// TestProperties: a constant image stays constant, grey is repeated, an image of the right size is left as it is, each
// image of a batch comes out as it does alone, and transposing commutes with resizing.
func TestProperties(t *testing.T) {
	run := func(mode Mode, src []uint8, h, w, channels, toH, toW int) []float32 {
		t.Helper()
		r, err := New(mode, h, w, toH, toW)
		if err != nil {
			t.Fatal(err)
		}
		out := make([]float32, len(src)/(h*w*channels)*r.Len())
		if err := r.Run(out, src, channels); err != nil {
			t.Fatal(err)
		}
		return out
	}
	for _, mode := range Modes() {
		t.Run(string(mode), func(t *testing.T) {
			for _, v := range run(mode, slices.Repeat([]uint8{77}, 2*6*9), 6, 9, 1, 20, 4) {
				if off(float64(v), 77, 1e-4) {
					t.Fatalf("constant 77 becomes %g", v)
				}
			}
			same := pseudo.Pixels(1, 8*5*3)
			for i, v := range run(mode, same, 8, 5, 3, 8, 5) {
				if v != float32(same[i]) {
					t.Fatalf("pixel %d of an image of the right size becomes %g, want %d", i, v, same[i])
				}
			}
			grey := pseudo.Pixels(2, 7*4*6)
			var coloured, transposed []uint8
			for _, v := range grey {
				coloured = append(coloured, v, v, v)
			}
			all := run(mode, grey, 4, 6, 1, 9, 3)
			if !slices.Equal(all, run(mode, coloured, 4, 6, 3, 9, 3)) {
				t.Error("grey differs from RGB of three equal channels")
			}
			if size := 9 * 3 * 3; !slices.Equal(all[5*size:6*size], run(mode, grey[5*24:6*24], 4, 6, 1, 9, 3)) {
				t.Error("an image of a batch differs from itself alone")
			}
			for x := range 6 {
				for y := range 4 {
					transposed = append(transposed, grey[y*6+x])
				}
			}
			turned := run(mode, transposed, 6, 4, 1, 3, 9)
			for y := range 9 {
				for x := range 3 {
					// the clip comes last
					if a, b := all[(y*3+x)*3], turned[(x*9+y)*3]; off(float64(a), float64(b), 1e-3) {
						t.Fatalf("pixel %d, %d: %g, and %g transposed", y, x, a, b)
					}
				}
			}
		})
	}
}

func TestErrors(t *testing.T) {
	if _, err := Parse("lanczos"); err == nil {
		t.Error("an unknown mode gave no error")
	}
	for _, sides := range [][4]int{{0, 1, 1, 1}, {1, -1, 1, 1}, {1, 1, maxSide + 1, 1}} {
		if _, err := New(Clean, sides[0], sides[1], sides[2], sides[3]); err == nil {
			t.Errorf("sides %v gave no error", sides)
		}
	}
	r, err := New(Clean, 2, 2, 4, 4)
	if err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"two channels":   r.Run(make([]float32, r.Len()), make([]uint8, 8), 2),
		"half an image":  r.Run(make([]float32, r.Len()), make([]uint8, 6), 1),
		"a short output": r.Run(make([]float32, r.Len()-1), make([]uint8, 4), 1),
	} {
		if err == nil {
			t.Errorf("%s gave no error", name)
		}
	}
}

func BenchmarkResize(b *testing.B) {
	const images = 16
	src := pseudo.Pixels(3, images*32*32*3)
	for _, mode := range Modes() {
		b.Run("mode="+string(mode), func(b *testing.B) {
			r, err := New(mode, 32, 32, 299, 299)
			if err != nil {
				b.Fatal(err)
			}
			out := make([]float32, images*r.Len())
			for b.Loop() {
				if err := r.Run(out, src, 3); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(images*float64(b.N)/b.Elapsed().Seconds(), "images/s")
		})
	}
}
