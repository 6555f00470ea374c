package edit

import (
	"context"

	known "github.com/amgen/amgen/flows/edit"
	"github.com/amgen/amgen/flows/solve"
	"github.com/amgen/amgen/internal/mistake"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/draw"
)

// Vary makes images that start from a given one: it is taken back to t = 1 − strength by the noise of the seed, and
// solved from there on (SDEdit, Meng et al. 2022, arXiv:2108.01073). Strength 0 leaves it as it is, and 1 draws the
// samples of the seed, whatever it shows.
func Vary(ctx context.Context, r *run.Run, levels []uint8, strength float64, o Options) (*draw.Samples, error) {
	e, err := newEditor(r, o)
	if err != nil {
		return nil, err
	}
	if !(strength >= 0 && strength <= 1) {
		return nil, mistake.New("{strength} %g isn't in [0, 1]; 0 leaves the image as it is, 1 ignores it",
			strength)
	}
	if err := e.solver(draw.Solver(r.Plan, "", solve.Settings{})); err != nil {
		return nil, err
	}
	data, err := e.data(levels)
	if err != nil {
		return nil, err
	}
	begin := 1 - strength
	return e.batches(func(first, count int, progress func(float64)) ([]float32, int, error) {
		x, err := e.noise(first, count)
		if err != nil {
			return nil, 0, err
		}
		if begin > 0 { // at 0 it is the noise itself, as of any sample
			for i := range count {
				own := x[i*e.size : (i+1)*e.size]
				copy(own, known.Noised(e.schedule, begin, own, data))
			}
		}
		if begin == 1 {
			return x, 0, nil
		}
		return e.follow(ctx, x, begin, 1, first, progress)
	})
}
