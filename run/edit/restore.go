package edit

import (
	"context"
	"errors"
	"math/rand/v2"

	"github.com/gomlx/gomlx/pkg/core/tensors"

	"github.com/amgen/amgen/flows"
	known "github.com/amgen/amgen/flows/edit"
	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/draw"
)

// stream is that of the noise on the way.
const stream = "amgen edit"

// Restore makes images that have known values: image k those of given(k). The values are exact in the 8 bits that
// [draw.Samples.Picture] shows.
func Restore(ctx context.Context, r *run.Run, given func(k int) known.Known, o Options) (*draw.Samples, error) {
	e, err := newEditor(r, o)
	if err != nil {
		return nil, err
	}
	if given == nil {
		return nil, errors.New("edit: nothing is known of the images; give a function that says what is, of each")
	}
	return e.batches(func(first, count int, progress func(float64)) ([]float32, int, error) {
		x, err := e.noise(first, count)
		if err != nil {
			return nil, 0, err
		}
		values, rngs := make([]known.Known, count), make([]*rand.Rand, count)
		for i := range count {
			values[i], rngs[i] = given(first+i), flows.Generator(stream, e.Seed, uint64(first+i))
		}
		how := e.Restoration
		how.Schedule, how.Bound, how.OnStep = e.schedule, 1, progress
		if x, err = how.Restore(ctx, e.velocity(e.labels(first, count)), values, x, rngs); err != nil {
			return nil, 0, err
		}
		e.settle(values, x)
		return x, how.Evaluations(), nil
	})
}

// velocity is that of examples of the given classes.
func (e *editor) velocity(labels []int32) known.Velocity {
	return func(t float64, x []float32) ([]float32, error) {
		state := e.tensor(x)
		defer state.MustFinalizeAll()
		v, err := e.Sampler.ClassVelocity(t, state, labels, e.Guidance)
		if err != nil {
			return nil, err
		}
		defer v.MustFinalizeAll()
		return tensors.CopyFlatData[float32](v)
	}
}

// settle makes what is known exact in 8 bits. Other values stay as they are.
func (e *editor) settle(values []known.Known, x []float32) {
	for i, value := range values {
		x := x[i*e.size : (i+1)*e.size]
		levels, settled := make([]uint8, e.size), make([]uint8, e.size)
		imaging.Quantize(levels, x)
		copy(settled, levels)
		value.Settle(settled)
		for j, level := range settled {
			if level != levels[j] {
				x[j] = dequantised(level)
			}
		}
	}
}
