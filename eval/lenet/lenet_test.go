package lenet

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	"github.com/google/go-cmp/cmp"

	"github.com/amgen/amgen/weights"

	_ "github.com/amgen/amgen/backends/simd"
)

func testBackend(t *testing.T) backends.Backend {
	t.Helper()
	name := "simd"
	if other := os.Getenv("AMGEN_TEST_BACKEND"); other != "" {
		name = other
	}
	backend, err := backends.NewWithConfig(name)
	if err != nil {
		t.Fatalf("backend %s: %v", name, err)
	}
	t.Cleanup(backend.Finalize)
	return backend
}

func open(t *testing.T, dataset string) *Network {
	t.Helper()
	network, err := Open(testBackend(t), dataset)
	if err != nil {
		t.Fatal(err)
	}
	return network
}

// drawing makes n images of side×side: strokes of random brightness on black, as unlike noise as digits are.
func drawing(n, side int, seed uint64) []uint8 {
	rng := rand.New(rand.NewPCG(seed, 1))
	images := make([]uint8, n*side*side)
	for i := range n {
		image := images[i*side*side : (i+1)*side*side]
		x, y := side/2, side/2
		for range 120 {
			x = min(max(x+rng.IntN(3)-1, 3), side-4)
			y = min(max(y+rng.IntN(3)-1, 3), side-4)
			image[y*side+x] = uint8(64 + rng.IntN(192))
		}
	}
	return images
}

func grey(images []uint8, side int) *tensors.Tensor {
	return tensors.FromFlatDataAndDimensions(images, len(images)/(side*side), side, side, 1)
}

func extract(t *testing.T, network *Network, pixels *tensors.Tensor) (features, logits []float32) {
	t.Helper()
	features, logits, err := network.Extract(pixels)
	if err != nil {
		t.Fatal(err)
	}
	n := pixels.Shape().Dimensions[0]
	if len(features) != n*network.Dim() || len(logits) != n*network.Classes() {
		t.Fatalf("%d images gave %d feature values and %d logits, want %d and %d", n, len(features), len(logits),
			n*network.Dim(),
			n*network.Classes())
	}
	return features, logits
}

func TestEmbedded(t *testing.T) {
	if diff := cmp.Diff([]string{"fashion-mnist", "mnist"}, Datasets()); diff != "" {
		t.Fatal(diff)
	}
	hashes := map[string]bool{}
	for _, dataset := range Datasets() {
		data, err := os.ReadFile(dataset + ".safetensors")
		if err != nil {
			t.Fatal(err)
		}
		if len(data) >= 500_000 {
			t.Errorf("%s: %d bytes are embedded, want fewer than 500 000", dataset, len(data))
		}
		network := open(t, dataset)
		sum := sha256.Sum256(data)
		if network.Hash() != hex.EncodeToString(sum[:]) || hashes[network.Hash()] {
			t.Errorf("%s: hash %s is not the file's, or not its own", dataset, network.Hash())
		}
		hashes[network.Hash()] = true
		if network.Name() != "lenet-"+dataset || network.Dim() != 84 || network.Classes() != 10 {
			t.Errorf("%s: name %q, dimension %d, %d classes", dataset, network.Name(), network.Dim(), network.Classes())
		}
		promised := map[string]float64{"mnist": 0.99, "fashion-mnist": 0.90}[dataset]
		metadata := network.Metadata()
		reached, err := strconv.ParseFloat(metadata["test_accuracy"], 64)
		if err != nil || !(reached >= promised) || metadata["dataset"] != dataset || metadata["seed"] == "" ||
			metadata["steps"] == "" {
			t.Errorf("%s: metadata %v, want its data set, seed and steps, and an accuracy of %g at least", dataset,
				metadata, promised)
		}
	}
}

// TestReference compares the graph with a forward pass in plain Go and float64.
func TestReference(t *testing.T) {
	for _, dataset := range Datasets() {
		t.Run(dataset, func(t *testing.T) {
			network := open(t, dataset)
			model := readReference(t, dataset)
			images := drawing(5, Side, 7)
			for i := range images[4*Side*Side:] { // the last is white, also where the others are black
				images[4*Side*Side+i] = 255
			}
			features, logits := extract(t, network, grey(images, Side))
			for i := range 5 {
				wantFeatures, wantLogits := model.forward(images[i*Side*Side : (i+1)*Side*Side])
				// Sums of up to 800 float32 products: 1e-4 of the largest value is some hundred roundings.
				compare(t, "features", features[i*84:(i+1)*84], wantFeatures, 1e-4)
				compare(t, "logits", logits[i*10:(i+1)*10], wantLogits, 1e-4)
			}
		})
	}
}

// compare wants got within tolerance of want, relative to the largest value of want.
func compare(t *testing.T, what string, got []float32, want []float64, tolerance float64) {
	t.Helper()
	scale := 0.0
	for _, v := range want {
		scale = max(scale, math.Abs(v))
	}
	if !(scale > 0.1) {
		t.Fatalf("%s of the reference are at most %g: the test sees nothing", what, scale)
	}
	for i, v := range got {
		if !(math.Abs(float64(v)-want[i]) <= tolerance*scale) {
			t.Fatalf("%s: coordinate %d is %g, the reference has %g; largest %g", what, i, v, want[i], scale)
		}
	}
}

// TestRowsAreAlone wants the same bits of an image wherever it stands, and from a network opened again.
func TestRowsAreAlone(t *testing.T) {
	network := open(t, "mnist")
	const n = 2*batch + 3
	images := drawing(n, Side, 3)
	features, logits := extract(t, network, grey(images, Side))
	const size = Side * Side
	for _, i := range []int{0, 1, batch - 1, batch, n - 1} {
		alone, aloneLogits := extract(t, network, grey(images[i*size:(i+1)*size], Side))
		if !slices.Equal(alone, features[i*84:(i+1)*84]) || !slices.Equal(aloneLogits, logits[i*10:(i+1)*10]) {
			t.Errorf("image %d has other features in a call of its own", i)
		}
	}
	again, _ := extract(t, open(t, "mnist"), grey(images, Side))
	if !slices.Equal(again, features) {
		t.Error("the network, opened again, gives other bits")
	}
}

// TestPadded wants the features of 28×28 images from the same images padded to 32×32, whatever the border holds.
func TestPadded(t *testing.T) {
	network := open(t, "mnist")
	const n = 3
	images := drawing(n, Side, 5)
	wide := make([]uint8, n*padded*padded)
	for i := range wide {
		wide[i] = 200
	}
	for i := range n {
		for y := range Side {
			copy(wide[(i*padded+y+2)*padded+2:][:Side], images[(i*Side+y)*Side:])
		}
	}
	want, _ := extract(t, network, grey(images, Side))
	if got, _ := extract(t, network, grey(wide, padded)); !slices.Equal(got, want) {
		t.Error("32×32 images do not give the features of their middle 28×28")
	}
}

func TestConcurrentUse(t *testing.T) {
	network := open(t, "mnist")
	images := drawing(8, Side, 9)
	want, _ := extract(t, network, grey(images, Side))
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			if got, _, err := network.Extract(grey(images, Side)); err != nil || !slices.Equal(got, want) {
				t.Errorf("a concurrent call gave other features, or error %v", err)
			}
		})
	}
	wait.Wait()
}

func TestFeaturesVary(t *testing.T) {
	for _, dataset := range Datasets() {
		features, _ := extract(t, open(t, dataset), grey(drawing(200, Side, 11), Side))
		for d := range featureDim {
			low, high := float32(math.Inf(1)), float32(math.Inf(-1))
			for i := d; i < len(features); i += featureDim {
				low, high = min(low, features[i]), max(high, features[i])
			}
			if !(high-low >= 1e-3) {
				t.Errorf("%s: feature %d of 200 drawings is %g throughout; a covariance of such is singular", dataset,
					d, low)
			}
		}
	}
}

func TestBadImages(t *testing.T) {
	network := open(t, "mnist")
	finalized := tensors.FromShape(shapes.Make(dtypes.Uint8, 1, Side, Side, 1))
	finalized.MustFinalizeAll()
	zeros := func(dtype dtypes.DType, dims ...int) *tensors.Tensor {
		return tensors.FromShape(shapes.Make(dtype, dims...))
	}
	for _, c := range []struct {
		name   string
		pixels *tensors.Tensor
		want   string
	}{
		{"nil", nil, "no valid tensor"},
		{"finalized", finalized, "no valid tensor"},
		{"empty", zeros(dtypes.Uint8, 0, Side, Side, 1), "none"},
		{"colour", zeros(dtypes.Uint8, 2, Side, Side, 3), "3 channels"},
		{"no channels", zeros(dtypes.Uint8, 2, Side, Side), "Uint8"},
		{"small", zeros(dtypes.Uint8, 2, 16, 16, 1), "16×16"},
		{"large", zeros(dtypes.Uint8, 2, 64, 64, 1), "64×64"},
		{"oblong", zeros(dtypes.Uint8, 2, Side, padded, 1), "28×32"},
		{"floats", zeros(dtypes.Float32, 2, Side, Side, 1), "Float32"},
	} {
		features, logits, err := network.Extract(c.pixels)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") ||
			features != nil || logits != nil {
			t.Errorf("%s: error %v, want one line with %q and no features", c.name, err, c.want)
		}
	}
}

func TestBadWeights(t *testing.T) {
	backend := testBackend(t)
	if _, err := Open(backend, "cifar10"); !errors.Is(err, ErrUnknownDataset) ||
		!strings.Contains(err.Error(), "fashion-mnist, mnist") {
		t.Errorf("unknown data set: error %v, want %v and the known ones", err, ErrUnknownDataset)
	}
	flipped := slices.Clone(mnist)
	flipped[len(flipped)/2] ^= 1
	for name, c := range map[string]struct {
		data []byte
		want error
		says string
	}{
		"empty":       {nil, weights.ErrCorrupt, "0 bytes"},
		"truncated":   {mnist[:len(mnist)-100], weights.ErrCorrupt, ""},
		"flipped bit": {flipped, weights.ErrCorrupt, "hash"},
		"missing": {altered(t, func(list []weights.Tensor) []weights.Tensor {
			return slices.DeleteFunc(list, func(w weights.Tensor) bool { return w.Name == "/lenet/dense/biases" })
		}), weights.ErrArchitecture, "/lenet/dense/biases"},
		"misshapen": {altered(t, func(list []weights.Tensor) []weights.Tensor {
			for i := range list {
				if list[i].Name == "/lenet/conv2/weights" {
					list[i].Shape = []int{5, 5, maps2, maps1}
				}
			}
			return list
		}), weights.ErrArchitecture, "/lenet/conv2/weights"},
		"too many": {altered(t, func(list []weights.Tensor) []weights.Tensor {
			return append(list, weights.Tensor{Name: "/lenet/more", DType: dtypes.Float32, Shape: []int{1},
				Data: []byte{0, 0, 0, 0}})
		}), weights.ErrArchitecture, "/lenet/more"},
	} {
		network, err := Read(backend, "mnist", c.data)
		if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) || network != nil {
			t.Errorf("%s: error %v, want %v that says %q", name, err, c.want, c.says)
		}
	}
}

func BenchmarkExtract(b *testing.B) {
	backend, err := backends.NewWithConfig("simd")
	if err != nil {
		b.Fatal(err)
	}
	defer backend.Finalize()
	network, err := Open(backend, "mnist")
	if err != nil {
		b.Fatal(err)
	}
	const n = 8 * batch
	pixels := grey(drawing(n, Side, 1), Side)
	for b.Loop() {
		if _, _, err := network.Extract(pixels); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "images/s")
}
