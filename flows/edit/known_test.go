package edit

import (
	"image/color"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/amgen/amgen/flows"
)

// measurements are some of each kind, of images of 4 × 6 × 3.
func measurements(rng *rand.Rand) map[string]Known {
	random := func(n int) []uint8 {
		levels := make([]uint8, n)
		for i := range levels {
			levels[i] = uint8(rng.IntN(256))
			if rng.IntN(4) == 0 { // the ends are where rounding and clipping meet
				levels[i] = []uint8{0, 255}[rng.IntN(2)]
			}
		}
		return levels
	}
	fill := make([]bool, 24)
	for i := range fill {
		fill[i] = rng.IntN(2) == 0
	}
	blocks, err := NewBlocks(random(2*3*3), 4, 6, 3, 2)
	if err != nil {
		panic(err)
	}
	return map[string]Known{"pixels": Pixels{random(72), fill}, "grey": Grey{random(24)}, "blocks": blocks}
}

// TestProjections: what is projected stays there, and what a projection moves is at right angles to what it leaves, so
// it is the least distance.
func TestProjections(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		for name, known := range measurements(rng) {
			x, y := normal(rng, 72), normal(rng, 72)
			p, q := slices.Clone(x), slices.Clone(y)
			known.Project(p)
			known.Project(q)
			var moved, inside float64 // of x, along the plane of what is known
			for i := range p {
				moved += float64(x[i]-p[i]) * float64(p[i]-q[i])
				inside += float64(x[i]-p[i]) * float64(x[i]-p[i])
			}
			if math.Abs(moved) > 1e-4*(1+inside) { // sums of 72 products in float32
				t.Errorf("%s: the projection isn't at right angles: %g of %g", name, moved, inside)
			}
			again := slices.Clone(p)
			known.Project(again)
			for i := range p {
				if d := math.Abs(float64(again[i] - p[i])); d > 1e-5 {
					t.Errorf("%s: a second projection moves value %d by %g", name, i, d)
				}
			}
		}
	}
}

func normal(rng *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(rng.NormFloat64())
	}
	return x
}

// TestSettle: after it, what is known is exact in 8 bits, whatever was there; and what has it already stays.
func TestSettle(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 50 {
		for name, known := range measurements(rng) {
			levels := make([]uint8, 72)
			for i := range levels {
				levels[i] = uint8(rng.IntN(256))
			}
			before := slices.Clone(levels)
			known.Settle(levels)
			switch k := known.(type) {
			case Pixels:
				for i, level := range levels {
					if want := map[bool]uint8{false: k.Levels[i], true: before[i]}[k.Fill[i/3]]; level != want {
						t.Fatalf("pixels: value %d is %d, want %d", i, level, want)
					}
				}
			case Grey:
				for i, want := range k.Levels {
					rgb := color.RGBA{levels[3*i], levels[3*i+1], levels[3*i+2], 255}
					if got := color.GrayModel.Convert(rgb).(color.Gray).Y; got != want {
						t.Fatalf("grey: pixel %d, %v, is %d, want %d", i, rgb, got, want)
					}
				}
			case Blocks:
				for row := range 2 {
					for column := range 3 {
						for c := range 3 {
							at := func(y, x int) int { return int(levels[((2*row+y)*6+2*column+x)*3+c]) }
							got := at(0, 0) + at(0, 1) + at(1, 0) + at(1, 1)
							if want := 4 * int(k.Levels[(row*3+column)*3+c]); got != want {
								t.Fatalf("blocks: sum %d, want %d", got, want)
							}
						}
					}
				}
			}
			settled := slices.Clone(levels)
			if known.Settle(levels); !slices.Equal(levels, settled) {
				t.Errorf("%s: settling again changes the image", name)
			}
		}
	}
}

// TestSlerp: the ends are the two points themselves, and between them the length stays and the angle is the share.
func TestSlerp(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	a, b := normal(rng, 500), normal(rng, 500)
	scale := float32(math.Sqrt(dot(a, a) / dot(b, b)))
	for i := range b {
		b[i] *= scale
	}
	if !slices.Equal(Slerp(a, b, 0), a) || !slices.Equal(Slerp(a, b, 1), b) {
		t.Error("the ends aren't the two points")
	}
	whole := math.Acos(dot(a, b) / dot(a, a))
	for _, share := range []float64{0.1, 0.5, 0.75} {
		c := Slerp(a, b, share)
		if length := dot(c, c) / dot(a, a); math.Abs(length-1) > 1e-5 {
			t.Errorf("share %g: squared length %g of the ends'", share, length)
		}
		if angle := math.Acos(dot(a, c) / dot(a, a)); math.Abs(angle-share*whole) > 1e-4 {
			t.Errorf("share %g: angle %g, want %g", share, angle, share*whole)
		}
	}
}

// What can't be known of an image of 28×28 is an error, before anything is drawn.
func TestCheck(t *testing.T) {
	const size = 28 * 28
	noise := make([]float32, size)
	for name, known := range map[string]Known{
		"few levels":   Pixels{Levels: make([]uint8, 5), Fill: make([]bool, 5)},
		"a short mask": Pixels{Levels: make([]uint8, size), Fill: make([]bool, 5)},
		"no mask":      Pixels{Levels: make([]uint8, size)},
		"grey of grey": Grey{Levels: make([]uint8, size)},
		"few blocks":   Blocks{Levels: make([]uint8, 3), Width: 28, Channels: 1, Factor: 4},
		"no factor":    Blocks{Levels: make([]uint8, 49), Width: 28, Channels: 1},
		"no width":     Blocks{Levels: make([]uint8, 49), Channels: 1, Factor: 4},
		"right":        Blocks{Levels: make([]uint8, 16), Width: 28, Channels: 1, Factor: 7},
		"nothing":      nil,
	} {
		velocity := func(float64, []float32) ([]float32, error) { t.Fatal("it solves"); return nil, nil }
		if name == "right" { // 4×4 blocks of 7×7
			if err := known.Check(size); err != nil {
				t.Error(err)
			}
			continue
		}
		_, err := Restoration{Schedule: flows.Linear{}.Schedule}.Restore(t.Context(), velocity, []Known{known}, noise,
			[]*rand.Rand{rand.New(rand.NewPCG(1, 2))})
		if err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}
