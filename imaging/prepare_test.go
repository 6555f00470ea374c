package imaging

import (
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	"github.com/gomlx/gomlx/pkg/ml/context"

	_ "github.com/amgen/amgen/backends/simd"
)

// backend is one for all tests: a tensor belongs to the backend that has seen it.
var backend = sync.OnceValue(func() backends.Backend { return must(backends.NewWithConfig("simd")) })

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// prepare runs Prepare once on a batch of images.
func prepare(t *testing.T, opts PrepareOptions, seed int64, k *tensors.Tensor) *tensors.Tensor {
	t.Helper()
	ctx := context.New()
	if err := ctx.SetRNGStateFromSeed(seed); err != nil {
		t.Fatal(err)
	}
	exec, err := context.NewExec(backend(), ctx, Prepare(opts))
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Exec(k)
	if err != nil {
		t.Fatal(err)
	}
	return out[0]
}

// everyValue is 64 images of 16×16×1, each holding all values 0…255 in order.
func everyValue() (*tensors.Tensor, []uint8) {
	flat := make([]uint8, 64*256)
	for i := range flat {
		flat[i] = uint8(i)
	}
	return tensors.FromFlatDataAndDimensions(flat, 64, 16, 16, 1), flat
}

// off tells whether a number isn't within a tolerance of what is wanted; NaN is within none.
func off(got, want, tolerance float64) bool { return !(math.Abs(got-want) <= tolerance) }

// TestDequantisation: x lies in the interval of its value, u = 128(x+1) − k is uniform, and quantising
// gives back exactly k.
func TestDequantisation(t *testing.T) {
	k, want := everyValue()
	x := prepare(t, PrepareOptions{}, 7, k)
	flat := tensors.MustCopyFlatData[float32](x)
	var sum, squares float64
	bins := make([]int, 16)
	for i, v := range flat {
		u := (float64(v)+1)*128 - float64(want[i])
		if !(u >= 0 && u < 1) {
			t.Fatalf("value %d became %v, so u = %v", want[i], v, u)
		}
		sum, squares = sum+u, squares+u*u
		bins[int(u*16)]++
	}
	n := float64(len(flat)) // 16384
	// The mean of u has a standard error of √(1/12n) = 0.0023, its second moment one of √(4/45n) =
	// 0.0023; both bounds are about five of them.
	if mean := sum / n; off(mean, 0.5, 0.012) {
		t.Errorf("mean of u is %v, want 1/2", mean)
	}
	if second := squares / n; off(second, 1.0/3, 0.012) {
		t.Errorf("mean of u² is %v, want 1/3", second)
	}
	for b, count := range bins { // 1024 ± 31 each; five deviations
		if count < 869 || count > 1179 {
			t.Errorf("bin %d of u holds %d of %v draws, want 1024 ± 155", b, count, n)
		}
	}
	got, err := QuantizeTensor(x)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got, want) {
		t.Error("quantising doesn't give back the values")
	}
}

// TestExtremeNoise: the largest u that the generator may draw stays inside its interval, for every
// value; with u of float32's full resolution 127 would become 128.
func TestExtremeNoise(t *testing.T) {
	u := float32(math.Floor(float64(math.Nextafter32(1, 0))*noiseLevels)) / noiseLevels
	for k := range 256 {
		x := []float32{(float32(k)+u)*(1.0/128) - 1}
		got := make([]uint8, 1)
		if Quantize(got, x); int(got[0]) != k || x[0] >= 1 {
			t.Errorf("%d became %v and then %d", k, x[0], got[0])
		}
	}
}

func TestPrepareSeeds(t *testing.T) {
	k, _ := everyValue()
	a := tensors.MustCopyFlatData[float32](prepare(t, PrepareOptions{Flip: true}, 1, k))
	b := tensors.MustCopyFlatData[float32](prepare(t, PrepareOptions{Flip: true}, 1, k))
	c := tensors.MustCopyFlatData[float32](prepare(t, PrepareOptions{Flip: true}, 2, k))
	if !slices.Equal(a, b) {
		t.Error("one seed gave two results")
	}
	if slices.Equal(a, c) {
		t.Error("two seeds gave one result")
	}
}

func TestCentre(t *testing.T) {
	k, _ := everyValue()
	flat := tensors.MustCopyFlatData[float32](prepare(t, PrepareOptions{Centre: true}, 1, k))
	for i, v := range flat[:256] {
		if want := (float32(i)+0.5)/128 - 1; v != want {
			t.Fatalf("value %d became %v, want %v", i, v, want)
		}
	}
}

// TestFlip: each image comes out as it is or mirrored left to right, all channels alike, about half of
// them mirrored.
func TestFlip(t *testing.T) {
	const n, h, w, c = 256, 2, 3, 3
	flat := pattern(n*h*w*c, 5)
	x := prepare(t, PrepareOptions{Flip: true}, 7, tensors.FromFlatDataAndDimensions(flat, n, h, w, c))
	got, err := QuantizeTensor(x)
	if err != nil {
		t.Fatal(err)
	}
	mirrored := 0
	for i := range n {
		in, out := flat[i*h*w*c:(i+1)*h*w*c], got[i*h*w*c:(i+1)*h*w*c]
		mirror := make([]uint8, len(in))
		for y := range h {
			for x := range w {
				copy(mirror[(y*w+x)*c:], in[(y*w+w-1-x)*c:(y*w+w-x)*c])
			}
		}
		switch {
		case slices.Equal(in, mirror):
			t.Fatalf("image %d is its own mirror: the fixture is too simple", i)
		case slices.Equal(out, mirror):
			mirrored++
		case !slices.Equal(out, in):
			t.Fatalf("image %d came out as %v, neither %v nor %v", i, out, in, mirror)
		}
	}
	if mirrored < 88 || mirrored > 168 { // 128 ± 8; five deviations
		t.Errorf("%d of %d images mirrored", mirrored, n)
	}
}

func TestPrepareRefusesOtherShapes(t *testing.T) {
	for _, bad := range []*tensors.Tensor{
		tensors.FromFlatDataAndDimensions([]float32{1}, 1, 1, 1, 1),
		tensors.FromFlatDataAndDimensions([]uint8{1}, 1, 1),
	} {
		exec, err := context.NewExec(backend(), context.New(), func(ctx *context.Context, k *graph.Node) *graph.Node {
			return Prepare(PrepareOptions{})(ctx, k)
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := exec.Exec(bad); err == nil {
			t.Errorf("%s was accepted", bad.Shape())
		}
	}
}

func TestQuantize(t *testing.T) {
	inf := float32(math.Inf(1))
	tests := []struct {
		x    float32
		want uint8
	}{
		{-1, 0}, {-1.5, 0}, {-inf, 0}, {float32(math.NaN()), 0},
		{0, 128}, {-1e-9, 127}, {math.Nextafter32(0, -1), 127},
		{math.Nextafter32(1, 0), 255}, {1, 255}, {1.2, 255}, {inf, 255},
		{-1 + 1.0/128, 1}, {math.Nextafter32(-1+1.0/128, -1), 0},
	}
	for _, test := range tests {
		got := make([]uint8, 1)
		if Quantize(got, []float32{test.x}); got[0] != test.want {
			t.Errorf("%v became %d, want %d", test.x, got[0], test.want)
		}
	}
	if _, err := QuantizeTensor(tensors.FromValue([]float64{1})); err == nil {
		t.Error("float64 was accepted")
	}
}

// On the host too, quantising gives back the integers, and the noise is uniform.
func TestDequantize(t *testing.T) {
	k := make([]uint8, 1<<16)
	for i := range k {
		k[i] = uint8(i)
	}
	x, back := make([]float32, len(k)), make([]uint8, len(k))
	Dequantize(x, k, rand.New(rand.NewPCG(1, 2)))
	Quantize(back, x)
	if !slices.Equal(k, back) {
		t.Error("quantising gives other integers")
	}
	var mean, square float64
	for i, v := range x {
		u := (float64(v)+1)*128 - float64(k[i])
		if !(u >= 0 && u < 1) {
			t.Fatalf("noise %g, want [0, 1)", u)
		}
		mean += u / float64(len(x))
		square += u * u / float64(len(x))
	}
	// 65 536 numbers know ½ to 0.0011 and ⅓ to 0.0012.
	if off(mean, 0.5, 0.005) || off(square, 1./3, 0.005) {
		t.Errorf("noise of mean %.4f and mean square %.4f, want ½ and ⅓", mean, square)
	}
}
