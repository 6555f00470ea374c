// Package shuffle orders examples for training.
package shuffle

import (
	"fmt"
	"math"
	"sync"
)

// Batches are the numbers of the examples in endless shuffled batches. The batch of step k is a pure function of the
// number of examples, the batch size, the seed and k: the stream is the concatenation of one permutation for each
// epoch, cut into batches, which may cross epochs so that nothing is dropped. Its whole state is the number of the
// next step, so a checkpoint needs only Step and a resumed run only Seek.
//
// It is safe for concurrent use.
type Batches struct {
	n, batch int
	seed     int64

	mu    sync.Mutex
	next  int // the step that Next serves
	epoch uint64
	order []int32 // the permutation of epoch, nil before the first use
}

// MaxBatch is the most examples of a batch.
const MaxBatch = 1 << 20

// New makes the batches of n examples for a seed, starting at step 0. A batch may be larger than n. A batch below 1 or
// above [MaxBatch] is an error, and so is n outside 1 to 2³¹−1; the errors complete the phrase "DATA: …".
func New(n, batch int, seed int64) (*Batches, error) {
	if batch < 1 || batch > MaxBatch {
		return nil, fmt.Errorf("batch size, got %d; use 1 to %d", batch, MaxBatch)
	}
	if n < 1 || n > math.MaxInt32 {
		return nil, fmt.Errorf("batches of %d examples; give a set of 1 to %d", n, math.MaxInt32)
	}
	return &Batches{n: n, batch: batch, seed: seed}, nil
}

// Next are the numbers of the next batch.
func (b *Batches) Next() []int32 {
	b.mu.Lock()
	defer b.mu.Unlock()
	numbers := b.numbers(b.next)
	b.next++
	return numbers
}

// Step is the number of the batch that Next serves next, counted from 0.
func (b *Batches) Step() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.next
}

// Seek makes Next serve the batch of the given step, as if all before it had been served. A step below 0, or so large
// that examples could not be counted, is an error and changes nothing.
func (b *Batches) Seek(step int) error {
	if step < 0 || step > math.MaxInt/b.batch-1 {
		return fmt.Errorf("seek to step %d; use 0 or more", step)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.next = step
	return nil
}

// At are the numbers of the batch of a step, without advancing the stream.
func (b *Batches) At(step int) []int32 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.numbers(step)
}

// numbers keeps the last epoch's permutation; the caller holds the lock.
func (b *Batches) numbers(step int) []int32 {
	n := uint64(b.n)
	out := make([]int32, b.batch)
	for j := range out {
		at := uint64(step)*uint64(b.batch) + uint64(j)
		if epoch := at / n; b.order == nil || epoch != b.epoch {
			b.order, b.epoch = permutation(b.n, b.seed, epoch), epoch
		}
		out[j] = b.order[at%n]
	}
	return out
}
