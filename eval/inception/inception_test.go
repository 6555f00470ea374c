package inception

import (
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	"github.com/sbinet/npyio/npz"

	_ "github.com/amgen/amgen/backends/simd"
	"github.com/amgen/amgen/eval/internal/pseudo"
	"github.com/amgen/amgen/eval/resize"
	"github.com/amgen/amgen/weights"
)

var testBackend = sync.OnceValue(func() backends.Backend {
	backend, err := backends.NewWithConfig("simd")
	if err != nil {
		panic(err)
	}
	return backend
})

// pseudoWeights is the state dictionary that testdata/inception.py makes: the same numbers from the same integers.
var pseudoWeights = sync.OnceValue(func() []weights.Tensor {
	var list []weights.Tensor
	salt := uint32(0)
	put := func(name string, salt uint32, scale, shift float64, shape ...int) {
		n := 1
		for _, d := range shape {
			n *= d
		}
		values := make([]float32, n)
		for i, u := range pseudo.Uniform(salt, n) {
			values[i] = float32(shift + scale*u)
		}
		list = append(list, tensor(name, values, shape...))
	}
	matrix := func(name string, salt uint32, bound float64, shape ...int) {
		n := 1
		for _, d := range shape {
			n *= d
		}
		values := make([]float32, n)
		for i, u := range pseudo.Uniform(salt, n) {
			values[i] = float32((2*u - 1) * bound)
		}
		list = append(list, tensor(name, values, shape...))
	}
	for _, l := range layers() {
		matrix(l.name+".conv.weight", salt, math.Sqrt(6/float64(l.in*l.height*l.width)), l.out, l.in, l.height, l.width)
		put(l.name+".bn.weight", salt+1, 0.7, 0.6, l.out)
		put(l.name+".bn.bias", salt+2, 0.4, -0.2, l.out)
		put(l.name+".bn.running_mean", salt+3, 0.4, -0.2, l.out)
		put(l.name+".bn.running_var", salt+4, 1, 0.5, l.out)
		salt += 5
	}
	matrix("fc.weight", salt, math.Sqrt(3.0/Dim), fidClasses, Dim)
	put("fc.bias", salt+1, 0.2, -0.1, fidClasses)
	return list
})

// pseudoNetwork is a variant with those weights.
func pseudoNetwork(t testing.TB, v variant, mode resize.Mode, batch int) *Extractor {
	t.Helper()
	list, err := fromPyTorch(pseudoWeights())
	if err != nil {
		t.Fatal(err)
	}
	e, err := newExtractor(testBackend(), v, list, "pseudo-random", mode, batch)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// goldenOf reads an array of a file in testdata.
func goldenOf(t *testing.T, file, name string) []float32 {
	t.Helper()
	f, err := os.Open("../testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	r, err := npz.NewReader(f, st.Size())
	if err != nil {
		t.Fatal(err)
	}
	var values []float32
	if err := r.Read(name+".npy", &values); err != nil {
		t.Fatal(err)
	}
	return values
}

// apart is the largest difference, as a part of the value or, where this is small, of the root mean square of all.
func apart(got, want []float32) float64 {
	if len(got) != len(want) {
		return math.Inf(1)
	}
	squares, worst := 0.0, 0.0
	for _, w := range want {
		squares += float64(w) * float64(w)
	}
	rms := math.Sqrt(squares / float64(len(want)))
	for i, w := range want {
		worst = max(worst, math.Abs(float64(got[i]-w))/max(math.Abs(float64(w)), rms))
	}
	return worst
}

// TestAgainstPyTorch: with the same weights and images, features and logits agree with PyTorch's. Both sum in float32,
// over 94 layers; Winograd's convolutions round about three times as much as the definition's.
func TestAgainstPyTorch(t *testing.T) {
	images := tensors.FromFlatDataAndDimensions(pseudo.Pixels(9001, 2*Side*Side*3), 2, Side, Side, 3)
	biased := fidVariant()
	biased.unbiased = false
	e := pseudoNetwork(t, biased, resize.Clean, 2)
	pool, logits, err := e.Extract(images)
	if err != nil {
		t.Fatal(err)
	}
	averaged := fidVariant()
	averaged.lastMax = false
	other, unbiased, err := pseudoNetwork(t, averaged, resize.Clean, 2).Extract(images)
	if err != nil {
		t.Fatal(err)
	}
	for name, got := range map[string][]float32{"pool": pool, "logits": logits, "averaged": other} {
		if d := apart(got, goldenOf(t, "inception.npz", name)); !(d < 1e-4) {
			t.Errorf("%s differs by %.3g of PyTorch's", name, d)
		} else {
			t.Logf("%s differs by %.3g of PyTorch's", name, d)
		}
	}
	// The bias is left out of the logits unless they are asked for with it.
	weight := pseudoWeights()[len(pseudoWeights())-2]
	matrix := floats(weight) // [classes, Dim]
	for i, got := range unbiased {
		sum := 0.0
		for k, w := range matrix[i%fidClasses*Dim:][:Dim] {
			sum += float64(w) * float64(other[i/fidClasses*Dim+k])
		}
		if !(math.Abs(float64(got)-sum) <= 1e-4) {
			t.Fatalf("logit %d is %g, want %g", i, got, sum)
		}
	}
}

// TestBatches: images come out the same whatever batch they go through in and whatever fills it up, and grey as RGB.
func TestBatches(t *testing.T) {
	e := pseudoNetwork(t, fidVariant(), resize.LegacyTF, 2)
	const n, side = 3, 20
	grey := pseudo.Pixels(7, n*side*side)
	var rgb []uint8
	for _, v := range grey {
		rgb = append(rgb, v, v, v)
	}
	features, logits, err := e.Extract(tensors.FromFlatDataAndDimensions(grey, n, side, side, 1))
	if err != nil {
		t.Fatal(err)
	}
	if len(features) != n*e.Dim() || len(logits) != n*e.Classes() || e.Dim() != 2048 || e.Classes() != 1008 {
		t.Fatalf("%d features, %d logits of %d images", len(features), len(logits), n)
	}
	last, _, err := e.Extract(tensors.FromFlatDataAndDimensions(rgb[2*side*side*3:], 1, side, side, 3))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(last, features[2*Dim:]) {
		t.Error("the last of three grey images differs from itself alone in RGB")
	}
	if slices.Equal(features[:Dim], features[Dim:2*Dim]) {
		t.Error("two images have one feature")
	}
}

func TestExtractErrors(t *testing.T) {
	e := &Extractor{variant: fidVariant(), mode: resize.Clean, batch: 2}
	for name, pixels := range map[string]*tensors.Tensor{
		"floats":         tensors.FromFlatDataAndDimensions(make([]float32, 12), 1, 2, 2, 3),
		"one image":      tensors.FromFlatDataAndDimensions(make([]uint8, 12), 2, 2, 3),
		"two channels":   tensors.FromFlatDataAndDimensions(make([]uint8, 8), 1, 2, 2, 2),
		"an empty image": tensors.FromShape(shapes.Make(dtypes.Uint8, 1, 0, 2, 3)),
	} {
		if _, _, err := e.Extract(pixels); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %v, want one line", name, err)
		}
	}
	for name, err := range map[string]error{
		"mode":  newError(newExtractor(nil, fidVariant(), nil, "", "lanczos", 1)),
		"batch": newError(newExtractor(nil, fidVariant(), nil, "", "", -1)),
	} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func newError(_ *Extractor, err error) error { return err }

// TestWeightErrors: a missing and a misshapen tensor are named, in one line.
func TestWeightErrors(t *testing.T) {
	list := pseudoWeights()
	for name, change := range map[string]func([]weights.Tensor) []weights.Tensor{
		"Mixed_6b.branch7x7_2.conv.weight": func(list []weights.Tensor) []weights.Tensor {
			return without(list,
				"Mixed_6b.branch7x7_2.conv.weight")
		},
		"Conv2d_1a_3x3.bn.running_var": func(list []weights.Tensor) []weights.Tensor {
			return append(without(list, "Conv2d_1a_3x3.bn.running_var"),
				tensor("Conv2d_1a_3x3.bn.running_var", make([]float32, 31), 31))
		},
		"fc.weight": func(list []weights.Tensor) []weights.Tensor {
			return append(without(list, "fc.weight"), tensor("fc.weight", make([]float32, 1000*Dim), 1000, Dim))
		},
	} {
		_, err := fromPyTorch(change(list))
		if !errors.Is(err, weights.ErrArchitecture) || !strings.Contains(err.Error(), name) ||
			strings.Contains(err.Error(), "\n") {
			t.Errorf("error %v, want one line of ErrArchitecture that names %s", err, name)
		}
	}
	// A variance below 0 makes no number.
	bad := append(without(list, "Conv2d_1a_3x3.bn.running_var"),
		tensor("Conv2d_1a_3x3.bn.running_var", slices.Repeat([]float32{-1}, 32), 32))
	folded, err := fromPyTorch(bad)
	if err == nil {
		err = fidVariant().checkWeights(folded)
	}
	if !errors.Is(err, weights.ErrCorrupt) || !strings.Contains(err.Error(), "Conv2d_1a_3x3") {
		t.Errorf("error %v, want ErrCorrupt that names the layer", err)
	}
}

func without(list []weights.Tensor, name string) []weights.Tensor {
	return slices.DeleteFunc(slices.Clone(list), func(t weights.Tensor) bool { return t.Name == name })
}

// BenchmarkExtract is the speed at which 32×32 images go through.
func BenchmarkExtract(b *testing.B) {
	for _, batch := range []int{8, 16, 32} {
		b.Run(fmt.Sprintf("batch=%d", batch), func(b *testing.B) {
			e := pseudoNetwork(b, fidVariant(), resize.Clean, batch)
			images := tensors.FromFlatDataAndDimensions(pseudo.Pixels(1, batch*32*32*3), batch, 32, 32, 3)
			for b.Loop() {
				if _, _, err := e.Extract(images); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(batch*b.N)/b.Elapsed().Seconds(), "images/s")
		})
	}
}
