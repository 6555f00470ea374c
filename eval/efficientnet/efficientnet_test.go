package efficientnet

import (
	"context"
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
	"github.com/amgen/amgen/internal/fetch"
	"github.com/amgen/amgen/weights"
)

var testBackend = sync.OnceValue(func() backends.Backend {
	backend, err := backends.NewWithConfig("simd")
	if err != nil {
		panic(err)
	}
	return backend
})

// pseudoWeights is the state dictionary that testdata/efficientnet.py makes: the same numbers from the same integers.
var pseudoWeights = sync.OnceValue(func() []weights.Tensor {
	var state golden.StateDict
	salt := uint32(0)
	for _, l := range layers() {
		gain := 2.0
		if l.linear {
			gain = 1
		}
		state.Layer(l.conv, l.norm, salt, gain, l.out, l.in, l.size, l.size)
		salt += 5
	}
	state.Symmetric(last+".weight", salt, math.Sqrt(3.0/Dim), Classes, Dim)
	state.Uniform(last+".bias", salt+1, -0.1, 0.2, Classes)
	return state
})

func pseudoNetwork(t testing.TB, batch int) *Extractor {
	t.Helper()
	list, err := fromPyTorch(pseudoWeights())
	if err != nil {
		t.Fatal(err)
	}
	e, err := newExtractor(testBackend(), list, "", batch)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// compare fails unless features and logits of two images of noise are those that PyTorch found. Both sum in float32,
// over 49 layers.
func compare(t *testing.T, e *Extractor, prefix string) {
	t.Helper()
	images := tensors.FromFlatDataAndDimensions(pseudo.Pixels(9001, 2*Side*Side*3), 2, Side, Side, 3)
	pool, logits, err := e.Extract(images)
	if err != nil {
		t.Fatal(err)
	}
	for name, got := range map[string][]float32{"pool": pool, "logits": logits} {
		d := golden.Apart(got, golden.Read(t, "../testdata/efficientnet.npz", prefix+name))
		t.Logf("%s differs by %.3g of PyTorch's", name, d)
		if !(d < 1e-4) {
			t.Errorf("%s differs by %.3g of PyTorch's", name, d)
		}
	}
}

// TestAgainstPyTorch: with the same weights and images, features and logits agree with PyTorch's.
func TestAgainstPyTorch(t *testing.T) { compare(t, pseudoNetwork(t, 2), "") }

// TestPretrained compares the authors' weights in the network with the package efficientnet_lite_pytorch. It needs the
// weights in the cache.
func TestPretrained(t *testing.T) {
	if !source().Files.Cached(fetch.Options{}) {
		t.Skip(Name + " isn't in the cache: `amgen eval fid --features " + Name + "` fetches it")
	}
	e, err := Open(context.Background(), testBackend(), Options{Batch: 2, Offline: true})
	if err != nil {
		t.Fatal(err)
	}
	compare(t, e, "real_")
	if e.Name() != Name || e.Note() == "" || len(e.Hash()) != 64 || e.Mode() != resize.Clean {
		t.Errorf("name %q, note %q, hash %q, mode %q", e.Name(), e.Note(), e.Hash(), e.Mode())
	}
}

// TestParameters: the network has as many parameters as PyTorch counts in efficientnet_lite_pytorch. A bias that was
// folded stands for the two of a normalisation.
func TestParameters(t *testing.T) {
	total := 0
	for _, want := range expected() {
		n := 1
		for _, size := range want.Shape {
			n *= size
		}
		if strings.HasSuffix(want.Name, "/biases") && want.Name != lastPath+"/biases" {
			n *= 2
		}
		total += n
	}
	if total != 4652008 {
		t.Errorf("%d parameters", total)
	}
}

// TestBatches: images come out the same whatever batch they go through in and whatever fills it up, and grey as RGB.
func TestBatches(t *testing.T) {
	e := pseudoNetwork(t, 2)
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
	if len(features) != n*Dim || len(logits) != n*Classes || e.Dim() != 1280 || e.Classes() != 1000 {
		t.Fatalf("%d features, %d logits of %d images", len(features), len(logits), n)
	}
	alone, _, err := e.Extract(tensors.FromFlatDataAndDimensions(rgb[2*side*side*3:], 1, side, side, 3))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(alone, features[2*Dim:]) {
		t.Error("the last of three grey images differs from itself alone in RGB")
	}
	if slices.Equal(features[:Dim], features[Dim:2*Dim]) {
		t.Error("two images have one feature")
	}
}

func TestExtractErrors(t *testing.T) {
	e := &Extractor{&pretrained.Batches{Network: pretrained.Network{Owner: owner, Side: Side}, Mode: resize.Clean,
		Batch: 2}}
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
	for name, make := range map[string]func() (*Extractor, error){
		"mode":  func() (*Extractor, error) { return newExtractor(nil, nil, "lanczos", 1) },
		"batch": func() (*Extractor, error) { return newExtractor(nil, nil, "", -1) },
	} {
		if _, err := make(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// TestWeightErrors: a missing and a misshapen tensor are named, in one line, and so is a layer that makes no number.
func TestWeightErrors(t *testing.T) {
	without := func(name string) []weights.Tensor {
		return slices.DeleteFunc(slices.Clone(pseudoWeights()), func(t weights.Tensor) bool { return t.Name == name })
	}
	const kernel, variance = "_blocks.3._depthwise_conv.weight", "_bn0.running_var"
	for name, list := range map[string][]weights.Tensor{
		kernel:   without(kernel),
		variance: append(without(variance), pretrained.Tensor(variance, make([]float32, 31), 31)),
		last + ".weight": append(without(last+".weight"),
			pretrained.Tensor(last+".weight", make([]float32, 10*Dim), 10, Dim)),
	} {
		_, err := fromPyTorch(list)
		if !errors.Is(err, weights.ErrArchitecture) || !strings.Contains(err.Error(), name) ||
			strings.Contains(err.Error(), "\n") {
			t.Errorf("error %v, want one line of ErrArchitecture that names %s", err, name)
		}
	}
	folded, err := fromPyTorch(append(without(variance),
		pretrained.Tensor(variance, slices.Repeat([]float32{-1}, 32), 32)))
	if err == nil {
		err = pretrained.Check(owner, folded, expected())
	}
	if !errors.Is(err, weights.ErrCorrupt) || !strings.Contains(err.Error(), "/stem") {
		t.Errorf("error %v, want ErrCorrupt that names the layer", err)
	}
}

// BenchmarkExtract is the speed at which 32×32 images go through.
func BenchmarkExtract(b *testing.B) {
	for _, batch := range []int{2, 4, 8, 16} {
		b.Run(fmt.Sprintf("batch=%d", batch), func(b *testing.B) {
			e := pseudoNetwork(b, batch)
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
