package augment

import (
	"math"
	"testing"

	"github.com/gomlx/gomlx/backends"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"

	_ "github.com/amgen/amgen/backends/simd"
)

func open(t *testing.T) backends.Backend {
	t.Helper()
	backend, err := backends.NewWithConfig("simd")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(backend.Finalize)
	return backend
}

// apply changes one image of a size and one channel, whose values at (x, y) a function tells.
func apply(t *testing.T, size int, at func(x, y int) float64, labels [Labels]float32) func(x, y int) float64 {
	t.Helper()
	image := make([]float32, size*size)
	for i := range image {
		image[i] = float32(at(i%size, i/size))
	}
	out := MustExecOnce(open(t), func(x, labels *Node) *Node { return Apply(x, labels) },
		tensors.FromFlatDataAndDimensions(image, 1, size, size, 1),
		tensors.FromFlatDataAndDimensions(labels[:], 1, Labels))
	values := tensors.MustCopyFlatData[float32](out)
	return func(x, y int) float64 { return float64(values[y*size+x]) }
}

// mix is a picture without symmetry.
func mix(x, y int) float64 { return float64((x*x*7 + y*13 + x*y*5) % 251) }

// reflected is the place of a pixel beyond the border, mirrored about the border's pixels.
func reflected(i, size int) int {
	period := 2 * (size - 1)
	i = ((i % period) + period) % period
	return min(i, period-i)
}

// TestExact: mirrors and turns are permutations of pixels, whole pixels move as they are, twice the size about the
// centre interpolates between neighbours, and each is exact.
func TestExact(t *testing.T) {
	const size = 8
	last := size - 1
	for name, test := range map[string]struct {
		labels [Labels]float32
		want   func(x, y int) float64
	}{
		"nothing":       {[Labels]float32{}, mix},
		"mirror":        {[Labels]float32{0: 1}, func(x, y int) float64 { return mix(last-x, y) }},
		"other mirror":  {[Labels]float32{1: 1}, func(x, y int) float64 { return mix(x, last-y) }},
		"quarter turn":  {[Labels]float32{2: -1, 3: 1}, func(x, y int) float64 { return mix(last-y, x) }}, // rot90
		"half turn":     {[Labels]float32{2: -2}, func(x, y int) float64 { return mix(last-x, last-y) }},
		"three quarter": {[Labels]float32{2: -1, 3: -1}, func(x, y int) float64 { return mix(y, last-x) }},
		"2 to the right": {[Labels]float32{6: 2}, func(x, y int) float64 {
			return mix(reflected(x-2, size), y)
		}},
		"3 up": {[Labels]float32{7: -3}, func(x, y int) float64 { return mix(x, reflected(y+3, size)) }},
		"20 down": {[Labels]float32{7: 20}, func(x, y int) float64 {
			return mix(x, reflected(y-20, size))
		}},
		"mirror and turn": {[Labels]float32{0: 1, 2: -1, 3: 1}, func(x, y int) float64 { return mix(y, x) }},
		"half a pixel": {[Labels]float32{6: 0.5}, func(x, y int) float64 {
			return (mix(x, y) + mix(reflected(x-1, size), y)) / 2
		}},
	} {
		got := apply(t, size, mix, test.labels)
		for i := range size * size {
			if x, y := i%size, i/size; got(x, y) != test.want(x, y) {
				t.Errorf("%s: %g at (%d, %d), want %g", name, got(x, y), x, y, test.want(x, y))
			}
		}
	}
}

// TestRamp: a picture whose values rise in a straight line keeps rising so, by the scale's reciprocal, wherever the
// kernel doesn't reach beyond the border.
func TestRamp(t *testing.T) {
	const size, tolerance = 32, 1e-3 // of values up to 100, in float32
	ramp := func(x, y int) float64 { return 3*float64(x) - 2*float64(y) + 40 }
	for _, w := range []struct{ scale, stretch, right, down float32 }{
		{1, 0, 0, 0}, {-1, 0, 0, 0}, {-3, 0, 0, 0}, {2.5, 0, 0.3, 0}, {0, 1, 0, 0}, {0, -2, 0.1, -0.2},
		{-0.01, 0, 0, 0}, {-0.1, 0, 0, 0}, {-1, -1, 0.31, 0.17},
	} {
		got := apply(t, size, ramp, [Labels]float32{4: w.scale, 5: w.stretch, 6: w.right, 7: w.down})
		sx, sy := math.Pow(2, float64(w.scale+w.stretch)/5), math.Pow(2, float64(w.scale-w.stretch)/5)
		const centre = (size - 1) / 2.
		checked := 0
		for i := range size * size {
			x := centre + (float64(i%size)-centre-4*float64(w.right))/sx
			y := centre + (float64(i/size)-centre-4*float64(w.down))/sy
			if x < 2 || y < 2 || x > size-3 || y > size-3 {
				continue
			}
			checked++
			if want := 3*x - 2*y + 40; math.Abs(got(i%size, i/size)-want) > tolerance {
				t.Errorf("%+v: %g at (%d, %d), want %g", w, got(i%size, i/size), i%size, i/size, want)
			}
		}
		if checked < 100 {
			t.Errorf("%+v: checked %d pixels", w, checked)
		}
	}
}

// TestConstant: a picture of one colour keeps it, border included.
func TestConstant(t *testing.T) {
	got := apply(t, 9, func(x, y int) float64 { return 100 }, [Labels]float32{4: -3, 5: 2, 6: 1.3, 7: -2.2})
	for i := range 81 {
		if v := got(i%9, i/9); math.Abs(v-100) > 1e-3 { // the weights' rounding
			t.Errorf("%g at %d, want 100", v, i)
		}
	}
}

// TestProbability: probability 0 changes no bit, and with others each kind happens as often as it should, by its
// distribution; what the labels say was done.
func TestProbability(t *testing.T) {
	const n, size = 4000, 4
	image := make([]float32, n*size*size)
	for i := range image {
		image[i] = float32(i % 251)
	}
	for _, p := range []float64{0, 0.3, 1} {
		vars := mlcontext.New()
		if err := vars.SetRNGStateFromSeed(7); err != nil {
			t.Fatal(err)
		}
		out := mlcontext.MustNewExec(open(t), vars, func(vars *mlcontext.Context, x *Node) []*Node {
			changed, labels := Images(vars, x, p)
			return []*Node{changed, labels, Apply(x, labels)}
		}).MustExec(tensors.FromFlatDataAndDimensions(image, n, size, size, 1))
		changed, labels := tensors.MustCopyFlatData[float32](out[0]), tensors.MustCopyFlatData[float32](out[1])
		for i, again := range tensors.MustCopyFlatData[float32](out[2]) {
			if changed[i] != again || p == 0 && changed[i] != image[i] {
				t.Fatalf("p %g: value %d is %g, by its label %g, was %g", p, i, changed[i], again, image[i])
			}
		}
		happens := make([]float64, Labels) // how often a label isn't 0
		for i, v := range labels {
			if v != 0 {
				happens[i%Labels]++
			}
			if math.Abs(float64(v)) > 3 {
				t.Errorf("label %g", v)
			}
		}
		for i, share := range []float64{0.5, 0.5, 0.75, 0.5, 1, 1, 1, 1} {
			want := p * share
			if got := happens[i] / n; math.Abs(got-want) > 5*math.Sqrt(want*(1-want)/n) { // five standard errors
				t.Errorf("p %g: label %d isn't 0 in %.3f of the images, want %.3f", p, i, got, want)
			}
		}
	}
}
