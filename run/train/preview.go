package train

import (
	"bytes"
	"cmp"
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
	"github.com/amgen/amgen/internal/replace"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/draw"
	"github.com/amgen/amgen/run/lock"
)

// preview draws samples while training, from the averaged parameters, always of the same noise.
type preview struct {
	backend backends.Backend
	model   flows.Model
	from    *run.Source
	dir     string
	lock    *lock.Lock
	warn    func(error)

	jumps    int                // of a distilled run, which it is drawn by
	averaged bool               // else the raw parameters are drawn from
	ema      *mlcontext.Context // a copy of the averages, where they are kept
	sampler  *flows.Sampler
}

func newPreview(l *loop, model flows.Model) *preview {
	return &preview{backend: l.engine.Backend, model: model, from: l.data.Source(l.engine.Backend),
		dir: l.dir.File(run.SamplesName), lock: l.lock, warn: l.warn,
		jumps: l.data.Jumps, averaged: l.cfg.EMA > 0}
}

// Previews are small and quick: their business is to show progress.
const (
	previewSteps = 30
	previewSeed  = 0
)

// samples are drawn by the present parameters. A warning tells of weights that are not worth much and, where growth
// should have been learned by now, of a mass that is off.
func (p *preview) samples(ctx context.Context, vars *mlcontext.Context, step int, last bool) (*draw.Samples, error) {
	if err := p.refresh(vars); err != nil {
		return nil, err
	}
	var solver solve.Solver = solve.Euler{Steps: cmp.Or(p.jumps, previewSteps)}
	if p.model.Objective.Motion().Diffusion != nil {
		solver = solve.EulerMaruyama{Steps: previewSteps}
	}
	n := p.from.Previewed()
	samples, err := draw.Collect(draw.From(ctx, p.from, p.sampler, draw.Options{N: n, Batch: n, Seed: previewSeed,
		Classes: p.from.PreviewedClasses(), Solver: solver}))
	if err != nil {
		return nil, err
	}
	err = draw.CheckWeights(samples.LogWeights)
	if err == nil && last && p.growing() {
		s := p.from.Problem.Snapshots
		k := len(s.Masses) - 1
		err = draw.CheckMass(samples.LogWeights, s.Masses[k], fmt.Sprint(s.Population.Times[k]))
	}
	if err != nil {
		p.warn(fmt.Errorf("step %d: %w", step, err))
	}
	return samples, nil
}

// growing tells whether the masses of snapshots are learned.
func (p *preview) growing() bool {
	massive, ok := p.from.Path.(flows.Massive)
	return ok && massive.CarriesMass() && p.from.Problem != nil && p.from.Problem.Snapshots != nil
}

// draw writes step-NNNNNN.png.
func (p *preview) draw(ctx context.Context, vars *mlcontext.Context, step int, last bool) (err error) {
	samples, err := p.samples(ctx, vars, step, last)
	if err != nil {
		return err
	}
	picture, err := samples.Picture(draw.Layout{Seed: previewSeed})
	if err != nil {
		return err
	}
	if err := replace.Folder(p.dir); err != nil { // it may have been removed, or become a link
		return err
	}
	var text bytes.Buffer
	if err := png.Encode(&text, picture); err != nil {
		return err
	}
	if err := errors.Join(ctx.Err(), p.lock.Check()); err != nil { // drawing took its time
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

// shows tells whether a preview is due after a step.
func (l *loop) shows(step int) bool {
	n := l.cfg.SampleEvery
	return n > 0 && step > 0 && (step%n == 0 || step == l.cfg.Steps)
}

// judges tells whether samples are drawn after a step for what is to be warned of alone, without a picture.
func (l *loop) judges(step int) bool {
	return step == l.cfg.Steps && !l.shows(step) && l.preview.growing()
}

// show draws a preview after a step where that is due. Who has to end doesn't wait for it.
func (l *loop) show(step int) error {
	if !l.shows(step) && !l.judges(step) || l.ended() != nil {
		return nil
	}
	return l.aside(step, func() error { return l.draw(step) })
}

// aside does work between two steps as if it were a step: it may be given up, and the state is safe.
func (l *loop) aside(step int, work func() error) error {
	if l.Patience != nil && l.saver.holds() != step { // else the state is safe already
		if err := l.saver.copyNow(step); err != nil {
			return err
		}
	}
	l.leave()
	err := work()
	if !l.enter() {
		return errGivenUp
	}
	return err
}

// showMissed draws the preview of the last checkpoint, which a session that had to end owes.
func (l *loop) showMissed() error {
	step := l.saver.saved
	if !l.shows(step) {
		return nil
	}
	if _, err := os.Lstat(l.preview.path(step)); !errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return l.draw(step)
}

// draw draws a preview, and tells of one that fails: training goes on.
func (l *loop) draw(step int) error {
	if err := l.lock.Check(); err != nil {
		return err
	}
	var err error
	last := step == l.cfg.Steps
	if l.judges(step) {
		_, err = l.preview.samples(l.ctx, l.vars, step, last)
	} else {
		err = l.preview.draw(l.ctx, l.vars, step, last)
	}
	switch {
	case errors.Is(err, lock.ErrLost):
		return err
	case err != nil && l.ctx.Err() == nil: // else it was cut short
		l.warn(fmt.Errorf("preview of step %d: %w", step, err))
	}
	return nil
}
