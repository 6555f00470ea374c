package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/amgen/amgen/internal/chunks"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/draw"
)

func newSampleMerge(std streams) *cobra.Command {
	var o output
	cmd := &cobra.Command{
		Use:   "merge DIR...",
		Short: "Write the samples that shards have drawn as one output",
		Long: "Combine the samples that processes with --shard drew, in one directory or several. The output is that " +
			"of a single process, bit for bit. If samples are missing, the error names them. The command computes " +
			"nothing and doesn't read the run, but points and restored images need their data set.",
		Example: "  amgen sample --run runs/first -n 50000 --solver heun --steps 40 --shard 0/2 -o a    # on one " +
			"machine\n  amgen sample --run runs/first -n 50000 --solver heun --steps 40 --shard 1/2 -o b    # on " +
			"another\n  amgen sample merge a b -o samples.npz",
		Args:    cobra.MinimumNArgs(1),
		PreRunE: refuseZero("cols", "scale"),
		RunE:    func(cmd *cobra.Command, dirs []string) error { return mergeSamples(cmd.Context(), dirs, o, std) },
	}
	f := cmd.Flags()
	f.SortFlags = false
	o.bind(f)
	return cmd
}

// mergeSamples writes what is in some directories. It changes none of them.
func mergeSamples(ctx context.Context, dirs []string, o output, std streams) error {
	if err := o.checkLayout(std.out); err != nil {
		return err
	}
	r, err := readSampleRequests(dirs)
	if err != nil {
		return err
	}
	var cfg run.Config
	if err := cfg.Decode([]byte(r.Config)); err != nil {
		return fmt.Errorf("%s in %s: %v; draw the shards again", sampleRequestName, dirs[0], err)
	}
	plan, err := cfg.Plan(ctx, loading(std))
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
		return usagef("-o %s would replace samples that it is made of; name another file", o.path)
	}
	if err := matchShards(plan, dirs); err != nil {
		return err
	}
	from, err := plan.Source(ctx, nil, loading(std))
	if err != nil {
		return err
	}
	d := draw.New(from, r.Times)
	if err := o.checkMemory(d, r.N, "use a machine that has it, or draw fewer"); err != nil {
		return err
	}
	store := sampleStore{dirs: dirs, request: r}
	if err := store.readAll(ctx, d); err != nil {
		return err
	}
	d.Times = times
	if times == nil {
		d.States = nil
	}
	fmt.Fprintf(std.err, "sample: %d %s from %s step %d, seed %d, %s: merged from %d batches of %d\n",
		r.N, plan.Unit(), r.Run, r.Step, r.Seed, r.Solver, store.chunks(), r.Batch)
	if err := describeWeights(d, std); err != nil {
		return err
	}
	return o.write(d, r.Seed, std)
}

// sameAsOneOf tells whether a directory is one of some, by whatever names.
func sameAsOneOf(dir string, dirs []string) bool {
	this, err := os.Stat(dir)
	return err == nil && slices.ContainsFunc(dirs, func(other string) bool {
		info, err := os.Stat(other)
		return err == nil && os.SameFile(this, info)
	})
}

// readAll reads all samples.
func (s sampleStore) readAll(ctx context.Context, d *draw.Samples) error {
	for c := range s.chunks() {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.read(c, d); errors.Is(err, errNoSamples) {
			why := strings.TrimPrefix(err.Error(), errNoSamples.Error())
			first := c * s.request.Batch
			return fmt.Errorf("no samples %d to %d in %s%s; draw them, or bring all shards", first,
				first+s.request.rows(c)-1, strings.Join(s.dirs, ", "), why)
		} else if err != nil {
			return err
		}
	}
	if weights, pixels := len(d.LogWeights), len(d.Given); weights != 0 && weights != s.request.N || pixels != 0 &&
		pixels != len(d.X) {
		return fmt.Errorf("some files in %s lack what others have; they are of different runs: draw the shards again",
			strings.Join(s.dirs, ", "))
	}
	return nil
}

// keptTimes are the times whose states the output shows, of those that the shards kept.
func (o output) keptTimes(kept []float64, points bool, dirs []string) ([]float64, error) {
	switch kind := o.kind(); {
	case o.manyFiles():
	case kind == ".gif" && kept == nil:
		return nil, usagef("-o %s shows states at several times, and the shards in %s kept none; draw them "+
			"with --times", o.path, strings.Join(dirs, ", "))
	case kind == ".gif", kind == ".npz", kind == ".csv", kind == ".png" && points:
		return kept, nil
	}
	return nil, nil
}

// readSampleRequests reads the requests of directories, which must agree.
func readSampleRequests(dirs []string) (first sampleRequest, err error) {
	for i, dir := range dirs {
		r, err := readSampleRequest(dir)
		if errors.Is(err, fs.ErrNotExist) {
			return first, usagef("%s holds no samples of shards: %v; give directories that --shard filled", dir, err)
		} else if err != nil {
			return first, err
		}
		if i == 0 {
			first = r
		}
		if unlike := first.unlike(r); len(unlike) > 0 {
			return first, fmt.Errorf("%s and %s hold samples of different requests: %s", dirs[0], dir,
				strings.Join(unlike, ", "))
		}
	}
	return first, nil
}
