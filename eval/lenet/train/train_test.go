package main

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	"github.com/google/go-cmp/cmp"

	"github.com/amgen/amgen/eval/lenet"
	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/weights"
)

func testBackend(t *testing.T) backends.Backend {
	t.Helper()
	backend, err := backends.NewWithConfig("simd")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(backend.Finalize)
	return backend
}

// TestAccuracy classifies the whole test sets, where they are in the cache, with the embedded weights.
func TestAccuracy(t *testing.T) {
	for dataset, r := range recipes {
		t.Run(dataset, func(t *testing.T) {
			info, err := imaging.Describe(dataset, imaging.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if !info.Cached {
				t.Skipf("%s is not in the cache; `amgen data fetch %s` brings it", dataset, dataset)
			}
			test, err := imaging.Load(t.Context(), dataset, imaging.Test, imaging.Options{Offline: true})
			if err != nil {
				t.Fatal(err)
			}
			network, err := lenet.Open(testBackend(t), dataset)
			if err != nil {
				t.Fatal(err)
			}
			reached, err := accuracy(network, test)
			if err != nil {
				t.Fatal(err)
			}
			promised, err := strconv.ParseFloat(network.Metadata()["test_accuracy"], 64)
			// Another processor may round a few images of 10 000 over the edge between two classes.
			if err != nil || !(reached >= r.accuracy && reached >= promised-0.0005 && reached <= promised+0.0005) {
				t.Errorf("test accuracy %.4f, want at least %g and the file's own %q", reached, r.accuracy,
					network.Metadata()["test_accuracy"])
			}
		})
	}
}

// bars are n images of one bright column each; its place is the class.
func bars(t *testing.T, n int) *imaging.Dataset {
	t.Helper()
	const side = lenet.Side
	rng := rand.New(rand.NewPCG(1, 2))
	images, labels := make([]uint8, n*side*side), make([]int32, n)
	for i := range n {
		labels[i] = int32(rng.IntN(10))
		for y := range side {
			images[(i*side+y)*side+4+2*int(labels[i])] = uint8(128 + rng.IntN(128))
		}
	}
	data, err := imaging.New("bars", imaging.Train, images, labels, side, side, 1)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestFitLearns(t *testing.T) {
	data := bars(t, 200)
	backend := testBackend(t)
	learnt, err := fit(t.Context(), backend, data, recipe{}, options{steps: 40, batch: 32, rate: 2e-3, seed: 3},
		io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	reached, err := judge(backend, weights.File{Tensors: learnt}, data)
	if err != nil {
		t.Fatal(err)
	}
	if !(reached >= 0.9) { // chance is 0.1
		t.Errorf("accuracy %.2f on the images that it was trained on, which one column tells apart", reached)
	}
}

// TestInterrupted wants the bits of a run that was never interrupted, and others from another seed.
func TestInterrupted(t *testing.T) {
	data := bars(t, 100)
	backend := testBackend(t)
	o := options{steps: 7, batch: 16, rate: 2e-3, seed: 3}
	r := recipe{shift: 1}
	whole, err := fit(t.Context(), backend, data, r, o, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	o.state = filepath.Join(t.TempDir(), "state.safetensors")
	stopped, stop := context.WithCancel(t.Context())
	stop()
	// Each of these runs ends after a step.
	for range 3 {
		if _, err := fit(stopped, backend, data, r, o, io.Discard); !errors.Is(err, context.Canceled) {
			t.Fatalf("interrupted, error %v; want %v", err, context.Canceled)
		}
	}
	other := o
	other.seed = 4
	if _, err := fit(t.Context(), backend, data, r, other, io.Discard); err == nil ||
		!strings.Contains(err.Error(), "seed:4") {
		t.Errorf("the state of another seed: error %v, want one that names the seed", err)
	}
	other.state = ""
	if others, err := fit(t.Context(), backend, data, r, other, io.Discard); err != nil || cmp.Equal(whole, others) {
		t.Errorf("another seed gives the same bits, or error %v", err)
	}
	resumed, err := fit(t.Context(), backend, data, r, o, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if !cmp.Equal(whole, resumed) {
		t.Error("a run that was interrupted three times has other bits than one that was not")
	}
}

func TestMovement(t *testing.T) {
	from := []uint8{
		1, 2, 3,
		4, 5, 6,
		7, 8, 9,
	}
	for _, c := range []struct {
		move movement
		want []uint8
	}{
		{movement{}, from},
		{movement{dx: 1}, []uint8{0, 1, 2, 0, 4, 5, 0, 7, 8}},
		{movement{dy: -1}, []uint8{4, 5, 6, 7, 8, 9, 0, 0, 0}},
		{movement{mirror: true}, []uint8{3, 2, 1, 6, 5, 4, 9, 8, 7}},
		{movement{dx: -1, dy: 1, mirror: true}, []uint8{0, 0, 0, 2, 1, 0, 5, 4, 0}},
		{movement{dx: 3}, make([]uint8, 9)},
	} {
		got := make([]uint8, 9)
		c.move.apply(got, from, 3)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%+v: %s", c.move, diff)
		}
	}
}

// TestAugmentedBatches wants a batch to be a function of seed and step, all pixels to stay, and labels to keep to their
// images.
func TestAugmentedBatches(t *testing.T) {
	data := bars(t, 64)
	yield := func(seed int64, step int) ([]uint8, []int32) {
		batches, err := newAugmented(data, recipe{shift: 1}, 16, seed)
		if err != nil {
			t.Fatal(err)
		}
		batches.step = step
		_, inputs, labels, err := batches.Yield()
		if err != nil {
			t.Fatal(err)
		}
		return tensors.MustCopyFlatData[uint8](inputs[0]), tensors.MustCopyFlatData[int32](labels[0])
	}
	images, labels := yield(1, 5)
	again, _ := yield(1, 5)
	other, _ := yield(2, 5)
	later, _ := yield(1, 6)
	if !slices.Equal(images, again) || slices.Equal(images, other) || slices.Equal(images, later) {
		t.Error("a batch is not a function of seed and step")
	}
	moved := 0
	const size = lenet.Side * lenet.Side
	for i, label := range labels {
		row := images[i*size+lenet.Side*lenet.Side/2:][:lenet.Side]
		column := slices.IndexFunc(row, func(v uint8) bool { return v > 0 })
		off := column - (4 + 2*int(label))
		if off < -1 || off > 1 {
			t.Fatalf("image %d of class %d has its bar in column %d", i, label, column)
		}
		if off != 0 {
			moved++
		}
	}
	if moved == 0 {
		t.Error("no image was moved")
	}
}

func TestBadOptions(t *testing.T) {
	good := options{dataset: "mnist", backend: "simd", steps: 1, batch: 1, rate: 1e-3}
	for want, spoil := range map[string]func(*options){
		"cifar10":         func(o *options) { o.dataset = "cifar10" },
		"-1 steps":        func(o *options) { o.steps = -1 },
		"learning rate 0": func(o *options) { o.rate = 0 },
	} {
		o := good
		o.out = filepath.Join(t.TempDir(), "out.safetensors")
		spoil(&o)
		if err := run(context.Background(), o, io.Discard); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}
