package evaluate

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"

	"github.com/gomlx/gomlx/pkg/core/tensors"

	"github.com/amgen/amgen/backends/engine"
	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/draw"
)

// drawn are the images that a trained run draws, quantised to 8 bits. Image k depends on the seed and on k.
type drawn struct {
	*run.Run
	asked    draw.Options // of all images
	identity string
}

// drawnBy prepares images that a run draws.
func (o *metricOptions) drawnBy(g *run.Run, asked draw.Options) (*drawn, error) {
	d := &drawn{Run: g, asked: asked}
	var err error
	if d.asked.Batch, err = g.Batch(asked.N, o.batch); err != nil {
		return nil, err
	}
	d.identity, err = d.asked.Identity(g)
	return d, err
}

// askedOf are the options of drawing from a run, but for the batch.
func (o *metricOptions) askedOf(trained *run.Trained, m eval.Metric) (asked draw.Options, err error) {
	asked = draw.Options{N: cmp.Or(o.n, m.Samples), Seed: o.seed}
	if asked.Solver, err = draw.Solver(trained.Plan, o.solver, o.set); err != nil {
		return asked, err
	}
	if asked.Classes, err = o.classes.Of(trained); err != nil {
		return asked, err
	}
	if asked.Guidance, err = o.classes.Guidance(); err != nil {
		return asked, err
	}
	if err := asked.CheckClasses(trained.Plan.Classes); err != nil {
		return asked, err
	}
	return asked, checkLabelled(trained, m)
}

func (d *drawn) Len() int         { return d.asked.N }
func (d *drawn) Identity() string { return d.identity }

// Read draws images from … to−1. Those of an unbalanced run are chosen among them by their weights.
func (d *drawn) Read(ctx context.Context, from, to int) (*tensors.Tensor, []float32, error) {
	return draw.Pictures(ctx, d.Source, d.Sampler, d.asked, from, to)
}

// openSamples opens the samples to evaluate.
func (o *metricOptions) openSamples(ctx context.Context, e evaluation, std term.Streams) (*sampleSource, error) {
	if o.samples != "" {
		return o.openGiven(ctx, e, std)
	}
	chosen, err := o.Resolve()
	if err != nil {
		return nil, err
	}
	options := chosen.Options(o.Arithmetic, std)
	options.Sigma = o.sigma
	if err := options.Check(); err != nil {
		return nil, err
	}
	if cfg, err := chosen.Config(); err != nil {
		return nil, err
	} else if cfg.Points() { // before the plan, which may fetch them
		return nil, flags.Usagef("%s was trained on points; `amgen eval points` evaluates it at every time, or draw "+
			"points and pass --samples", chosen.Name())
	}
	trained, err := chosen.Find(ctx, options)
	if err != nil {
		return nil, err
	}
	asked, err := o.askedOf(trained, e.metric)
	if err != nil {
		return nil, err
	}
	flags.WarnClasses("eval", trained, asked.Classes, asked.N, std)
	g, err := trained.Open(ctx)
	if err != nil {
		return nil, err
	}
	d, err := o.drawnBy(g, asked)
	if err != nil {
		g.Close()
		return nil, err
	}
	opts, dims := g.Plan.ImageOptions(), g.Source.Dims
	name := fmt.Sprintf("%s step %d", filepath.Clean(chosen.Name()), g.Step)
	set := eval.ImageSet(name, d, dims[0], dims[1], dims[2])
	set.Origin = o.originOf(d, chosen)
	source := &sampleSource{set: set, drawn: d, data: runDataOf(g, opts)}
	if e.metric.Labelled {
		set.Labels, set.Classes = asked.Labels(g.Source, 0, asked.N), g.Plan.Classes.Names
	} else if note := partNote(asked.Classes, g.Plan.Classes); note != "" && !e.metric.Alone {
		set.Notes = append(set.Notes, note)
	}
	return source, nil
}

// openGiven opens the samples that --samples names.
func (o *metricOptions) openGiven(ctx context.Context, e evaluation, std term.Streams) (*sampleSource, error) {
	at, err := e.findSet(samplesRole, o.samples, o.n, nil)
	if err != nil {
		return nil, err
	}
	set, err := at.open(ctx, std)
	if err != nil {
		return nil, err
	}
	if e.metric.Labelled && set.Labels == nil && set.Images != nil {
		return nil, flags.Usagef("%s: nothing tells the classes of %s: %s", e.metric.Name, o.samples, wantLabels)
	}
	if set.Images == nil && set.Points == nil && o.n > 0 {
		return nil, flags.Usagef("-n takes samples, and %s has statistics of them; leave it out", o.samples)
	}
	if o.n > set.Count {
		return nil, flags.Usagef("-n is %d, and %s has %d; pass -n %d or less", o.n, o.samples, set.Count, set.Count)
	}
	return &sampleSource{set: set}, nil
}

// originOf describes the samples of a run for a report, without the number of evaluations.
func (o *metricOptions) originOf(d *drawn, chosen flags.Run) eval.Origin {
	origin := chosen.Origin(flags.Checkpoint{Step: d.Step, Hash: d.Hash}, d.asked.Solver, d.asked.Seed,
		d.Engine.Backend.Name(), o.Arithmetic)
	origin.Source = "" // that of the set is reported
	origin.Sigma, origin.Guided = o.sigma, eval.GuidedBy(d.asked.Guidance)
	if d.asked.Classes != nil {
		origin.Class = flags.ClassList(d.Plan.Classes.Names, d.asked.Classes)
	}
	return origin
}

// sampleSource is where the samples are from: a file, a data set, or a run that draws them.
type sampleSource struct {
	set   *eval.Set
	drawn *drawn         // the run that draws, nil without one
	data  *runData       // the run's, nil without one
	own   *engine.Engine // opened for samples that aren't drawn

	progress extraction
}

// engine is the one that draws the samples. For other samples it is opened at the first call.
func (s *sampleSource) engine(backend string, std term.Streams) (_ *engine.Engine, err error) {
	if s.drawn != nil {
		return s.drawn.Engine, nil
	}
	if s.own == nil {
		s.own, err = run.OpenEngine(backend, 1, std.Loading())
	}
	return s.own, err
}

// from is what the samples were named by, or the data set of the run that draws them.
func (s *sampleSource) from(given string) string {
	if s.data != nil {
		return s.data.Dataset
	}
	return given
}

func (s *sampleSource) close() {
	s.progress.close()
	if s.drawn != nil {
		s.drawn.Close()
	}
	if s.own != nil {
		s.own.Backend.Finalize()
	}
}
