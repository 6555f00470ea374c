package main

import (
	"math"
	"math/rand/v2"

	"github.com/gomlx/gomlx/pkg/core/tensors"
)

const (
	size       = 12 // height and width of an image
	horizontal = 0  // label of an image whose rows are alike
	vertical   = 1  // label of an image whose columns are alike
)

// stripes is a data set without an end, a train.Dataset: images of stripes of random direction, width and phase, in
// noise.
type stripes struct {
	batch int
	seed  uint64
	rng   *rand.Rand
}

func newStripes(batch int, seed uint64) *stripes {
	s := &stripes{batch: batch, seed: seed}
	s.Reset()
	return s
}

func (s *stripes) Name() string { return "stripes" }

func (s *stripes) Reset() { s.rng = rand.New(rand.NewPCG(s.seed, 0)) }

// Yield returns images [batch, size, size, 1] and their labels [batch, 1].
func (s *stripes) Yield() (spec any, inputs, labels []*tensors.Tensor, err error) {
	images, truth := make([]float32, 0, s.batch*size*size), make([]int32, s.batch)
	for i := range truth {
		truth[i] = int32(s.rng.IntN(2))
		frequency, phase := 0.8+s.rng.Float64(), 2*math.Pi*s.rng.Float64() // 3.5 to 8 pixels a period
		for y := range size {
			for x := range size {
				along := y
				if truth[i] == vertical {
					along = x
				}
				images = append(images, float32(math.Sin(frequency*float64(along)+phase)+0.5*s.rng.NormFloat64()))
			}
		}
	}
	return nil, []*tensors.Tensor{tensors.FromFlatDataAndDimensions(images, s.batch, size, size, 1)},
		[]*tensors.Tensor{tensors.FromFlatDataAndDimensions(truth, s.batch, 1)}, nil
}
