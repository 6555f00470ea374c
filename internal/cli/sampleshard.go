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

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/flows/solve"
	"github.com/amgen/amgen/internal/jsondiff"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/draw"
)

// sampleRequest is what the shards of one set of samples have in common, kept beside them: all that merge needs.
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

// sampleRequestName differs from requestName, since samples and features may not share a directory.
const sampleRequestName = "samples.json"

// validateShard checks the flags that go with --shard.
func (o *sampleOptions) validateShard() error {
	switch {
	case o.output.stdout():
		return usagef("--shard keeps its samples in a directory; pass -o DIR")
	case !o.output.manyFiles() && slices.Contains(fileKinds, o.output.kind()):
		return usagef("-o %s: --shard keeps its samples in a directory, and `amgen sample merge` makes a %s of them; "+
			"pass -o DIR (with a slash, if it shall be named so)", o.output.path, o.output.kind())
	case o.output.cols != 0 || o.output.scale != 0:
		return usagef("--cols and --scale are for the picture that `amgen sample merge` makes; pass them to it")
	}
	return checkTimes(o.times)
}

// drawShard draws what the output directory lacks of the shard, a batch to a file: what an interrupted or killed
// process has written is kept.
func (o *sampleOptions) drawShard(ctx context.Context, trained *run.Trained, solver solve.Solver, part eval.Shard,
	std streams) error {
	g, err := trained.Open(ctx)
	if err != nil {
		return err
	}
	defer g.Close()
	r, err := o.request(g, solver)
	if err != nil {
		return err
	}
	if err := checkShardMemory(draw.New(g.Source, r.Times), r.Batch); err != nil {
		return err
	}
	if err := r.settle(o.output.path); err != nil {
		return err
	}
	if err := keepRecord(g.Plan, o.output.path); err != nil {
		return err
	}
	store := sampleStore{dirs: []string{o.output.path}, request: r}
	first, last := part.Of(store.chunks())
	b := newShareBar(std.err, "sample")
	defer b.clear()
	watch := &watch{what: "sample: shard " + o.shard, std: std, began: time.Now()}
	drawn, total := 0, min(last*r.Batch, r.N)-first*r.Batch
	for c := first; c < last; c++ {
		done := (c - first) * r.Batch
		progress := func(within float64) {
			b.set(int64(shareParts * (float64(done) + within) / float64(total)))
			watch.see(b, drawn*r.Batch+int(within), done+int(within), total)
		}
		err := store.read(c, draw.New(g.Source, r.Times))
		if errors.Is(err, errNoSamples) {
			err = drawChunk(ctx, g, solver, store, c, progress)
			drawn++
		}
		if err != nil {
			return err
		}
	}
	b.clear()
	fmt.Fprintf(std.err, "sample: shard %s of %d %s from %s step %d, seed %d, %s: %d of %d batches, %d drawn now; "+
		"when all shards are, pass their directories to `amgen sample merge`\n", o.shard, r.N, g.Plan.Unit(), o.run,
		r.Step, r.Seed, r.Solver, last-first, store.chunks(), drawn)
	if store.chunks() < part.Count {
		fmt.Fprintf(std.err, "sample: warning: %d samples are %d batches of %d, too few for %d shards; pass a "+
			"smaller --batch, to all of them\n", r.N, store.chunks(), r.Batch, part.Count)
	}
	return printLine(std.out, o.output.path)
}

// drawChunk draws batch c of a request.
func drawChunk(ctx context.Context, r *run.Run, solver solve.Solver, store sampleStore, c int,
	progress func(done float64)) error {
	q := store.request
	options := draw.Options{First: c * q.Batch, N: q.rows(c), Batch: q.Batch, Seed: q.Seed, Solver: solver,
		Times: q.Times, Progress: progress}
	for batch, err := range draw.From(ctx, r.Source, r.Sampler, options) {
		if err != nil {
			return err
		}
		if err := store.write(c, batch); err != nil {
			return err
		}
	}
	return nil
}

// checkShardMemory is a usage error where a batch of samples, with their states, doesn't fit into memory.
func checkShardMemory(s *draw.Samples, batch int) error {
	return checkMemory(fmt.Sprintf("%d samples", batch), batch, 4*float64(1+len(s.Times))*float64(s.Size()),
		"pass a smaller --batch")
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
// asked for more or fewer of the same, and one that holds other files of such names.
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
			return usagef("-o %s holds samples of another request: %s; give another directory", dir,
				strings.Join(unlike, ", "))
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

// unlike lists the differences to another request, apart from the directory of the run.
func (r sampleRequest) unlike(other sampleRequest) []string {
	other.Run = r.Run
	return jsondiff.Values(r, other)
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
