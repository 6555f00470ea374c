package sample

import (
	"context"
	"fmt"
	"time"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/science"
	"github.com/amgen/amgen/flows/solve"
	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/internal/duration"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/draw"
)

// draw draws the samples, with their states at times.
func (o *options) draw(ctx context.Context, trained *run.Trained, solver solve.Solver, starts *science.Starts,
	times []float64, std term.Streams) (*draw.Samples, error) {
	r, err := trained.Open(ctx)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	begin := 0.0
	if starts != nil {
		begin = starts.T
		if err := draw.BeginWith(r, starts); err != nil {
			return nil, err
		}
	}
	batch, err := r.Batch(o.n, o.batch)
	if err != nil {
		return nil, err
	}
	all := draw.New(r.Source, times)
	if err := o.output.checkMemory(all, o.n,
		"pass a smaller -n, or draw them into files of a batch each by --shard 0/1 -o DIR"); err != nil {
		return nil, err
	}
	if all.FileTimes, all.CellNames, err = o.named(starts); err != nil {
		return nil, err
	}
	all.Reserve(o.n)
	b := term.NewShareBar(std.Err, "sample")
	defer b.Clear()
	watch := term.NewWatch("sample", std)
	classes, err := o.classes.Of(trained)
	if err != nil {
		return nil, err
	}
	flags.WarnClasses("sample", trained, classes, o.n, std)
	guidance, err := o.classes.Guidance()
	if err != nil {
		return nil, err
	}
	options := draw.Options{N: o.n, Batch: batch, Classes: classes, Guidance: guidance, Seed: o.seed, Solver: solver,
		Times: times, Begin: begin,
		Progress: func(done float64) {
			b.Share(done / float64(o.n))
			watch.See(b, int(done), int(done), o.n)
		}}
	for drawn, err := range draw.Draw(ctx, r, options) {
		if err != nil {
			return nil, err
		}
		all.Append(drawn)
	}
	b.Clear()
	total := all.Report
	fmt.Fprintf(std.Err,
		"sample: %d %s from %s step %d, seed %d, %s: NFE %d, %d steps (%d rejected), %s, %s a batch of %d\n",
		o.n, r.Plan.Unit(), r.Name(), r.Step, o.seed, solver.Name(), total.NFE, total.Steps, total.Rejected,
		duration.Text(total.Elapsed.Seconds()),
		duration.Text((total.Elapsed / time.Duration((o.n+batch-1)/batch)).Seconds()), batch)
	return all, o.output.describeWeights(all, std)
}

// named are the times that were given in the unit of the file, and the names of the cells that samples begin with, of
// which an .h5ad alone has use.
func (o *options) named(starts *science.Starts) (times []float64, cells []string, err error) {
	if starts != nil && o.output.kind() == ".h5ad" {
		cells, err = starts.ReadNames()
	}
	return o.start.known, cells, err
}

// describeWeights reports what the weights of an unbalanced run leave of the samples at the last time that is written.
func (o output) describeWeights(s *draw.Samples, std term.Streams) error {
	if s.LogWeights == nil {
		return nil
	}
	logWeights, at := s.LogWeights, s.AtEnd()
	if last := len(s.Times) - 1; last >= 0 && o.statesAlone() {
		logWeights, at = s.States[last].LogWeights, s.At(last)
	}
	size, err := flows.EffectiveSize(logWeights)
	if err != nil {
		return err
	}
	mass, err := flows.LogMeanWeight(logWeights)
	if err != nil {
		return err
	}
	fmt.Fprintf(std.Err, "sample: by weight at %s, effective sample size %.1f of %d, log-mass (log of the mean "+
		"weight) %.4g\n", at, size, len(logWeights), mass)
	if err := draw.CheckWeights(logWeights); err != nil {
		fmt.Fprintf(std.Err, "sample: %s\n", flags.ErrorText(err))
	}
	return nil
}
