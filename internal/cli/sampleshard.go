package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/amgen/amgen/flows/solve"
	"github.com/amgen/amgen/run"
)

// sampleRequest is what shards of one drawing have in common, kept beside their samples: all that merge needs to go on.
type sampleRequest struct {
	Run      string    `json:"run"`
	Step     int64     `json:"step"`
	Identity string    `json:"identity"` // of all samples of the seed
	Config   string    `json:"config"`   // of the run, TOML
	N        int       `json:"n"`
	Batch    int       `json:"batch"`
	Seed     int64     `json:"seed"`
	Solver   string    `json:"solver"`
	Times    []float64 `json:"times,omitempty"`
}

// sampleRequestName is unlike that of features: both may not share a directory.
const sampleRequestName = "samples.json"

// validateShard checks the flags that go with --shard.
func (o *sampleOptions) validateShard() error {
	switch {
	case o.out == "" || o.out == stdoutName:
		return usagef("--shard keeps its samples in a directory; pass -o DIR")
	case !o.manyFiles() && slices.Contains(fileKinds, o.kind()):
		return usagef("-o %s: --shard keeps its samples in a directory, and `amgen sample merge` makes a %s of them; pass -o DIR (with a slash, "+
			"if it shall be named so)", o.out, o.kind())
	case o.cols != 0 || o.scale != 0:
		return usagef("--cols and --scale are of the picture that `amgen sample merge` makes; pass them to it")
	}
	return checkTimes(o.times)
}

// drawShard draws what the output directory lacks of the shard, a batch to a file: what an interrupted or killed process
// has written is kept.
func (o *sampleOptions) drawShard(ctx context.Context, trained *run.Trained, solver solve.Solver, std streams) error {
	g, err := trained.Open(ctx)
	if err != nil {
		return err
	}
	defer g.Close()
	r, err := o.request(g, solver)
	if err != nil {
		return err
	}
	if err := o.checkMemory(newDrawing(g.Source, r.Times), r.Batch, "pass a smaller --batch"); err != nil {
		return err
	}
	if err := r.settle(o.out); err != nil {
		return err
	}
	if err := keepRecord(g.Plan, o.out); err != nil {
		return err
	}
	store := sampleStore{dirs: []string{o.out}, request: r, dims: g.Source.Dims}
	first, last := o.part.Of(store.chunks())
	b := newShareBar(std.err, "sample")
	defer b.clear()
	watch := &watch{what: "sample: shard " + o.shard, std: std, began: time.Now()}
	drawn, total := 0, min(last*r.Batch, r.N)-first*r.Batch
	for c := first; c < last; c++ {
		done := (c - first) * r.Batch
		progress := func(t float64) {
			within := t * float64(r.rows(c))
			b.set(int64(shareParts * (float64(done) + within) / float64(total)))
			watch.see(b, drawn*r.Batch+int(within), done+int(within), total)
		}
		err := store.read(c, newDrawing(g.Source, r.Times))
		if errors.Is(err, errNoSamples) {
			err = o.drawChunk(ctx, g, solver, store, c, progress)
			drawn++
		}
		if err != nil {
			return err
		}
	}
	b.clear()
	fmt.Fprintf(std.err, "sample: shard %s of %d %s from %s step %d, seed %d, %s: %d of %d batches, %d drawn now; when all shards are, pass "+
		"their directories to `amgen sample merge`\n", o.shard, r.N, g.Plan.Unit(), o.run, r.Step, r.Seed, r.Solver, last-first, store.chunks(), drawn)
	if store.chunks() < o.part.Count {
		fmt.Fprintf(std.err, "sample: warning: %d samples are %d batches of %d, too few for %d shards; pass a smaller --batch, to all of them\n",
			r.N, store.chunks(), r.Batch, o.part.Count)
	}
	return printLine(std.out, o.out)
}

func (o *sampleOptions) drawChunk(ctx context.Context, g *run.Run, solver solve.Solver, store sampleStore, c int,
	progress func(t float64)) error {
	r := store.request
	d := newDrawing(g.Source, r.Times)
	if _, err := d.drawBatch(ctx, g.Sampler, solver, r.Seed, c*r.Batch, r.rows(c), r.Batch, progress); err != nil {
		return err
	}
	return store.write(c, d)
}

// request is what the options ask for.
func (o *sampleOptions) request(g *run.Run, solver solve.Solver) (sampleRequest, error) {
	r := sampleRequest{Run: o.run, Step: g.Step, N: o.n, Seed: o.seed, Solver: solver.Name(), Times: o.times}
	config, err := g.Plan.Config.TOML()
	if err != nil {
		return r, err
	}
	r.Config = string(config)
	if r.Batch, err = g.Batch(o.n, o.batch); err != nil {
		return r, err
	}
	r.Identity, err = g.Identity(solver, o.set, o.seed, r.Batch)
	return r, err
}

// settle makes the directory and leaves the request in it. One that holds samples of another is refused, unless that
// asked for more or fewer of the same, and one that holds somebody's files of such names.
func (r sampleRequest) settle(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return usagef("-o %s: %v; --shard keeps its samples in a directory", dir, err)
	}
	if err := checkChunks(dir); err != nil {
		return err
	}
	was, err := readSampleRequest(dir)
	switch {
	case err == nil:
		was.N = r.N
		if unlike := r.unlike(was); len(unlike) > 0 {
			return usagef("-o %s holds samples of another request: %s; give another directory", dir, strings.Join(unlike, ", "))
		}
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("encode request: %w", err)
	}
	return replaceText(filepath.Join(dir, sampleRequestName), append(text, '\n'))
}

// unlike lists in what another request differs, but for the place of the run.
func (r sampleRequest) unlike(other sampleRequest) []string {
	other.Run = r.Run
	return differences(r, other)
}

// rows is the number of samples in batch c.
func (r sampleRequest) rows(c int) int { return min(r.Batch, r.N-c*r.Batch) }

func readSampleRequest(dir string) (r sampleRequest, err error) {
	file := filepath.Join(dir, sampleRequestName)
	const most = 4 << 20
	text, err := readRegular(file, most)
	if err != nil {
		return r, err
	}
	if err = json.Unmarshal(text, &r); err == nil && (r.N < 1 || r.N > mostSamples || r.Batch < 1 || r.Batch > r.N) {
		err = fmt.Errorf("n %d and batch %d", r.N, r.Batch)
	}
	if err != nil {
		return r, fmt.Errorf("%s: %v; draw the shard again, into another directory", file, err)
	}
	return r, nil
}
