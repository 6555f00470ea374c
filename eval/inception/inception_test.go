package inception

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/gomlx/gomlx/pkg/core/tensors"

	_ "github.com/amgen/amgen/backends/simd"
	"github.com/amgen/amgen/eval/internal/golden"
	"github.com/amgen/amgen/eval/internal/pretrained"
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
	var state golden.StateDict
	salt := uint32(0)
	for _, l := range layers() {
		state.Layer(l.name+".conv", l.name+".bn", salt, 2, l.out, l.in, l.height, l.width)
		salt += 5
	}
	state.Symmetric("fc.weight", salt, math.Sqrt(3.0/Dim), fidClasses, Dim)
	state.Uniform("fc.bias", salt+1, -0.1, 0.2, fidClasses)
	return state
})

// pseudoNetwork is a variant with those weights.
func pseudoNetwork(t testing.TB, v variant, mode resize.Mode, batch int) *Extractor {
	t.Helper()
	list, err := fromPyTorch(pseudoWeights())
	if err != nil {
		t.Fatal(err)
	}
	e, err := newExtractor(testBackend(), v, list, mode, batch)
	if err != nil {
		t.Fatal(err)
	}
	return e
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
		if d := golden.Apart(got, golden.Read(t, "../testdata/inception.npz", name)); !(d < 1e-4) {
			t.Errorf("%s differs by %.3g of PyTorch's", name, d)
		} else {
			t.Logf("%s differs by %.3g of PyTorch's", name, d)
		}
	}
	// The bias is left out of the logits unless they are asked for with it.
	weight := pseudoWeights()[len(pseudoWeights())-2]
	matrix := pretrained.Floats(weight) // [classes, Dim]
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
	e := &Extractor{fidVariant(), &pretrained.Batches{Network: pretrained.Network{Owner: owner, Side: Side},
		Mode: resize.Clean, Batch: 2}}
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
		"mode":  newError(newExtractor(nil, fidVariant(), nil, "lanczos", 1)),
		"batch": newError(newExtractor(nil, fidVariant(), nil, "", -1)),
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
				pretrained.Tensor("Conv2d_1a_3x3.bn.running_var", make([]float32, 31), 31))
		},
		"fc.weight": func(list []weights.Tensor) []weights.Tensor {
			return append(without(list, "fc.weight"),
				pretrained.Tensor("fc.weight", make([]float32, 1000*Dim), 1000, Dim))
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
		pretrained.Tensor("Conv2d_1a_3x3.bn.running_var", slices.Repeat([]float32{-1}, 32), 32))
	folded, err := fromPyTorch(bad)
	if err == nil {
		err = pretrained.Check(owner, folded, fidVariant().source.Tensors)
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
