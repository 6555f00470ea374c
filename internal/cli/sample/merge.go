package sample

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/internal/chunks"
	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/draw"
)

func newMerge(std term.Streams) *cobra.Command {
	var o output
	cmd := &cobra.Command{
		Use:   "merge DIR...",
		Short: "Write the samples that shards have drawn as one output",
		Long: "Combine the samples that processes with --shard drew, in one directory or several. The output is that " +
			"of a single process, bit for bit. If samples are missing, the error names them. The command doesn't " +
			"need the run; for points, and for the paths color, superres and inpaint, it reads the data set.",
		Example: "  amgen sample --run runs/first -n 50000 --solver heun --steps 40 --shard 0/2 -o a    # on one " +
			"machine\n  amgen sample --run runs/first -n 50000 --solver heun --steps 40 --shard 1/2 -o b    # on " +
			"another\n  amgen sample merge a b -o samples.npz",
		Args:    cobra.MinimumNArgs(1),
		PreRunE: flags.RefuseZero("cols", "scale"),
		RunE:    func(cmd *cobra.Command, dirs []string) error { return mergeSamples(cmd.Context(), dirs, o, std) },
	}
	f := cmd.Flags()
	f.SortFlags = false
	o.bind(f)
	return cmd
}

// mergeSamples writes what is in some directories. It changes none of them.
func mergeSamples(ctx context.Context, dirs []string, o output, std term.Streams) error {
	if err := o.checkLayout(std.Out); err != nil {
		return err
	}
	r, err := draw.ReadRequests(dirs)
	if err != nil {
		return err
	}
	var cfg run.Config
	if err := cfg.Decode([]byte(r.Config)); err != nil {
		return fmt.Errorf("%s in %s: %v; draw the shards again", draw.RequestName, dirs[0], err)
	}
	plan, err := cfg.Plan(ctx, std.Loading())
	if err != nil {
		return err
	}
	kept, err := o.keptTimes(r.Times, cfg.Points(), dirs)
	if err != nil {
		return err
	}
	times, err := o.times(kept)
	if err != nil {
		return err
	}
	if err := o.checkPlan(plan, r.Run, r.N, times); err != nil {
		return err
	}
	if err := o.checkPlace(r.N, cfg); err != nil {
		return err
	}
	if dir := filepath.Dir(o.path); chunks.IsName(filepath.Base(o.path)) && sameAsOneOf(dir, dirs) {
		return flags.Usagef("-o %s would replace samples that it is made of; name another file", o.path)
	}
	if err := draw.MatchRecords(plan, dirs); err != nil {
		return err
	}
	from, err := plan.Source(ctx, nil, std.Loading())
	if err != nil {
		return err
	}
	d := draw.New(from, r.Times)
	if err := o.checkMemory(d, r.N, "use a machine that has it, or draw fewer"); err != nil {
		return err
	}
	store := draw.Store{Dirs: dirs, Request: r}
	if err := store.ReadAll(ctx, d); err != nil {
		return err
	}
	d.Times = times
	if times == nil {
		d.States = nil
	}
	fmt.Fprintf(std.Err, "sample: %d %s from %s step %d, seed %d, %s: merged from %d batches of %d\n",
		r.N, plan.Unit(), r.Run, r.Step, r.Seed, r.Solver, store.Batches(), r.Batch)
	out := result{all: d, N: r.N, Unit: plan.Unit(), Times: times, Samples: eval.Origin{Run: r.Run, Step: r.Step,
		Source: fmt.Sprintf("%s step %d", filepath.Clean(r.Run), r.Step), Seed: &r.Seed, Solver: r.Solver,
		Guided: eval.GuidedBy(r.Guidance)}}
	if err := o.weigh(&out, std); err != nil {
		return err
	}
	if err := o.write(d, r.Seed, std); err != nil {
		return err
	}
	return o.print(out, "sample merge", std)
}

// sameAsOneOf tells whether a directory is one of some, by whatever names.
func sameAsOneOf(dir string, dirs []string) bool {
	this, err := os.Stat(dir)
	return err == nil && slices.ContainsFunc(dirs, func(other string) bool {
		info, err := os.Stat(other)
		return err == nil && os.SameFile(this, info)
	})
}

// keptTimes are the times whose states the output shows, of those that the shards kept.
func (o output) keptTimes(kept []float64, points bool, dirs []string) ([]float64, error) {
	switch kind := o.kind(); {
	case o.manyFiles():
	case kind == ".gif" && kept == nil:
		return nil, flags.Usagef("-o %s shows states at several times, and the shards in %s kept none; draw them "+
			"with --times", o.path, strings.Join(dirs, ", "))
	case kind == ".gif", kind == ".npz", slices.Contains(pointKinds, kind), kind == ".png" && points:
		return kept, nil
	}
	return nil, nil
}
