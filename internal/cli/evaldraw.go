package cli

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/gomlx/gomlx/pkg/core/tensors"

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
	nfe      []float32 // of the images that were read last
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
func (d *drawn) NFE() []float32   { return d.nfe }

// Read draws images from … to−1. Those of an unbalanced run are chosen among them by their weights.
func (d *drawn) Read(ctx context.Context, from, to int) (*tensors.Tensor, error) {
	samples, err := d.draw(ctx, from, to)
	if err != nil {
		return nil, err
	}
	pixels := make([]uint8, len(samples.samples))
	imaging.Quantize(pixels, samples.samples)
	if pixels, err = resampled(samples.logWeights, pixels, d.seed+int64(from)); err != nil {
		return nil, err
	}
	if samples.logWeights != nil { // each was chosen among all
		d.nfe = slices.Repeat([]float32{slices.Max(d.nfe)}, to-from)
	}
	return tensors.FromFlatDataAndDimensions(pixels, append([]int{to - from}, samples.dims...)...), nil
}

func (d *drawn) draw(ctx context.Context, from, to int) (*drawing, error) {
	d.sampler.OnStep = func(float64, *tensors.Tensor) error { return ctx.Err() }
	samples := newDrawing(d.from, nil)
	d.nfe = nil
	for first := from; first < to; first += d.batch {
		count := min(d.batch, to-first)
		report, err := samples.drawBatch(d.sampler, d.solver, d.seed, first, count, d.batch)
		if err != nil {
			return nil, err
		}
		d.nfe = append(d.nfe, slices.Repeat([]float32{float32(report.NFE)}, count)...)
	}
	return samples, nil
}

// openSamples finds what is to be judged.
func (o *evalOptions) openSamples(ctx context.Context, m metric, std streams) (*judged, error) {
	if o.samples != "" {
		s, err := o.as(samplesRole).openSide(ctx, o.samples, o.n, nil, std)
		if err != nil {
			return nil, err
		}
		if s.images == nil && s.points == nil && o.n > 0 {
			return nil, usagef("-n takes samples, and %s has statistics of them; leave it out", o.samples)
		}
		if o.n > s.count {
			return nil, usagef("-n is %d, and %s has %d; pass -n %d or less", o.n, o.samples, s.count, s.count)
		}
		s.judged = true
		return &judged{side: s}, nil
	}
	if err := o.settle(); err != nil {
		return nil, err
	}
	cfg, err := o.runConfig(o.run)
	if err != nil {
		return nil, err
	}
	if cfg.points() { // before the task, which may fetch them
		return nil, usagef("%s was trained on points; `amgen eval points` judges it at every time, or draw them and pass --samples", o.run)
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
	o.n = cmp.Or(o.n, m.count)
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
	return &judged{drawn: d, home: &home{cfg.Dataset, opts.Size, opts.Channels, g.checkpoint},
		side: &side{name: name, images: d, size: [3]int{net.Size, net.Size, net.Channels}, count: o.n, judged: true}}, nil
}

// solverFor is the solver that sample would take.
func (o *evalOptions) solverFor(objective flows.Objective, cfg Config) (solve.Solver, error) {
	s := sampleOptions{runChoice: o.runChoice, solver: o.solver, set: o.set}
	return s.solverFor(objective.Motion(), cfg)
}

// judged is what a metric judges: samples that are there, or those that a run draws.
type judged struct {
	*side
	*drawn       // nil for samples that are there
	home   *home // of a run
}

func (j *judged) close() {
	if j.drawn != nil {
		j.drawn.close()
	}
}

// about is what the report says of the samples, but for their evaluations.
func (j *judged) about(o *evalOptions) Samples {
	if j.drawn == nil {
		return Samples{Source: j.name, Hash: j.side.hashed(), WeightedBy: j.weightedBy}
	}
	set := o.set.Of(j.solver)
	return Samples{Source: j.name, Hash: j.identity, Run: o.run, Step: j.checkpoint.Step, Weights: j.checkpoint.Hash, Raw: o.raw,
		Seed: &j.seed, Solver: j.solver.Name(), Steps: set.Steps, RTol: set.RTol, ATol: set.ATol, Backend: j.backend.Name(), Precision: o.reported()}
}

var _ eval.Drawn = (*drawn)(nil)
