package imaging

import (
	"math"
	"slices"
	"sync"
	"testing"

	"github.com/gomlx/gomlx/pkg/core/tensors"
	"pgregory.net/rapid"
)

// numbered is a set of n images of 1×1×1 whose value is their own number.
func numbered(t interface{ Fatal(...any) }, n int) *Dataset {
	images := make([]uint8, n)
	for i := range images {
		images[i] = uint8(i)
	}
	d, err := New("numbered", Train, images, nil, 1, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func yield(t interface{ Fatal(...any) }, b *Batches) []uint8 {
	_, inputs, labels, err := b.Yield()
	if err != nil || len(inputs) != 1 || len(labels) != 0 {
		t.Fatal("Yield gave", len(inputs), "inputs,", len(labels), "labels, error", err)
	}
	values := tensors.MustCopyFlatData[uint8](inputs[0])
	inputs[0].MustFinalizeAll() // as the trainer does with what it was given
	return values
}

// TestEachEpochIsAPermutation: whatever the batch size, the stream cut at multiples of the set's size
// holds each image exactly once, also where batches cross epochs or are larger than the set.
func TestEachEpochIsAPermutation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 40).Draw(t, "images")
		batch := rapid.IntRange(1, 50).Draw(t, "batch")
		b, err := numbered(t, n).Batches(batch, rapid.Int64().Draw(t, "seed"))
		if err != nil {
			t.Fatal(err)
		}
		var stream []uint8
		for len(stream) < 3*n {
			values := yield(t, b)
			if len(values) != batch {
				t.Fatalf("batch of %d, want %d", len(values), batch)
			}
			stream = append(stream, values...)
		}
		for epoch := range 3 {
			got := slices.Sorted(slices.Values(stream[epoch*n : (epoch+1)*n]))
			for i, v := range got {
				if int(v) != i {
					t.Fatalf("epoch %d holds %v", epoch, got)
				}
			}
		}
	})
}

// TestSeekEqualsRunning: going to step k gives what serving k batches first would have given, from any
// position, forwards and backwards.
func TestSeekEqualsRunning(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 30).Draw(t, "images")
		batch := rapid.IntRange(1, 40).Draw(t, "batch")
		seed := rapid.Int64().Draw(t, "seed")
		d := numbered(t, n)
		running, err := d.Batches(batch, seed)
		if err != nil {
			t.Fatal(err)
		}
		var want [][]uint8
		for range 12 {
			want = append(want, yield(t, running))
		}
		seeking, err := d.Batches(batch, seed)
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range rapid.SliceOfN(rapid.IntRange(0, 11), 1, 6).Draw(t, "steps") {
			if err := seeking.Seek(k); err != nil {
				t.Fatal(err)
			}
			if got := yield(t, seeking); !slices.Equal(got, want[k]) {
				t.Fatalf("step %d after Seek: got %v, want %v", k, got, want[k])
			}
			if seeking.Step() != k+1 {
				t.Fatalf("after step %d the next is %d", k, seeking.Step())
			}
		}
		seeking.Reset()
		if got := yield(t, seeking); !slices.Equal(got, want[0]) {
			t.Fatalf("after Reset: got %v, want %v", got, want[0])
		}
	})
}

// TestConcurrentYield: each batch is served exactly once, whoever asks.
func TestConcurrentYield(t *testing.T) {
	d := numbered(t, 64)
	b, err := d.Batches(1, 3)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var got []uint8
	var workers sync.WaitGroup
	for range 4 {
		workers.Go(func() {
			for range 16 {
				_, inputs, _, _ := b.Yield()
				v := tensors.MustCopyFlatData[uint8](inputs[0])
				mu.Lock()
				got = append(got, v...)
				mu.Unlock()
			}
		})
	}
	workers.Wait()
	slices.Sort(got)
	if !slices.Equal(got, d.Images) {
		t.Errorf("64 batches of one served %v", got)
	}
}

func TestBatchesRefusals(t *testing.T) {
	d := numbered(t, 4)
	for _, batch := range []int{0, -1, MaxBatch + 1} {
		if _, err := d.Batches(batch, 1); err == nil {
			t.Errorf("batch %d was accepted", batch)
		}
	}
	b, err := d.Batches(2, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []int{-1, math.MaxInt} {
		if err := b.Seek(step); err == nil || b.Step() != 0 {
			t.Errorf("step %d was accepted", step)
		}
	}
}

func BenchmarkYield(b *testing.B) {
	d, err := New("cifar-like", Train, make([]uint8, 50000*32*32*3), nil, 32, 32, 3)
	if err != nil {
		b.Fatal(err)
	}
	stream, err := d.Batches(128, 1)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		_, inputs, _, _ := stream.Yield()
		inputs[0].MustFinalizeAll()
	}
}

// Rows of Examples, picked by YieldIndices, are what Yield would have served; both advance the one stream.
func TestExamplesByIndex(t *testing.T) {
	data := numbered(t, 11)
	whole, err := data.Batches(4, 5)
	if err != nil {
		t.Fatal(err)
	}
	parts, err := data.Batches(4, 5)
	if err != nil {
		t.Fatal(err)
	}
	all, err := parts.Examples()
	if err != nil {
		t.Fatal(err)
	}
	table := tensors.MustCopyFlatData[uint8](all)
	for range 7 {
		var got []uint8
		for _, i := range parts.YieldIndices() {
			got = append(got, table[i])
		}
		if want := yield(t, whole); !slices.Equal(got, want) || parts.Step() != whole.Step() {
			t.Fatalf("rows %v up to step %d, want %v and %d", got, parts.Step(), want, whole.Step())
		}
	}
}
