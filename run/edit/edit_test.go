package edit

import (
	"errors"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	known "github.com/amgen/amgen/flows/edit"
	"github.com/amgen/amgen/flows/solve"
	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/internal/smallrun"
	"github.com/amgen/amgen/models"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/draw"
)

// digitsModel opens the bundled model of MNIST.
func digitsModel(t testing.TB) *run.Run {
	t.Helper()
	m, err := models.Named("mnist")
	if err != nil {
		t.Fatal(err)
	}
	r, err := m.Open(t.Context(), run.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

// few is a solver that is quick.
var few = solve.Heun{Steps: 4}

// sample draws one image of a seed, of any class.
func sample(t testing.TB, r *run.Run, seed int64) *draw.Samples {
	t.Helper()
	s, err := draw.Collect(draw.Draw(t.Context(), r, draw.Options{N: 1, Seed: seed, Solver: few, Classes: []int32{-1}}))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func quantised(x []float32) []uint8 {
	levels := make([]uint8, len(x))
	imaging.Quantize(levels, x)
	return levels
}

// TestVary: strength 0 is the image itself, and strength 1 the sample of the seed, bit for bit.
func TestVary(t *testing.T) {
	r := digitsModel(t)
	image := quantised(sample(t, r, 1).X)
	same, err := Vary(t.Context(), r, image, 0, Options{Seed: 2, Solver: few})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(quantised(same.X), image) {
		t.Error("strength 0 changes the image")
	}
	drawn, err := Vary(t.Context(), r, image, 1, Options{Seed: 2, Solver: few})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(drawn.X, sample(t, r, 2).X) {
		t.Error("strength 1 isn't the sample of the seed")
	}
	for _, strength := range []float64{-0.1, 1.1, math.NaN()} {
		if _, err := Vary(t.Context(), r, image, strength, Options{}); err == nil {
			t.Errorf("strength %g is taken", strength)
		}
	}
	if _, err := Vary(t.Context(), r, image[1:], 0.5, Options{}); err == nil {
		t.Error("an image of another size is taken")
	}
}

// TestRestore: what is known stays bit for bit, and the rest is new. Image k is the same in batches of another size but
// for rounding.
func TestRestore(t *testing.T) {
	r := digitsModel(t)
	image := quantised(sample(t, r, 1).X)
	fill := make([]bool, len(image))
	for i := range fill {
		fill[i] = i%28 >= 14
	}
	given := func(int) known.Known { return known.Pixels{Levels: image, Fill: fill} }
	how := known.Restoration{Steps: 3, Repeats: 2}
	restore := func(batch int) []float32 {
		s, err := Restore(t.Context(), r, given, Options{N: 3, Batch: batch, Seed: 3, Restoration: how})
		if err != nil {
			t.Fatal(err)
		}
		return s.X
	}
	x := restore(0)
	levels := quantised(x)
	for k := range 3 {
		own := levels[k*len(image) : (k+1)*len(image)]
		changed := 0
		for i, level := range own {
			if !fill[i] && level != image[i] {
				t.Fatalf("result %d: known pixel %d is %d, want %d", k, i, level, image[i])
			}
			if fill[i] && level != image[i] {
				changed++
			}
		}
		if changed < 50 {
			t.Errorf("result %d: %d pixels are new, want most of the half", k, changed)
		}
	}
	for i, v := range restore(2) {
		if d := math.Abs(float64(v - x[i])); d > 0.05 {
			t.Fatalf("value %d differs by %g in batches of another size", i, d)
		}
	}
	black := known.Blocks{Levels: make([]uint8, 49), Width: 28, Channels: 1, Factor: 4}
	s, err := Restore(t.Context(), r, func(int) known.Known { return black }, Options{Restoration: how})
	if err != nil {
		t.Fatal(err)
	}
	for i, level := range quantised(s.X) {
		if level != 0 { // the mean of its block is 0
			t.Fatalf("blocks: value %d is %d, want 0", i, level)
		}
	}
}

// TestCodes: a sample's code is its noise, and decodes to it.
func TestCodes(t *testing.T) {
	r := digitsModel(t)
	solver := solve.RK4{Steps: 25}
	noise, err := Noise(r, 5)
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Solver: solver}
	drawn, err := Decode(t.Context(), r, noise, o)
	if err != nil {
		t.Fatal(err)
	}
	image := quantised(drawn.X)
	codes, evaluations, err := Encode(t.Context(), r, image, o)
	if err != nil {
		t.Fatal(err)
	}
	if evaluations != 100 {
		t.Errorf("%d evaluations, want four for each of 25 steps", evaluations)
	}
	again, err := Decode(t.Context(), r, codes, o)
	if err != nil {
		t.Fatal(err)
	}
	// The image was rounded to 8 bits and is decoded to 8 bits: an error of one level in each pixel has 48 dB.
	if psnr := PSNR(image, quantised(again.X)); psnr < 48 {
		t.Errorf("decoded, the code has PSNR %.1f dB, want at least 48", psnr)
	}
	path := filepath.Join(t.TempDir(), "code.npz")
	if err := WriteCodes(path, r, Options{}, codes, again.X, image); err != nil {
		t.Fatal(err)
	}
	read, err := ReadCodes(path, r.Source.Dims)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(read.X, codes) || read.Weights != r.Hash {
		t.Error("the file has another code, or other weights")
	}
	if _, err := ReadCodes(path, []int{32, 32, 3}); err == nil {
		t.Error("a code of another shape is taken")
	}
	between := Between(noise, codes, 3)
	if !slices.Equal(between[:len(noise)], noise) || !slices.Equal(between[2*len(noise):], codes) {
		t.Error("the ends aren't the two codes")
	}
}

func TestPSNR(t *testing.T) {
	if got := PSNR([]uint8{0, 10}, []uint8{255, 10}); math.Abs(got-10*math.Log10(2)) > 1e-12 {
		t.Errorf("half of the pixels off by all: %g dB", got)
	}
	if got := PSNR([]uint8{7}, []uint8{7}); !math.IsInf(got, 1) {
		t.Errorf("equal images: %g dB", got)
	}
}

// TestCheck: runs that don't lead from noise to images along one curve are refused, with the reason.
func TestCheck(t *testing.T) {
	points := smallrun.Open(t, nil)
	if err := Check(points.Plan); !errors.As(err, new(run.ConfigError)) || !strings.Contains(err.Error(), "points") {
		t.Errorf("a run of points: %v", err)
	}
	for _, c := range []struct {
		want   string
		change func(*run.Config)
	}{
		{"inpaint", func(c *run.Config) { c.Path = "inpaint" }},
		{"superres", func(c *run.Config) { c.Path = "superres" }},
		{"torus", func(c *run.Config) { c.Path = "torus" }},
		{"eam", func(c *run.Config) { c.Objective, c.Sigma = "eam", 0.1 }},
		{"uam", func(c *run.Config) { c.Objective = "uam" }},
		{"", func(c *run.Config) { c.Path = "vp" }},
		{"", func(c *run.Config) { c.Objective = "fm" }},
	} {
		cfg, err := run.Preset("mnist", "tiny")
		if err != nil {
			t.Fatal(err)
		}
		c.change(&cfg)
		plan, err := cfg.Plan(t.Context(), run.Output{})
		if err != nil {
			t.Fatal(err)
		}
		err = Check(plan)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s %s: %v", cfg.Objective, cfg.Path, err)
		}
	}
}
