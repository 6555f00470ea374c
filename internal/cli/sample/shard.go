package sample

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/flows/solve"
	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/memory"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/draw"
)

// validateShard checks the flags that go with --shard.
func (o *options) validateShard() error {
	switch {
	case o.output.stdout():
		return flags.Usagef("--shard keeps its samples in a directory; pass -o DIR")
	case !o.output.manyFiles() && slices.Contains(fileKinds, o.output.kind()):
		return flags.Usagef("-o %s: --shard keeps its samples in a directory, and `amgen sample merge` makes a %s of "+
			"them; pass -o DIR (with a slash, if it shall be named so)", o.output.path, o.output.kind())
	case o.output.cols != 0 || o.output.scale != 0:
		return flags.Usagef("--cols and --scale are for the picture that `amgen sample merge` makes; pass them to it")
	case o.output.axes != nil:
		return flags.Usagef("--axes are those of the picture that `amgen sample merge` makes; pass them to it")
	}
	return checkTimes(o.times)
}

// drawShard draws what the output directory lacks of the shard, a batch to a file: what an interrupted or killed
// process has written is kept.
func (o *options) drawShard(ctx context.Context, chosen flags.Run, trained *run.Trained, solver solve.Solver,
	part eval.Shard, std term.Streams) error {
	g, err := trained.Open(ctx)
	if err != nil {
		return err
	}
	defer g.Close()
	r, err := o.request(g, solver)
	if err != nil {
		return err
	}
	flags.WarnClasses("sample", trained, r.Classes, o.n, std)
	if err := checkShardMemory(draw.New(g.Source, r.Times), r.Batch); err != nil {
		return err
	}
	if err := r.Keep(o.output.path); err != nil {
		return err
	}
	if err := draw.KeepRecord(g.Plan, o.output.path); err != nil {
		return err
	}
	store := draw.Store{Dirs: []string{o.output.path}, Request: r}
	first, last := part.Of(store.Batches())
	b := term.NewShareBar(std.Err, "sample")
	defer b.Clear()
	watch := term.NewWatch("sample: shard "+o.shard, std)
	drawn, total := 0, min(last*r.Batch, r.N)-first*r.Batch
	for c := first; c < last; c++ {
		done := (c - first) * r.Batch
		progress := func(within float64) {
			b.Share((float64(done) + within) / float64(total))
			watch.See(b, drawn*r.Batch+int(within), done+int(within), total)
		}
		err := store.Read(c, draw.New(g.Source, r.Times))
		if errors.Is(err, draw.ErrNoSamples) {
			err = drawChunk(ctx, g, solver, store, c, progress)
			drawn++
		}
		if err != nil {
			return err
		}
	}
	b.Clear()
	fmt.Fprintf(std.Err, "sample: shard %s of %d %s from %s step %d, seed %d, %s: %d of %d batches, %d drawn now; "+
		"when all shards are, pass their directories to `amgen sample merge`\n", o.shard, r.N, g.Plan.Unit(), g.Name(),
		r.Step, r.Seed, r.Solver, last-first, store.Batches(), drawn)
	if store.Batches() < part.Count {
		fmt.Fprintf(std.Err, "sample: warning: %d samples are %d batches of %d, too few for %d shards; pass a "+
			"smaller --batch, to all of them\n", r.N, store.Batches(), r.Batch, part.Count)
	}
	if !o.output.json {
		return term.PrintLine(std.Out, o.output.path)
	}
	out := o.result(g, chosen, solver, r.Classes, r.Guidance)
	out.Times = r.Times
	return o.output.print(out, "sample", std)
}

// drawChunk draws batch c of a request.
func drawChunk(ctx context.Context, r *run.Run, solver solve.Solver, store draw.Store, c int,
	progress func(done float64)) error {
	q := store.Request
	options := draw.Options{First: c * q.Batch, N: q.Rows(c), Batch: q.Batch, Seed: q.Seed, Solver: solver,
		Times: q.Times, Classes: q.Classes, Guidance: q.Guidance, Progress: progress}
	for batch, err := range draw.From(ctx, r.Source, r.Sampler, options) {
		if err != nil {
			return err
		}
		if err := store.Write(c, batch); err != nil {
			return err
		}
	}
	return nil
}

// checkShardMemory is a usage error where a batch of samples, with their states, doesn't fit into memory.
func checkShardMemory(s *draw.Samples, batch int) error {
	return memory.Check(fmt.Sprintf("%d samples", batch), batch, 4*float64(1+len(s.Times))*float64(s.Size()),
		"pass a smaller --batch")
}

// request is what the options ask for.
func (o *options) request(g *run.Run, solver solve.Solver) (draw.Request, error) {
	r := draw.Request{Run: g.Name(), Step: g.Step, N: o.n, Seed: o.seed, Solver: solver.Name(), Times: o.times}
	config, err := g.Plan.Config.TOML()
	if err != nil {
		return r, err
	}
	r.Config = string(config)
	if r.Batch, err = g.Batch(o.n, o.batch); err != nil {
		return r, err
	}
	if r.Classes, err = o.classes.Of(g.Trained); err != nil {
		return r, err
	}
	if r.Guidance, err = o.classes.Guidance(); err != nil {
		return r, err
	}
	asked := draw.Options{Batch: r.Batch, Seed: o.seed, Solver: solver, Classes: r.Classes, Guidance: r.Guidance}
	r.Identity, err = asked.Identity(g)
	return r, err
}
