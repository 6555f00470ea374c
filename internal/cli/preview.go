package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image/png"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gomlx/gomlx/backends"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/solve"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/draw"
)

// preview draws samples while training, from the averaged parameters, always of the same noise.
type preview struct {
	backend backends.Backend
	model   flows.Model
	from    *run.Source
	dir     string

	averaged bool               // else the raw parameters are drawn from
	ema      *mlcontext.Context // a copy of the averages, where they are kept
	sampler  *flows.Sampler
}

// Previews are small and quick: their business is to show progress.
const (
	previewSteps = 30
	previewSeed  = 0
)

// draw writes step-NNNNNN.png.
func (p *preview) draw(ctx context.Context, vars *mlcontext.Context, step int) (err error) {
	if err := p.refresh(vars); err != nil {
		return err
	}
	var solver solve.Solver = solve.Euler{Steps: previewSteps}
	if p.model.Objective.Motion().Diffusion != nil {
		solver = solve.EulerMaruyama{Steps: previewSteps}
	}
	n := p.from.Previewed()
	samples, err := draw.Collect(draw.From(ctx, p.from, p.sampler, draw.Options{N: n, Batch: n, Seed: previewSeed, Solver: solver}))
	if err != nil {
		return err
	}
	picture, err := samples.Picture(draw.Look{Seed: previewSeed})
	if err != nil {
		return err
	}
	if err := os.Mkdir(p.dir, 0o755); err != nil && !errors.Is(err, fs.ErrExist) { // it may have been removed
		return err
	}
	var text bytes.Buffer
	if err := png.Encode(&text, picture); err != nil {
		return err
	}
	return replaceOwn(p.path(step), text.Bytes())
}

// path is that of the preview of a step.
func (p *preview) path(step int) string {
	return filepath.Join(p.dir, fmt.Sprintf("step-%06d.png", step))
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
		p.sampler, err = flows.NewSampler(p.backend, from, p.model)
	}
	return err
}

func (p *preview) close() {
	if p.sampler != nil {
		p.sampler.Finalize()
	}
}
