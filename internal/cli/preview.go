package cli

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/solve"
	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/unet"
)

// preview draws sample grids while training, from the averaged parameters, always of the same noise.
type preview struct {
	backend backends.Backend
	model   flows.Action
	path    flows.Path
	motion  flows.Dynamics
	net     unet.Config
	dir     string

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
	noise, err := flows.Noise(previewSeed, 0, previewImages, p.net.Size, p.net.Size, p.net.Channels)
	if err != nil {
		return err
	}
	defer noise.MustFinalizeAll()
	var solver solve.Solver = solve.Euler{Steps: previewSteps}
	if p.motion.Diffusion != nil {
		solver = solve.EulerMaruyama{Steps: previewSteps}
	}
	particles, err := p.sampler.Follow(solver, noise, 0, 1, flows.FollowOptions{Seed: previewSeed})
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
	grid, err := imaging.Grid(pixels, previewImages, p.net.Size, p.net.Size, p.net.Channels, imaging.GridOptions{Gap: 2, Scale: 2})
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
		p.sampler, err = flows.NewSampler(p.backend, from, p.model, p.path, flows.WithDynamics(p.motion))
	}
	return err
}

func (p *preview) close() {
	if p.sampler != nil {
		p.sampler.Finalize()
	}
}
