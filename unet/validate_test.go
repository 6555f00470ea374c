package unet

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/backends"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
	"pgregory.net/rapid"
)

func TestValidate(t *testing.T) {
	for _, c := range []struct {
		change func(*Config)
		want   string
	}{
		{func(c *Config) { c.Size = 30 }, "Multipliers must be at most 2 numbers for images of 30×30 pixels, " +
			"which each but the first halves; got 3 numbers: 1,2,2"},
		{func(c *Config) { c.Size = 0 }, "Size must be from 1 to 16384, got 0"},
		{func(c *Config) { c.Size = 1 << 40 }, "Size must be"},
		{func(c *Config) { c.Attention = []int{8} }, "resolutions of the network, which has 28,14,7 pixels; got 8"},
		{func(c *Config) { c.Attention = []int{7, 14, 7} }, "each resolution once, got 7,14,7"},
		{func(c *Config) { c.Base = 6 }, "Base must be a multiple of 4"},
		{func(c *Config) { c.Base = -4 }, "got -4"},
		{func(c *Config) { c.Base = 1 << 20 }, "at most 65536"},
		{func(c *Config) { c.Blocks = 0 }, "Blocks must be from 1 to 256, got 0"},
		{func(c *Config) { c.Blocks = 1e9 }, "Blocks must be from 1 to 256"},
		{func(c *Config) { c.Channels = 0 }, "Channels must be from 1"},
		{func(c *Config) { c.ConditionChannels = -1 }, "ConditionChannels must be from 0"},
		{func(c *Config) { c.Dropout = 1 }, "got 1"},
		{func(c *Config) { c.Dropout = math.NaN() }, "got NaN"},
		{func(c *Config) { c.Multipliers = nil }, "Multipliers must be one for each resolution"},
		{func(c *Config) { c.Multipliers = []int{1, 0} }, "Multipliers of 16 channels must be from 1 to 4096, got 1,0"},
		{func(c *Config) { c.Multipliers = []int{1, math.MaxInt} }, "from 1 to 4096"},
		{func(c *Config) { c.Form = 7 }, "InnerProduct or Quadratic"},
		{func(c *Config) { c.Convention = 7 }, "Amgen or Authors"},
		{func(c *Config) { c.Convention = Authors }, "32 groups"},
	} {
		cfg := Presets["tiny"]
		c.change(&cfg)
		var wrong *FieldError
		if err := cfg.Validate(); !errors.As(err, &wrong) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want an error with %q", err, c.want)
		}
	}
	if _, err := Preset("huge"); err == nil || !strings.Contains(err.Error(),
		"cifar10, cifar10-small, cifar10-tiny, mnist, mnist-small, tiny") {
		t.Errorf("got %v, want the presets that exist", err)
	}
}

// The largest network that there may be has counts that don't overflow.
func TestLargest(t *testing.T) {
	largest := Config{Size: mostSize, Channels: mostChannels, ConditionChannels: mostChannels, Base: mostChannels,
		Multipliers: slices.Repeat([]int{1}, 15), Blocks: mostBlocks, Attention: []int{mostSize}}
	if err := largest.Validate(); err != nil {
		t.Fatal(err)
	}
	small := largest
	small.Base, small.Blocks, small.Attention = 4, 1, nil
	if big, less := largest.Params(), small.Params(); less < 1 || big < less {
		t.Errorf("%d parameters of the largest network, %d of a small one", big, less)
	}
	if got := largest.FLOPs(1 << 20); got != math.MaxInt64 {
		t.Errorf("%d operations, want as many as there can be", got)
	}
	if got := largest.Activations(1); got < math.Pow(mostSize, 4) {
		t.Errorf("%g activations, want those of attention", got)
	}
}

// randomConfig is a small network, or nonsense.
func randomConfig(t *rapid.T) Config {
	number := func(name string, good ...int) int {
		if rapid.IntRange(0, 39).Draw(t, name+" is odd") > 0 {
			return rapid.SampledFrom(good).Draw(t, name)
		}
		return rapid.SampledFrom([]int{-8, -1, 0, 1, 3, 5, 6, 10, 1 << 15, 1 << 33, math.MaxInt, math.MinInt}).Draw(t,
			name)
	}
	list := func(name string, most int, good ...int) (list []int) {
		for range rapid.SampledFrom([]int{1, 2, 2, 3, 3, most, 0}).Draw(t, name+" has") {
			list = append(list, number(name, good...))
		}
		return list
	}
	c := Config{
		Size: number("size", 4, 8, 12), Channels: number("channels", 1, 2, 3),
		ConditionChannels: number("conditions", 0, 1),
		Base:              number("base", 4, 8, 12, 20, 32), Multipliers: list("multipliers", 5, 1, 2, 3),
		Blocks:  number("blocks", 1, 2, 3),
		Dropout: rapid.SampledFrom([]float64{0, 0, 0.1, 0.5, 0.9, 1, -1}).Draw(t, "dropout"),
		Form:    Form(rapid.IntRange(0, 1).Draw(t, "form")),
	}
	if rapid.Bool().Draw(t, "has classes") {
		c.Classes = number("classes", 0, 1, 10)
	}
	if c.Base%32 == 0 {
		c.Convention = Convention(rapid.IntRange(0, 1).Draw(t, "convention"))
	}
	for i := range c.Multipliers {
		if rapid.Bool().Draw(t, "attends") {
			c.Attention = append(c.Attention, c.Size>>i)
		}
	}
	if rapid.IntRange(0, 9).Draw(t, "attention is odd") == 0 {
		c.Attention = append(c.Attention, number("attention", 2, 4))
	}
	return c
}

// TestEveryConfig: a configuration is refused in one line, or its network has as many parameters as are counted and
// listed, and a number for each pixel and channel of an image.
func TestEveryConfig(t *testing.T) {
	backend, err := backends.NewWithConfig("simd")
	if err != nil {
		t.Fatal(err)
	}
	defer backend.Finalize()
	refused, built := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		c := randomConfig(t)
		if err := c.Validate(); err != nil {
			if refused++; strings.Contains(err.Error(), "\n") || len(err.Error()) > 300 {
				t.Fatalf("refused in more than a line: %v", err)
			}
			return
		}
		if c.Size > 12 || c.Base > 32 || c.Channels > 3 || c.ConditionChannels > 1 || c.Blocks > 3 ||
			slices.Max(c.Multipliers) > 3 {
			return // too large to build here
		}
		built++
		const batch = 2
		vars := mlcontext.New()
		exec := mlcontext.MustNewExec(backend, vars, func(vars *mlcontext.Context, times, x *Node) *Node {
			return Network(c)(vars, times, x)
		})
		x := make([]float32, batch*c.Size*c.Size*(c.Channels+c.ConditionChannels))
		for i := range x {
			x[i] = float32(math.Sin(float64(i)))
		}
		out := exec.MustExec([]float32{0, 0.7}, tensors.FromFlatDataAndDimensions(x, batch, c.Size, c.Size,
			c.Channels+c.ConditionChannels))[0]
		if got, want := out.Shape().Dimensions, []int{batch, c.Size, c.Size, c.Channels}; !slices.Equal(got, want) {
			t.Fatalf("result of shape %v, want %v", got, want)
		}
		for _, v := range tensors.MustCopyFlatData[float32](out) {
			if v != 0 { // the last convolution starts at zero
				t.Fatalf("got %v before training", v)
			}
		}
		created, listed := 0, 0
		for v := range vars.IterVariables() {
			if v.Trainable {
				created += v.Shape().Size()
			}
		}
		for _, v := range Variables(c) {
			size := 1
			for _, n := range v.Shape {
				size *= n
			}
			listed += size
		}
		if created != c.Params() || listed != created {
			t.Fatalf("%d parameters are counted, %d listed and %d created", c.Params(), listed, created)
		}
	})
	t.Logf("%d were refused and %d built", refused, built)
	if refused < 5 || built < 5 {
		t.Error("want some of each")
	}
}
