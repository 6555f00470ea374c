package sample

import (
	"context"
	"fmt"
	"time"

	"github.com/dustin/go-humanize/english"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/science"
	"github.com/amgen/amgen/flows/solve"
	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/internal/duration"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/draw"
)

// draw draws the samples of what was chosen, with their states at times.
func (o *options) draw(ctx context.Context, chosen flags.Run, trained *run.Trained, solver solve.Solver,
	starts *science.Starts, times []float64, std term.Streams) (out result, err error) {
	r, err := trained.Open(ctx)
	if err != nil {
		return out, err
	}
	defer r.Close()
	begin := 0.0
	if starts != nil {
		begin = starts.T
		if err := draw.BeginWith(r, starts); err != nil {
			return out, err
		}
	}
	batch, err := r.Batch(o.n, o.batch)
	if err != nil {
		return out, err
	}
	all := draw.New(r.Source, times)
	if err := o.output.checkMemory(all, o.n,
		"pass a smaller -n, or draw them into files of a batch each by --shard 0/1 -o DIR"); err != nil {
		return out, err
	}
	if all.FileTimes, all.CellNames, err = o.named(starts); err != nil {
		return out, err
	}
	all.Reserve(o.n)
	b := term.NewShareBar(std.Err, "sample")
	defer b.Clear()
	watch := term.NewWatch("sample", std)
	classes, err := o.classes.Of(trained)
	if err != nil {
		return out, err
	}
	flags.WarnClasses("sample", trained, classes, o.n, std)
	guidance, err := o.classes.Guidance()
	if err != nil {
		return out, err
	}
	options := draw.Options{N: o.n, Batch: batch, Classes: classes, Guidance: guidance, Seed: o.seed, Solver: solver,
		Times: times, Begin: begin,
		Progress: func(done float64) {
			b.Share(done / float64(o.n))
			watch.See(b, int(done), int(done), o.n)
		}}
	for drawn, err := range draw.Draw(ctx, r, options) {
		if err != nil {
			return out, err
		}
		all.Append(drawn)
	}
	b.Clear()
	total := all.Report
	out = o.result(r, chosen, solver, classes, guidance)
	out.all, out.Times, out.Steps, out.Rejected = all, times, total.Steps, total.Rejected
	out.Samples.NFE, out.Seconds = total.NFE, total.Elapsed.Seconds()
	fmt.Fprintf(std.Err,
		"sample: %d %s from %s step %d, seed %d, %s: NFE %d, %s (%d rejected), %s, %s a batch of %d\n",
		o.n, r.Plan.Unit(), r.Name(), r.Step, o.seed, solver.Name(), total.NFE,
		english.Plural(total.Steps, "step", ""), total.Rejected, duration.Text(total.Elapsed.Seconds()),
		duration.Text((total.Elapsed / time.Duration((o.n+batch-1)/batch)).Seconds()), batch)
	return out, o.output.weigh(&out, std)
}

// result is what is known of samples before they are drawn.
func (o *options) result(r *run.Run, chosen flags.Run, solver solve.Solver, classes []int32,
	guidance flows.Guidance) result {
	out := result{N: o.n, Unit: r.Plan.Unit(), Shard: o.shard, Samples: chosen.Origin(
		flags.Checkpoint{Step: r.Step, Hash: r.Hash}, solver, o.seed, r.Engine.Backend.Name(), o.Arithmetic)}
	out.Samples.Sigma, out.Samples.Guided = o.sigma, eval.GuidedBy(guidance)
	if classes != nil {
		out.Samples.Class = flags.ClassList(r.Plan.Classes.Names, classes)
	}
	return out
}

// named are the times that were given in the unit of the file, and the names of the cells that samples begin with, of
// which an .h5ad alone has use.
func (o *options) named(starts *science.Starts) (times []float64, cells []string, err error) {
	if starts != nil && o.output.kind() == ".h5ad" {
		cells, err = starts.ReadNames()
	}
	return o.start.known, cells, err
}
