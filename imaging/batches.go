package imaging

import (
	"fmt"
	"math"
	"sync"

	"github.com/gomlx/gomlx/pkg/core/tensors"
	"github.com/gomlx/gomlx/pkg/ml/train"
)

// Batches is an endless GoMLX dataset of shuffled batches. The batch of step k is a pure function of
// the images, the batch size, the seed and k: the stream is the concatenation of one permutation for
// each epoch, cut into batches, which may cross epochs so that nothing is dropped. Its whole state is
// the number of the next step, so a checkpoint needs only Step and a resumed run only Seek.
//
// It is safe for concurrent use. Batches are gathered when asked for: copying one takes microseconds,
// far less than handing it between goroutines would save.
type Batches struct {
	data  *Dataset
	batch int
	seed  int64

	mu    sync.Mutex
	next  int // the step that Yield serves next
	epoch uint64
	order []int32 // the permutation of epoch, nil before the first use
}

var _ train.Dataset = (*Batches)(nil)

// Batches returns the endless stream of batches of the given size for a seed, starting at step 0. A batch may be
// larger than the data set. A batch below 1 or above [MaxBatch], and a set without images, are errors.
func (d *Dataset) Batches(batch int, seed int64) (*Batches, error) {
	if batch < 1 || batch > MaxBatch {
		return nil, fmt.Errorf("imaging: batch size, got %d; use 1 to %d", batch, MaxBatch)
	}
	if d.Len() == 0 || d.Len() > math.MaxInt32 {
		return nil, fmt.Errorf("imaging: batches of %s, got %d images; give a set of 1 to %d", d.Name, d.Len(), math.MaxInt32)
	}
	return &Batches{data: d, batch: batch, seed: seed}, nil
}

// MaxBatch is the most examples of a batch.
const MaxBatch = 1 << 20

// Name implements train.Dataset.
func (b *Batches) Name() string { return b.data.Name }

// Reset implements train.Dataset: it goes back to step 0.
func (b *Batches) Reset() { _ = b.Seek(0) } // 0 is always a step

// Step is the number of the batch that Yield serves next, counted from 0.
func (b *Batches) Step() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.next
}

// Seek makes the next Yield serve the batch of the given step, as if all before it had been served. A
// step below 0, or so large that images could not be counted, is an error and changes nothing.
func (b *Batches) Seek(step int) error {
	if step < 0 || step > math.MaxInt/b.batch-1 {
		return fmt.Errorf("imaging: seek in %s, got step %d; use 0 or more", b.data.Name, step)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.next = step
	return nil
}

// Yield implements train.Dataset. Its one input is a fresh uint8 tensor [batch, Height, Width,
// Channels] that the caller owns and may finalise, and so is its one label, the classes, int32 [batch], where the data
// set has labels. The spec is nil and the error always nil.
func (b *Batches) Yield() (spec any, inputs, labels []*tensors.Tensor, err error) {
	indices := b.YieldIndices()
	if b.data.Labels != nil {
		classes := make([]int32, len(indices))
		for j, i := range indices {
			classes[j] = b.data.Labels[i]
		}
		labels = []*tensors.Tensor{tensors.FromFlatDataAndDimensions(classes, len(classes))}
	}
	return nil, []*tensors.Tensor{b.data.gather(indices)}, labels, nil
}

// Labels are the classes of all images, for one who has them all; nil where the data set has none.
func (b *Batches) Labels() []int32 { return b.data.Labels }

// YieldIndices does what Yield does, but returns the numbers of the images alone: for one who has them all.
func (b *Batches) YieldIndices() []int32 {
	b.mu.Lock()
	defer b.mu.Unlock()
	indices := b.indices(b.next)
	b.next++
	return indices
}

// Examples are all images, a new uint8 tensor [images, Height, Width, Channels]. The error is always nil.
func (b *Batches) Examples() (*tensors.Tensor, error) {
	all := make([]int32, b.data.Len())
	for i := range all {
		all[i] = int32(i)
	}
	return b.data.gather(all), nil
}

// Indices are the numbers of the images in the batch of a step, without advancing the stream.
func (b *Batches) Indices(step int) []int32 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.indices(step)
}

// indices keeps the last epoch's permutation; the caller holds the lock.
func (b *Batches) indices(step int) []int32 {
	n := uint64(b.data.Len())
	out := make([]int32, b.batch)
	for j := range out {
		at := uint64(step)*uint64(b.batch) + uint64(j)
		if epoch := at / n; b.order == nil || epoch != b.epoch {
			b.order, b.epoch = permutation(int(n), b.seed, epoch), epoch
		}
		out[j] = b.order[at%n]
	}
	return out
}
