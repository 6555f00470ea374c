package imaging

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/pkg/core/tensors"
	"github.com/google/go-cmp/cmp"

	"github.com/amgen/amgen/internal/fetch"
)

func TestUnknownDataset(t *testing.T) {
	_, err := Load(context.Background(), "imagenet", Train, Options{})
	if !errors.Is(err, ErrUnknownDataset) {
		t.Fatalf("error %v, want ErrUnknownDataset", err)
	}
	for _, name := range Names() {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("error %q doesn't list %s", err, name)
		}
	}
	if err := Known("cifar10"); err != nil {
		t.Error(err)
	}
	if err := Known("folder:x"); err != nil {
		t.Error(err)
	}
	if _, err := Load(context.Background(), "mnist", "validation", Options{}); err == nil {
		t.Error("the split validation was accepted")
	}
	if _, err := Load(context.Background(), "mnist", Train, Options{Channels: 3}); err == nil {
		t.Error("MNIST in three channels was accepted")
	}
}

func TestNewRefusals(t *testing.T) {
	for name, test := range map[string]struct {
		images  int
		labels  []int32
		h, w, c int
	}{
		"none": {0, nil, 1, 1, 1}, "odd": {5, nil, 1, 2, 1}, "sides": {4, nil, -2, -2, 1},
		"labels": {4, []int32{1}, 2, 1, 1}, "huge": {1, nil, 1 << 40, 1 << 40, 1}, "channels": {5, nil, 1, 1, 5},
	} {
		if _, err := New(name, Train, make([]uint8, test.images), test.labels, test.h, test.w, test.c); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}

func TestStatsAndHash(t *testing.T) {
	d, err := New("two", Train, []uint8{0, 255, 51, 255, 255, 51}, []int32{2, 0}, 1, 1, 3)
	if err != nil {
		t.Fatal(err)
	}
	mean, std := d.ChannelStats()
	if diff := cmp.Diff([]float64{0.5, 1, 0.2}, mean); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]float64{0.5, 0, 0}, std); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]int{1, 0, 1}, d.ClassCounts()); diff != "" {
		t.Error(diff)
	}
	hashes := map[string]bool{d.Hash(): true}
	for _, other := range []*Dataset{
		{Images: []uint8{0, 255, 51, 255, 255, 52}, Labels: []int32{2, 0}, Height: 1, Width: 1, Channels: 3},
		{Images: d.Images, Labels: []int32{0, 2}, Height: 1, Width: 1, Channels: 3},
		{Images: d.Images, Labels: []int32{2, 0}, Height: 3, Width: 1, Channels: 1},
		{Images: d.Images, Height: 1, Width: 1, Channels: 3},
	} {
		if hashes[other.Hash()] {
			t.Errorf("%v has the hash of another", other)
		}
		hashes[other.Hash()] = true
	}
	if same := (&Dataset{Name: "x", Images: d.Images, Labels: d.Labels, Height: 1, Width: 1,
		Channels: 3}); same.Hash() != d.Hash() {
		t.Error("the name entered the hash")
	}
	part, err := d.Tensor(1, 2)
	if err != nil {
		t.Fatal(err)
	}
	if got := tensors.MustCopyFlatData[uint8](part); !slices.Equal(got, []uint8{255, 255, 51}) {
		t.Errorf("Tensor(1, 2) = %v", got)
	}
	for _, r := range [][2]int{{-1, 1}, {0, 3}, {1, 1}} {
		if _, err := d.Tensor(r[0], r[1]); err == nil {
			t.Errorf("range %v was accepted", r)
		}
	}
}

// facts are what is known of the real data sets from elsewhere: the numbers everybody normalises with,
// the balance of classes, and the first labels.
var facts = []struct {
	name        string
	split       Split
	mean, std   []float64
	counts      []int
	firstLabels []int32
	firstPixels []uint8 // of image 0
}{
	{"mnist", Train, []float64{0.1307}, []float64{0.3081}, []int{5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851,
		5949}, []int32{5, 0, 4, 1, 9}, nil},
	{"mnist", Test, []float64{0.1325}, []float64{0.3105}, []int{980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009},
		[]int32{7, 2, 1, 0, 4}, nil},
	{"fashion-mnist", Train, []float64{0.2860}, []float64{0.3530}, slices.Repeat([]int{6000}, 10),
		[]int32{9, 0, 0, 3, 0}, nil},
	{"fashion-mnist", Test, []float64{0.2868}, []float64{0.3524}, slices.Repeat([]int{1000}, 10),
		[]int32{9, 2, 1, 1, 6}, nil},
	{"cifar10", Train, []float64{0.4914, 0.4822, 0.4465}, []float64{0.2470, 0.2435, 0.2616},
		slices.Repeat([]int{5000}, 10), []int32{6, 9, 9, 4, 1}, []uint8{59, 62, 63, 43, 46, 45}},
	{"cifar10", Test, []float64{0.4942, 0.4851, 0.4504}, []float64{0.2467, 0.2429, 0.2616},
		slices.Repeat([]int{1000}, 10), []int32{3, 8, 8, 0, 6}, []uint8{158, 112, 49, 159, 111, 47}},
}

// TestRealData checks the facts. MNIST comes through `go mod download`, whose cache keeps it; the
// others are checked where the user's cache has them. Only files that can't be had are skipped.
func TestRealData(t *testing.T) {
	mnistCache := t.TempDir() // for both splits
	for _, fact := range facts {
		t.Run(fact.name+"/"+string(fact.split), func(t *testing.T) {
			entry, err := lookup(fact.name)
			if err != nil {
				t.Fatal(err)
			}
			s := *entry // its sources may change here
			opts := Options{Offline: true}
			info, err := Describe(fact.name, opts)
			if err != nil {
				t.Fatal(err)
			}
			if !info.Cached {
				if fact.name != "mnist" {
					t.Skipf("%s isn't in the cache; run `amgen data fetch %s` to have it checked here", fact.name,
						fact.name)
				}
				// the others may not be reachable from a test
				s.sources = []fetch.Source{fetch.GoModule(gomnist, "data")}
				opts = Options{Cache: mnistCache, Offline: userOffline}
				// A file that came with another size or hash than the one we "want" is no reason to skip: load fails
				// for it.
				if _, err := s.remote().Ensure(t.Context(), opts.fetch()); err != nil &&
					!strings.Contains(err.Error(), ", want ") {
					t.Skipf("MNIST cannot be had here; make `go mod download %s` work to have it checked: %v", gomnist,
						err)
				}
			}
			d, err := s.load(t.Context(), fact.split, opts)
			if err != nil {
				t.Fatal(err)
			}
			mean, std := d.ChannelStats()
			for c := range mean {
				// The published figures have four decimals.
				if off(mean[c], fact.mean[c], 5.1e-5) || off(std[c], fact.std[c], 5.1e-5) {
					t.Errorf("channel %d has mean %v and deviation %v, want %v and %v", c, mean[c], std[c],
						fact.mean[c], fact.std[c])
				}
			}
			if diff := cmp.Diff(fact.counts, d.ClassCounts()); diff != "" {
				t.Errorf("images per class (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(fact.firstLabels, d.Labels[:5]); diff != "" {
				t.Errorf("first labels (-want +got):\n%s", diff)
			}
			if !slices.Equal(fact.firstPixels, d.Images[:len(fact.firstPixels)]) {
				t.Errorf("first pixels are %v, want %v", d.Images[:len(fact.firstPixels)], fact.firstPixels)
			}
		})
	}
}

// TestLoad parses what was fetched: the right split, shape, labels and padding.
func TestLoad(t *testing.T) {
	content := map[string][]byte{
		idxTrainImages: idx(pattern(5*28*28, 1), 5, 28, 28),
		idxTrainLabels: idx([]uint8{3, 1, 4, 1, 5}, 5),
		idxTestImages:  idx(pattern(2*28*28, 2), 2, 28, 28),
		idxTestLabels:  idx([]uint8{2, 7}, 2),
	}
	s := mnist()
	s.name, s.sources = "tiny-mnist", []fetch.Source{fetch.LocalGzip("local", "")}
	for i, f := range s.files {
		s.files[i].Size, s.files[i].SHA256 = int64(len(content[f.Name])), sha(content[f.Name])
	}
	opts := Options{Cache: t.TempDir()}
	dir := s.remote().Dir(opts.fetch())
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, data := range content {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	d, err := s.load(context.Background(), Train, opts)
	if err != nil {
		t.Fatal(err)
	}
	if d.Len() != 5 || d.Height != 28 || d.Width != 28 || d.Channels != 1 || d.Labels[2] != 4 {
		t.Errorf("got %d images of %d×%d×%d with labels %v", d.Len(), d.Height, d.Width, d.Channels, d.Labels)
	}
	if !bytes.Equal(d.Images, pattern(5*28*28, 1)) {
		t.Error("pixels differ")
	}
	if d, err = s.load(context.Background(), Test, opts); err != nil || d.Len() != 2 || d.Labels[1] != 7 {
		t.Errorf("error %v, or another test split", err)
	}
	padded, err := s.load(context.Background(), Train, Options{Cache: opts.Cache, Size: 32, Limit: 2})
	if err != nil {
		t.Fatal(err)
	}
	if padded.Len() != 2 || padded.Height != 32 || padded.Image(1)[(2+7)*32+2+9] != pattern(5*28*28, 1)[28*28+7*28+9] ||
		padded.Image(1)[31] != 0 {
		t.Error("padding to 32 doesn't put the image into the middle")
	}
	if _, err := s.load(context.Background(), Train, Options{Cache: opts.Cache, Size: 16}); err == nil {
		t.Error("shrinking by padding gave no error")
	}
}

// TestSpread takes every k-th image, with its label, and all where there are no more.
func TestSpread(t *testing.T) {
	var pixels []uint8
	var labels []int32
	for i := range 12 {
		pixels, labels = append(pixels, uint8(i)), append(labels, int32(i))
	}
	d, err := New("twelve", Test, pixels, labels, 1, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	for n, want := range map[int][]uint8{1: {0}, 3: {0, 4, 8}, 5: {0, 2, 4, 7, 9}, 12: pixels, 20: pixels} {
		got, err := d.Spread(n)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got.Images, want) {
			t.Errorf("%d of 12 are %v, want %v", n, got.Images, want)
		}
		for i, l := range got.Labels {
			if l != int32(got.Images[i]) {
				t.Errorf("%d of 12: image %d has the label %d", n, got.Images[i], l)
			}
		}
	}
	if _, err := d.Spread(0); err == nil {
		t.Error("no images are taken")
	}
}
