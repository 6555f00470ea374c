package cli

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/gomlx/gomlx/pkg/core/tensors"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/flows/solve"
	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/draw"
)

// drawn are the images that a trained run draws, quantised to 8 bits: image k of a seed.
type drawn struct {
	*run.Run
	solver   solve.Solver
	seed     int64
	n        int
	batch    int // drawn together
	identity string
	nfe      []float32 // of the images that were read last
}

// drawnBy prepares what a run draws.
func (o *evalOptions) drawnBy(g *run.Run, solver solve.Solver) (*drawn, error) {
	d := &drawn{Run: g, solver: solver, seed: o.seed, n: o.n}
	var err error
	if d.batch, err = g.Batch(o.n, o.batch); err != nil {
		return nil, err
	}
	d.identity, err = g.Identity(solver, o.set, o.seed, d.batch)
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
	pixels := make([]uint8, len(samples.X))
	imaging.Quantize(pixels, samples.X)
	if pixels, err = draw.Resampled(samples.LogWeights, pixels, d.seed+int64(from)); err != nil {
		return nil, err
	}
	if samples.LogWeights != nil { // each was chosen among all
		d.nfe = slices.Repeat([]float32{slices.Max(d.nfe)}, to-from)
	}
	return tensors.FromFlatDataAndDimensions(pixels, append([]int{to - from}, samples.Dims()...)...), nil
}

func (d *drawn) draw(ctx context.Context, from, to int) (*draw.Samples, error) {
	samples := draw.New(d.Source, nil)
	d.nfe = nil
	for batch, err := range draw.From(ctx, d.Source, d.Sampler, draw.Options{First: from, N: to - from, Batch: d.batch, Seed: d.seed, Solver: d.solver}) {
		if err != nil {
			return nil, err
		}
		samples.Append(batch)
		d.nfe = append(d.nfe, slices.Repeat([]float32{float32(batch.Report.NFE)}, batch.Len())...)
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
	options := o.options(o.arithmetic, std)
	if err := options.Check(); err != nil {
		return nil, err
	}
	if cfg, err := run.Dir(o.run).Config(); err != nil {
		return nil, err
	} else if cfg.Points() { // before the plan, which may fetch them
		return nil, usagef("%s was trained on points; `amgen eval points` judges it at every time, or draw them and pass --samples", o.run)
	}
	trained, err := run.Find(ctx, o.run, options)
	if err != nil {
		return nil, err
	}
	solver, err := draw.Solver(trained.Plan, o.solver, o.set)
	if err != nil {
		return nil, err
	}
	o.n = cmp.Or(o.n, m.count)
	g, err := trained.Open(ctx)
	if err != nil {
		return nil, err
	}
	d, err := o.drawnBy(g, solver)
	if err != nil {
		g.Close()
		return nil, err
	}
	opts, dims := g.Plan.ImageOptions(), g.Source.Dims
	name := fmt.Sprintf("%s step %d", filepath.Clean(o.run), g.Step)
	return &judged{drawn: d, home: &home{g.Plan.Config.Dataset, opts.Size, opts.Channels, g},
		side: &side{name: name, images: d, size: [3]int{dims[0], dims[1], dims[2]}, count: o.n, judged: true}}, nil
}

// judged is what a metric judges: samples that are there, or those that a run draws.
type judged struct {
	*side
	*drawn       // nil for samples that are there
	home   *home // of a run
}

func (j *judged) close() {
	if j.drawn != nil {
		j.drawn.Close()
	}
}

// about is what the report says of the samples, but for their evaluations.
func (j *judged) about(o *evalOptions) Samples {
	if j.drawn == nil {
		return Samples{Source: j.name, Hash: j.side.hashed(), WeightedBy: j.weightedBy}
	}
	set := o.set.Of(j.solver)
	return Samples{Source: j.name, Hash: j.identity, Run: o.run, Step: j.drawn.Step, Weights: j.drawn.Hash, Raw: o.raw,
		Seed: &j.seed, Solver: j.solver.Name(), Steps: set.Steps, RTol: set.RTol, ATol: set.ATol, Backend: j.drawn.Engine.Backend.Name(), Precision: o.reported()}
}

var _ eval.Drawn = (*drawn)(nil)
