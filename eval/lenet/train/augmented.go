package main

import (
	"fmt"
	"math/rand/v2"

	"github.com/gomlx/gomlx/pkg/core/tensors"

	"github.com/amgen/amgen/imaging"
)

// augmented is an endless [train.Dataset] of shuffled images, each moved and perhaps mirrored at random. The batch of a
// step is a function of the data, the seed and the step.
type augmented struct {
	data   *imaging.Dataset
	order  *imaging.Batches
	recipe recipe
	seed   int64
	step   int
}

func newAugmented(data *imaging.Dataset, r recipe, batch int, seed int64) (*augmented, error) {
	if data.Height != data.Width || data.Channels != 1 || data.Labels == nil {
		return nil, fmt.Errorf("lenet: training set %s, got %d×%d×%d with %d labels; give square grey images with "+
			"classes",
			data.Name, data.Height, data.Width, data.Channels, len(data.Labels))
	}
	order, err := data.Batches(batch, seed)
	if err != nil {
		return nil, err
	}
	return &augmented{data: data, order: order, recipe: r, seed: seed}, nil
}

// Name implements [train.Dataset].
func (a *augmented) Name() string { return a.data.Name }

// Reset implements [train.Dataset].
func (a *augmented) Reset() { a.step = 0 }

// Yield implements [train.Dataset]: images uint8 [batch, side, side, 1] and labels int32 [batch, 1].
func (a *augmented) Yield() (spec any, inputs, labels []*tensors.Tensor, err error) {
	side := a.data.Height
	indices := a.order.Indices(a.step)
	rng := rand.New(rand.NewPCG(uint64(a.seed), uint64(a.step)))
	a.step++
	images := make([]uint8, len(indices)*side*side) // what moves in from outside is black
	classes := make([]int32, len(indices))
	for i, index := range indices {
		move := movement{
			dx:     rng.IntN(2*a.recipe.shift+1) - a.recipe.shift,
			dy:     rng.IntN(2*a.recipe.shift+1) - a.recipe.shift,
			mirror: a.recipe.flip && rng.IntN(2) == 1,
		}
		move.apply(images[i*side*side:(i+1)*side*side], a.data.Image(int(index)), side)
		classes[i] = a.data.Labels[index]
	}
	return nil, []*tensors.Tensor{tensors.FromFlatDataAndDimensions(images, len(indices), side, side, 1)},
		[]*tensors.Tensor{tensors.FromFlatDataAndDimensions(classes, len(indices), 1)}, nil
}

// movement is a mirror image, left to right, and then a shift.
type movement struct {
	dx, dy int
	mirror bool
}

// apply draws the image from, moved, onto the black image to; both have side·side pixels.
func (m movement) apply(to, from []uint8, side int) {
	for y := max(0, m.dy); y < min(side, side+m.dy); y++ {
		for x := max(0, m.dx); x < min(side, side+m.dx); x++ {
			source := x - m.dx
			if m.mirror {
				source = side - 1 - source
			}
			to[y*side+x] = from[(y-m.dy)*side+source]
		}
	}
}
