package flows

import (
	"fmt"
	"math/rand/v2"

	"github.com/gomlx/gomlx/pkg/core/tensors"
	"github.com/gomlx/gomlx/pkg/ml/train"
)

// Points is an endless dataset of points drawn afresh for each batch, float32 of [batch, dim]. The batch of a step
// depends on the seed and the step alone.
type Points struct {
	name       string
	batch, dim int
	seed       int64
	draw       func(rng *rand.Rand, point []float32)
	step       int
}

var _ train.Dataset = (*Points)(nil)

// NewPoints returns a dataset of points of dim coordinates, each filled in by draw. A batch or dimension below 1 is
// an error.
func NewPoints(name string, batch, dim int, seed int64, draw func(rng *rand.Rand, point []float32)) (*Points, error) {
	if batch < 1 || dim < 1 {
		return nil, fmt.Errorf("flows: dataset %s of batches [%d, %d]; give at least one point of one coordinate",
			name, batch, dim)
	}
	return &Points{name: name, batch: batch, dim: dim, seed: seed, draw: draw}, nil
}

// Name implements [train.Dataset].
func (p *Points) Name() string { return p.name }

// Reset implements [train.Dataset].
func (p *Points) Reset() { p.step = 0 }

// Seek makes the next batch that of the given step, counted from 0.
func (p *Points) Seek(step int) { p.step = step }

// Yield implements [train.Dataset].
func (p *Points) Yield() (spec any, inputs, labels []*tensors.Tensor, err error) {
	rng := Generator(pointStream, p.seed, uint64(p.step))
	p.step++
	flat := make([]float32, p.batch*p.dim)
	for i := range p.batch {
		p.draw(rng, flat[i*p.dim:(i+1)*p.dim])
	}
	return nil, []*tensors.Tensor{tensors.FromFlatDataAndDimensions(flat, p.batch, p.dim)}, nil, nil
}
