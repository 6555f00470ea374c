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
)

func newSampleMerge(std streams) *cobra.Command {
	o := &sampleOptions{}
	cmd := &cobra.Command{
		Use:   "merge DIR...",
		Short: "Make a picture or numbers of the samples that shards have drawn",
		Long: "merge brings together what processes with --shard drew, in one directory or several. What it writes is, to the last bit, what\n" +
			"one process would have written. It says which samples are missing. It computes nothing and doesn't read the run; points and\n" +
			"restored images need their data set.",
		Example: "  amgen sample --run runs/first -n 50000 --solver heun --steps 40 --shard 0/2 -o a    # on one machine\n" +
			"  amgen sample --run runs/first -n 50000 --solver heun --steps 40 --shard 1/2 -o b    # on another\n" +
			"  amgen sample merge a b -o samples.npz",
		Args:    cobra.MinimumNArgs(1),
		PreRunE: refuseZero("cols", "scale"),
		RunE:    func(cmd *cobra.Command, dirs []string) error { return o.merge(cmd.Context(), dirs, std) },
	}
	f := cmd.Flags()
	f.SortFlags = false
	o.bindOutput(f)
	return cmd
}

// merge writes what is in some directories. It changes none of them.
func (o *sampleOptions) merge(ctx context.Context, dirs []string, std streams) error {
	if err := o.validateLook(std); err != nil {
		return err
	}
	r, err := readSampleRequests(dirs)
	if err != nil {
		return err
	}
	var cfg Config
	if err := decodeTOML([]byte(r.Config), &cfg); err != nil {
		return fmt.Errorf("%s in %s: %v; draw the shards again", sampleRequestName, dirs[0], err)
	}
	task, err := cfg.task(ctx)
	if err != nil {
		return err
	}
	o.run, o.n, o.seed = r.Run, r.N, r.Seed
	if err := o.takeTimes(r.Times, cfg.points(), dirs); err != nil {
		return err
	}
	if err := o.validateOutput(); err != nil {
		return err
	}
	if err := task.checkOutput(o); err != nil {
		return err
	}
	if err := o.checkDirectory(); err != nil {
		return err
	}
	if dir := filepath.Dir(o.out); chunks.IsName(filepath.Base(o.out)) && sameAsOneOf(dir, dirs) {
		return usagef("-o %s would replace samples that it is made of; name another file", o.out)
	}
	if points, ok := task.(pointTask); ok {
		if err := points.matchShards(dirs); err != nil {
			return err
		}
	}
	from, err := task.exhibit(ctx, nil, std)
	if err != nil {
		return err
	}
	d := newDrawing(from, r.Times)
	if err := o.checkMemory(d, r.N, "use a machine that has it, or draw fewer"); err != nil {
		return err
	}
	store := sampleStore{dirs: dirs, request: r, dims: d.dims}
	if err := store.readAll(ctx, d); err != nil {
		return err
	}
	d.times = o.times
	if o.times == nil {
		d.states = nil
	}
	fmt.Fprintf(std.err, "sample: %d %s from %s step %d, seed %d, %s: merged from %d batches of %d\n",
		r.N, task.unit(), r.Run, r.Step, r.Seed, r.Solver, store.chunks(), r.Batch)
	if err := d.describeWeights(std); err != nil {
		return err
	}
	return o.write(d, std)
}

// sameAsOneOf tells whether a directory is one of some, by whatever names.
func sameAsOneOf(dir string, dirs []string) bool {
	this, err := os.Stat(dir)
	return err == nil && slices.ContainsFunc(dirs, func(other string) bool {
		info, err := os.Stat(other)
		return err == nil && os.SameFile(this, info)
	})
}

// readAll adds all samples to the drawing.
func (s sampleStore) readAll(ctx context.Context, d *drawing) error {
	for c := range s.chunks() {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.read(c, d); errors.Is(err, errNoSamples) {
			why := strings.TrimPrefix(err.Error(), errNoSamples.Error())
			first := c * s.request.Batch
			return fmt.Errorf("no samples %d to %d in %s%s; draw them, or bring all shards", first, first+s.request.rows(c)-1, strings.Join(s.dirs, ", "), why)
		} else if err != nil {
			return err
		}
	}
	if weights, pixels := len(d.logWeights), len(d.beginning.given); weights != 0 && weights != s.request.N || pixels != 0 && pixels != len(d.samples) {
		return fmt.Errorf("some files in %s lack what others have; they are of different runs: draw the shards again", strings.Join(s.dirs, ", "))
	}
	return nil
}

// takeTimes sets the times whose states the output shows, of those that the shards kept.
func (o *sampleOptions) takeTimes(kept []float64, points bool, dirs []string) error {
	switch kind := o.kind(); {
	case o.manyFiles():
	case kind == ".gif" && kept == nil:
		return usagef("-o %s shows states on the way, and the shards in %s kept none; draw them with --times", o.out, strings.Join(dirs, ", "))
	case kind == ".gif", kind == ".npz", kind == ".csv", kind == ".png" && points:
		o.times = kept
	}
	return nil
}

// readSampleRequests reads what directories were filled for, which must be one thing.
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
			return first, fmt.Errorf("%s and %s hold samples of different requests: %s", dirs[0], dir, strings.Join(unlike, ", "))
		}
	}
	return first, nil
}
