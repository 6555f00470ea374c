package distill

import (
	"fmt"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	"github.com/gomlx/gomlx/pkg/ml/train"

	"github.com/amgen/amgen/internal/shuffle"
)

// Batches is an endless GoMLX dataset of shuffled batches of samples. The batch of step k is a pure function of the
// samples, the batch size, the seed and k.
type Batches struct {
	set   *Set
	order *shuffle.Batches
}

var _ train.Dataset = (*Batches)(nil)

// Batches returns the endless stream of batches of a size for a seed, from step 0 on.
func (s *Set) Batches(batch int, seed int64) (*Batches, error) {
	order, err := shuffle.New(s.Len(), batch, seed)
	if err != nil {
		return nil, fmt.Errorf("distill %s: %w", s.Name, err)
	}
	return &Batches{s, order}, nil
}

// Name implements train.Dataset.
func (b *Batches) Name() string { return b.set.Name }

// Reset implements train.Dataset: it goes back to step 0.
func (b *Batches) Reset() { _ = b.Seek(0) } // 0 is always a step

// Seek makes the next Yield serve the batch of the given step.
func (b *Batches) Seek(step int) error {
	if err := b.order.Seek(step); err != nil {
		return fmt.Errorf("distill %s: %w", b.set.Name, err)
	}
	return nil
}

// Yield implements train.Dataset. Its one input is a float32 tensor [batch, jumps + 1, height, width, channels], the
// states of each sample from t = 0 to t = 1, and its one label the classes, int32 [batch], where the file has them. The
// caller owns both.
func (b *Batches) Yield() (spec any, inputs, labels []*tensors.Tensor, err error) {
	numbers, s := b.order.Next(), b.set
	t := tensors.FromShape(shapes.Make(dtypes.Float32, append([]int{len(numbers), s.Jumps + 1}, s.Dims...)...))
	tensors.MustMutableFlatData(t, func(flat []float32) {
		for _, i := range numbers {
			for k := range s.Jumps + 1 {
				flat = flat[copy(flat, s.state(k, int(i))):]
			}
		}
	})
	if s.Labels != nil {
		classes := make([]int32, len(numbers))
		for j, i := range numbers {
			classes[j] = s.Labels[i]
		}
		labels = []*tensors.Tensor{tensors.FromFlatDataAndDimensions(classes, len(classes))}
	}
	return nil, []*tensors.Tensor{t}, labels, nil
}
