package imaging

import (
	"fmt"

	"github.com/gomlx/gomlx/pkg/core/tensors"
	"github.com/gomlx/gomlx/pkg/ml/train"

	"github.com/amgen/amgen/internal/shuffle"
)

// Batches is an endless GoMLX dataset of shuffled batches. The batch of step k is a pure function of the images, the
// batch size, the seed and k. Each epoch shows each image once, and batches may cross epochs. Its whole state is the
// number of the next step, so a checkpoint needs only Step and a resumed run only Seek.
//
// It is safe for concurrent use. Batches are gathered when asked for: copying one takes microseconds, far less than
// handing it between goroutines would save.
type Batches struct {
	data  *Dataset
	order *shuffle.Batches
}

var _ train.Dataset = (*Batches)(nil)

// MaxBatch is the most examples of a batch.
const MaxBatch = shuffle.MaxBatch

// Batches returns the endless stream of batches of the given size for a seed, starting at step 0. A batch may be
// larger than the data set. A batch below 1 or above [MaxBatch], and a set without images, are errors.
func (d *Dataset) Batches(batch int, seed int64) (*Batches, error) {
	order, err := shuffle.New(d.Len(), batch, seed)
	if err != nil {
		return nil, fmt.Errorf("imaging: %s: %w", d.Name, err)
	}
	return &Batches{d, order}, nil
}

// Name implements train.Dataset.
func (b *Batches) Name() string { return b.data.Name }

// Reset implements train.Dataset: it goes back to step 0.
func (b *Batches) Reset() { _ = b.Seek(0) } // 0 is always a step

// Step is the number of the batch that Yield serves next, counted from 0.
func (b *Batches) Step() int { return b.order.Step() }

// Seek makes the next Yield serve the batch of the given step, as if all before it had been served. A
// step below 0, or so large that images could not be counted, is an error and changes nothing.
func (b *Batches) Seek(step int) error {
	if err := b.order.Seek(step); err != nil {
		return fmt.Errorf("imaging: %s: %w", b.data.Name, err)
	}
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
func (b *Batches) YieldIndices() []int32 { return b.order.Next() }

// Examples are all images, a new uint8 tensor [images, Height, Width, Channels]. The error is always nil.
func (b *Batches) Examples() (*tensors.Tensor, error) {
	all := make([]int32, b.data.Len())
	for i := range all {
		all[i] = int32(i)
	}
	return b.data.gather(all), nil
}

// Indices are the numbers of the images in the batch of a step, without advancing the stream.
func (b *Batches) Indices(step int) []int32 { return b.order.At(step) }
