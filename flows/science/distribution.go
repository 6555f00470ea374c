package science

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"sync"

	"github.com/gomlx/gomlx/pkg/core/tensors"
	"github.com/gomlx/gomlx/pkg/ml/train"
)

// Distribution is one that points are drawn from, each from a generator of its own: point k of a seed is the same
// whatever is drawn beside it.
type Distribution struct {
	Name string
	Dim  int
	// Draw fills in one point of Dim coordinates.
	Draw func(rng *rand.Rand, point []float32)
}

// Points draws points first, first+1, … of a seed, float32 of [count, Dim]. A negative first and a count below 1 are
// errors.
func (d Distribution) Points(seed int64, first, count int) (*tensors.Tensor, error) {
	if first < 0 || count < 1 {
		return nil, fmt.Errorf("science: %d points of %s from number %d on; ask for one at least, from 0 on", count,
			d.Name, first)
	}
	return d.points(seed, uint64(first), count), nil
}

func (d Distribution) points(seed int64, first uint64, count int) *tensors.Tensor {
	flat := make([]float32, count*d.Dim)
	for k := range count {
		d.Draw(generator("point", seed, first+uint64(k)), flat[k*d.Dim:(k+1)*d.Dim])
	}
	return tensors.FromFlatDataAndDimensions(flat, count, d.Dim)
}

// Batches returns the endless dataset of fresh points, float32 of [batch, Dim]: batch k holds points
// k·batch, k·batch + 1, … of the seed. A batch below 1 or of more than 2²⁰ points is an error.
func (d Distribution) Batches(batch int, seed int64) (*Batches, error) {
	return newBatches(d.Name, batch, func(step int) *tensors.Tensor {
		return d.points(seed, uint64(step)*uint64(batch), batch)
	})
}

// generator returns generator k of a seed for one use. Those of different uses, seeds or numbers have nothing in
// common, for they are a cipher's with different keys.
func generator(use string, seed int64, k uint64) *rand.Rand {
	var key [32]byte
	copy(key[:16], "science/"+use)
	binary.LittleEndian.PutUint64(key[16:], uint64(seed))
	binary.LittleEndian.PutUint64(key[24:], k)
	return rand.New(rand.NewChaCha8(key))
}

// Batches is an endless dataset whose batch of a step is a function of the step alone, so that a resumed run needs only
// Seek. It is safe for concurrent use.
type Batches struct {
	name  string
	batch func(step int) (*tensors.Tensor, error)
	ahead int // batches that are begun before they are asked for, on other cores

	mu    sync.Mutex
	next  int
	begun map[int]chan batchOrError // by step
}

// batchOrError is a batch that was begun ahead.
type batchOrError struct {
	batch *tensors.Tensor
	err   error
}

var _ train.Dataset = (*Batches)(nil)

const maxBatch = 1 << 20

func newBatches(name string, size int, batch func(step int) *tensors.Tensor) (*Batches, error) {
	return newBatchesOrError(name, size, func(step int) (*tensors.Tensor, error) { return batch(step), nil })
}

func newBatchesOrError(name string, size int, batch func(step int) (*tensors.Tensor, error)) (*Batches, error) {
	if size < 1 || size > maxBatch {
		return nil, fmt.Errorf("science: batches of %d points of %s; give 1 to %d", size, name, maxBatch)
	}
	return &Batches{name: name, batch: batch}, nil
}

// Name implements [train.Dataset].
func (b *Batches) Name() string { return b.name }

// Reset implements [train.Dataset]: it goes back to step 0.
func (b *Batches) Reset() { _ = b.Seek(0) } // 0 is always a step

// Step is the number of the batch that Yield serves next, counted from 0.
func (b *Batches) Step() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.next
}

// Seek makes the next batch that of the given step, as if all before it had been served. A step below 0 is an error
// and changes nothing.
func (b *Batches) Seek(step int) error {
	if step < 0 {
		return fmt.Errorf("science: seek in %s, got step %d; use 0 or more", b.name, step)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.next = step
	return nil
}

// Yield implements [train.Dataset]. Its one input is a fresh tensor that the caller owns; there are no labels and the
// spec is nil. The error is that of a plan between snapshots that can't be found.
func (b *Batches) Yield() (spec any, inputs, labels []*tensors.Tensor, err error) {
	b.mu.Lock()
	step := b.next
	b.next++
	done := b.begin(step)
	b.mu.Unlock()
	var made batchOrError
	if done != nil {
		made = <-done
	} else {
		made.batch, made.err = b.batch(step)
	}
	if made.err != nil {
		return nil, nil, nil, made.err
	}
	return nil, []*tensors.Tensor{made.batch}, nil, nil
}

// begin begins the batch of a step and those after it, and returns where the first arrives, nil where none is begun
// ahead. A batch is a function of its step, so those that are begun are right wherever the dataset seeks; those that
// are behind, or far ahead, are dropped.
func (b *Batches) begin(step int) chan batchOrError {
	if b.ahead == 0 {
		return nil
	}
	begun := map[int]chan batchOrError{}
	for k := step; k <= step+b.ahead; k++ {
		if begun[k] = b.begun[k]; begun[k] == nil {
			done := make(chan batchOrError, 1)
			begun[k] = done
			go func() {
				batch, err := b.batch(k)
				done <- batchOrError{batch, err}
			}()
		}
	}
	first := begun[step]
	delete(begun, step)
	b.begun = begun
	return first
}
