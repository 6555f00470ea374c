package cli

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/gomlx/gomlx/pkg/core/tensors"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/solve"
	"github.com/amgen/amgen/imaging"
)

// preview draws sample grids while training, from the averaged parameters, always of the same noise.
type preview struct {
	model  flows.Action
	motion flows.Dynamics
	from   source
	dir    string

	averaged bool               // else the raw parameters are drawn from
	ema      *mlcontext.Context // a copy of the averages, where they are kept
	sampler  *flows.Sampler
}

// Previews are small and quick: their business is to show progress.
const (
	previewImages = 36
	previewSteps  = 30
	previewSeed   = 0
)

// draw writes step-NNNNNN.png.
func (p *preview) draw(ctx context.Context, vars *mlcontext.Context, step int) (err error) {
	if err := p.refresh(vars); err != nil {
		return err
	}
	p.sampler.OnStep = func(float64, *tensors.Tensor) error { return ctx.Err() }
	tiles, count := tiles(p.from.path), previewImages
	if tiles > 1 {
		count = min(count/tiles, p.from.images.Len())
	}
	start, err := p.from.begin(previewSeed, 0, count)
	if err != nil {
		return err
	}
	defer start.release()
	var solver solve.Solver = solve.Euler{Steps: previewSteps}
	if p.motion.Diffusion != nil {
		solver = solve.EulerMaruyama{Steps: previewSteps}
	}
	particles, err := p.sampler.Follow(solver, start.x, 0, 1, flows.FollowOptions{Seed: previewSeed, Condition: start.condition})
	if err != nil {
		return err
	}
	defer particles.Finalize()
	if p.motion.Growth {
		if err := p.sampler.Resample(&particles, previewSeed); err != nil {
			return err
		}
	}
	pixels, err := imaging.QuantizeTensor(particles.X)
	if err != nil {
		return err
	}
	pixels = start.besides(pixels, count)
	options := imaging.GridOptions{Cols: gridColumns(count, tiles), Gap: 2, Scale: 2}
	grid, err := imaging.Grid(pixels, count*tiles, p.from.net.Size, p.from.net.Size, p.from.net.Channels, options)
	if err != nil {
		return err
	}
	return imaging.WritePNG(filepath.Join(p.dir, fmt.Sprintf("step-%06d.png", step)), grid)
}

// refresh readies the sampler for the present parameters.
func (p *preview) refresh(vars *mlcontext.Context) (err error) {
	from := vars
	if p.averaged && p.ema != nil {
		return flows.RefreshEMA(p.ema, vars)
	} else if p.averaged {
		if p.ema, err = flows.EMAContext(vars); err != nil {
			return err
		}
		from = p.ema
	}
	if p.sampler == nil {
		p.sampler, err = flows.NewSampler(p.from.backend, from, p.model, p.from.path, flows.WithDynamics(p.motion))
	}
	return err
}

func (p *preview) close() {
	if p.sampler != nil {
		p.sampler.Finalize()
	}
}
