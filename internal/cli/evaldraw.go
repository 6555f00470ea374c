package cli

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/gomlx/gomlx/pkg/core/tensors"

	"github.com/amgen/amgen/backends/engine"
	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/solve"
	"github.com/amgen/amgen/imaging"
)

// drawn are the images that a trained run draws, quantised to 8 bits: image k of a seed.
type drawn struct {
	*generator
	solver   solve.Solver
	seed     int64
	n        int
	batch    int // drawn together
	identity string
}

// drawnBy prepares what a run draws.
func (o *evalOptions) drawnBy(g *generator, solver solve.Solver) (*drawn, error) {
	d := &drawn{generator: g, solver: solver, seed: o.seed, n: o.n}
	var err error
	if d.batch, err = g.batchOf(o.n, o.batch); err != nil {
		return nil, err
	}
	d.identity, err = g.identityOf(solver, o.set, o.seed, d.batch)
	return d, err
}

func (d *drawn) Len() int         { return d.n }
func (d *drawn) Identity() string { return d.identity }

// Read draws images from … to−1. Those of an unbalanced run are chosen among them by their weights.
func (d *drawn) Read(ctx context.Context, from, to int) (*tensors.Tensor, []float32, error) {
	samples, nfe, err := d.draw(ctx, from, to)
	if err != nil {
		return nil, nil, err
	}
	pixels := make([]uint8, len(samples.samples))
	imaging.Quantize(pixels, samples.samples)
	if pixels, err = resampled(samples.logWeights, pixels, d.seed+int64(from)); err != nil {
		return nil, nil, err
	}
	if samples.logWeights != nil { // each was chosen among all
		nfe = slices.Repeat([]float32{slices.Max(nfe)}, to-from)
	}
	return tensors.FromFlatDataAndDimensions(pixels, append([]int{to - from}, samples.dims...)...), nfe, nil
}

func (d *drawn) draw(ctx context.Context, from, to int) (samples *drawing, nfe []float32, err error) {
	samples = newDrawing(d.from, nil)
	for first := from; first < to; first += d.batch {
		count := min(d.batch, to-first)
		report, err := samples.drawBatch(ctx, d.sampler, d.solver, d.seed, first, count, d.batch, nil)
		if err != nil {
			return nil, nil, err
		}
		nfe = append(nfe, slices.Repeat([]float32{float32(report.NFE)}, count)...)
	}
	return samples, nfe, nil
}

// openSamples finds what is to be judged.
func (o *evalOptions) openSamples(ctx context.Context, m eval.Metric, std streams) (*judged, error) {
	if o.samples != "" {
		at, err := o.findSet(samplesRole, o.samples, o.n, nil)
		if err != nil {
			return nil, err
		}
		set, err := at.open(ctx, std)
		if err != nil {
			return nil, err
		}
		if set.Images == nil && set.Points == nil && o.n > 0 {
			return nil, usagef("-n takes samples, and %s has statistics of them; leave it out", o.samples)
		}
		if o.n > set.Count {
			return nil, usagef("-n is %d, and %s has %d; pass -n %d or less", o.n, o.samples, set.Count, set.Count)
		}
		return &judged{set: set}, nil
	}
	if err := o.settle(); err != nil {
		return nil, err
	}
	cfg, err := o.runConfig(o.run)
	if err != nil {
		return nil, err
	}
	if cfg.points() { // before the task, which may fetch them
		return nil, usagef("%s was trained on points; `amgen eval points` judges it at every time, or draw them and pass "+
			"--samples", o.run)
	}
	task, err := cfg.task(ctx)
	if err != nil {
		return nil, err
	}
	net, err := cfg.network()
	if err != nil {
		return nil, err
	}
	objective, _, _, err := cfg.flow()
	if err != nil {
		return nil, err
	}
	solver, err := o.solverFor(objective, cfg)
	if err != nil {
		return nil, err
	}
	o.n = cmp.Or(o.n, m.Samples)
	g, err := openGenerator(ctx, o.runChoice, o.backend, cfg, task, std)
	if err != nil {
		return nil, err
	}
	d, err := o.drawnBy(g, solver)
	if err != nil {
		g.close()
		return nil, err
	}
	opts := cfg.dataOptions(net)
	name := fmt.Sprintf("%s step %d", filepath.Clean(o.run), g.checkpoint.Step)
	set := eval.ImageSet(name, d, net.Size, net.Size, net.Channels)
	set.Origin = o.originOf(d)
	return &judged{set: set, drawn: d, home: &home{cfg.Dataset, opts.Size, opts.Channels}}, nil
}

// originOf is what a report says of the samples of a run, but for their evaluations.
func (o *evalOptions) originOf(d *drawn) eval.Origin {
	set := o.set.Of(d.solver)
	return eval.Origin{Run: o.run, Step: d.checkpoint.Step, Weights: d.checkpoint.Hash, Raw: o.raw, Seed: &d.seed,
		Solver: d.solver.Name(),
		Steps:  set.Steps, RTol: set.RTol, ATol: set.ATol, Backend: d.engine.Backend.Name(), Precision: o.reported()}
}

// solverFor is the solver that sample would take.
func (o *evalOptions) solverFor(objective flows.Objective, cfg Config) (solve.Solver, error) {
	s := sampleOptions{runChoice: o.runChoice, solver: o.solver, set: o.set}
	return s.solverFor(objective.Motion(), cfg)
}

// judged is what a metric judges: samples that are there, or those that a run draws.
type judged struct {
	set   *eval.Set
	drawn *drawn         // nil for samples that are there
	home  *home          // of a run
	own   *engine.Engine // opened for samples that are there

	progress extraction
}

// engine is the one that draws the samples or, where they are there, one that is opened at the first call.
func (j *judged) engine(backend string, std streams) (_ *engine.Engine, err error) {
	if j.drawn != nil {
		return j.drawn.engine, nil
	}
	if j.own == nil {
		j.own, err = openEngine(backend, 1, std)
	}
	return j.own, err
}

func (j *judged) close() {
	j.progress.close()
	if j.drawn != nil {
		j.drawn.close()
	}
	if j.own != nil {
		j.own.Backend.Finalize()
	}
}
