package eval_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gomlx/gomlx/pkg/core/tensors"

	"github.com/amgen/amgen/eval"
)

// counting are random images that count how many of them were read, and may fail after some.
type counting struct {
	n, read, failAfter int
}

var errDied = errors.New("the process died")

func (c *counting) Len() int         { return c.n }
func (c *counting) Identity() string { return "random" }

func (c *counting) Read(_ context.Context, from, to int) (*tensors.Tensor, []float32, error) {
	if c.failAfter > 0 && c.read+to-from > c.failAfter {
		return nil, nil, errDied
	}
	c.read += to - from
	pixels := make([]uint8, 0, 4*(to-from))
	for i := from; i < to; i++ {
		r := rand.New(rand.NewPCG(uint64(i), 5))
		for range 4 {
			pixels = append(pixels, uint8(r.Uint32()))
		}
	}
	return tensors.FromFlatDataAndDimensions(pixels, to-from, 2, 2, 1), nil, nil
}

var pixels = eval.Pixels{Height: 2, Width: 2, Channels: 1}

// fill computes a shard's features in a directory.
func fill(t *testing.T, dir string, images eval.Images, shard eval.Shard) *eval.Store {
	t.Helper()
	s, err := eval.OpenStore(dir, eval.Describe(pixels, images))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Fill(context.Background(), pixels, images, shard, nil); err != nil && !errors.Is(err, errDied) {
		t.Fatal(err)
	}
	return s
}

func cloudOf(t *testing.T, s *eval.Store) eval.Cloud {
	t.Helper()
	c, err := s.Cloud()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestStoreShards computes features whole, and in shards that are then read together: the same bits.
func TestStoreShards(t *testing.T) {
	const n = 5*eval.ChunkLen + 77
	want := cloudOf(t, fill(t, t.TempDir(), &counting{n: n}, eval.Shard{}))
	if want.Len() != n {
		t.Fatalf("%d features of %d images", want.Len(), n)
	}
	for _, count := range []int{1, 3, 7} {
		var stores []*eval.Store
		read := 0
		for i := range count {
			images := &counting{n: n}
			stores = append(stores, fill(t, t.TempDir(), images, eval.Shard{Index: i, Count: count}))
			read += images.read
		}
		if read != n {
			t.Errorf("%d shards read %d images, want each of %d once", count, read, n)
		}
		whole := stores[0]
		for _, s := range stores[1:] {
			whole.Others = append(whole.Others, s.Dir)
		}
		if got := cloudOf(t, whole); !slices.Equal(got.Narrow, want.Narrow) {
			t.Errorf("%d shards have other features than one process", count)
		}
		if count > 1 {
			whole.Others = nil
			if _, err := whole.Cloud(); err == nil || !strings.Contains(err.Error(), "no features of images ") {
				t.Errorf("without the other shards: %v, want an error that names the images", err)
			}
		}
	}
}

// TestStoreGoesOn stops in the middle, and damages a file: only what is missing is computed again.
func TestStoreGoesOn(t *testing.T) {
	const n = 4 * eval.ChunkLen
	dir := t.TempDir()
	fill(t, dir, &counting{n: n, failAfter: 2*eval.ChunkLen + 1}, eval.Shard{})
	rest := &counting{n: n}
	want := cloudOf(t, fill(t, dir, rest, eval.Shard{}))
	if rest.read != 2*eval.ChunkLen {
		t.Errorf("going on read %d images, want the %d that were missing", rest.read, 2*eval.ChunkLen)
	}
	file := filepath.Join(dir, "00000256.npz")
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for name, damaged := range map[string][]byte{
		"truncated": data[:len(data)/2], "empty": nil, "a bit": flipped(data, len(data)/2),
	} {
		if err := os.WriteFile(file, damaged, 0o644); err != nil {
			t.Fatal(err)
		}
		again := &counting{n: n}
		got := cloudOf(t, fill(t, dir, again, eval.Shard{}))
		if again.read != eval.ChunkLen || !slices.Equal(got.Narrow, want.Narrow) {
			t.Errorf("%s: read %d images again, want %d; same features: %v", name, again.read, eval.ChunkLen,
				slices.Equal(got.Narrow, want.Narrow))
		}
	}
}

// TestStoreInPlace: the file that describes a store is begun beside it, not in the system's folder for temporary files.
func TestStoreInPlace(t *testing.T) {
	system, dir := t.TempDir(), t.TempDir()
	t.Setenv("TMPDIR", system)
	long := time.Unix(1e9, 0)
	if err := os.Chtimes(system, long, long); err != nil {
		t.Fatal(err)
	}
	fill(t, dir, &counting{n: 5}, eval.Shard{})
	if st, err := os.Stat(system); err != nil || !st.ModTime().Equal(long) {
		t.Errorf("files came and went in $TMPDIR (%v)", err)
	}
}

func flipped(data []byte, at int) []byte {
	out := slices.Clone(data)
	out[at] ^= 1
	return out
}

// TestStoreFewerAndMore asks for fewer and for more images than there are features of.
func TestStoreFewerAndMore(t *testing.T) {
	dir := t.TempDir()
	all := cloudOf(t, fill(t, dir, &counting{n: 600}, eval.Shard{}))
	fewer := &counting{n: 300}
	if got := cloudOf(t, fill(t, dir, fewer, eval.Shard{})); fewer.read != 0 ||
		!slices.Equal(got.Narrow, all.Narrow[:300*4]) {
		t.Errorf("fewer: read %d images again, want none", fewer.read)
	}
	more := &counting{n: 700}
	got := cloudOf(t, fill(t, dir, more, eval.Shard{}))
	if more.read != 700-2*eval.ChunkLen || !slices.Equal(got.Narrow[:600*4], all.Narrow) {
		t.Errorf("more: read %d images, want the chunk that wasn't full", more.read)
	}
}

func TestPixels(t *testing.T) {
	x := tensors.FromFlatDataAndDimensions([]uint8{0, 255, 51, 204}, 1, 2, 2, 1)
	got, logits, err := pixels.Extract(x)
	if err != nil || logits != nil {
		t.Fatal(err, logits)
	}
	for i, want := range []float32{-1, 1, -0.6, 0.6} {
		if off(float64(got[i]), float64(want), 1e-6) {
			t.Errorf("feature %d is %g, want %g", i, got[i], want)
		}
	}
	if _, _, err := pixels.Extract(tensors.FromFlatDataAndDimensions([]uint8{0, 1}, 1, 2, 1, 1)); err == nil {
		t.Error("images of another size are taken")
	}
}
