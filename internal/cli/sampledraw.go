package cli

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/gomlx/gomlx/pkg/core/tensors"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/solve"
	"github.com/amgen/amgen/run"
)

// drawing is what was sampled, example after example.
type drawing struct {
	from       *run.Source
	dims       []int     // of an example
	samples    []float32 // [n, dims...]
	logWeights []float64 // [n], of an unbalanced run
	times      []float64 // of states
	states     []state   // one for each of times
	given      []uint8   // [n, dims...], where images are restored
	truth      []uint8   // likewise
}

// state is where all examples are at a time.
type state struct {
	x          []float32 // [n, dims...]
	logWeights []float64 // [n], of an unbalanced run: theirs at the time
}

// end is the state at t = 1.
func (d *drawing) end() state { return state{d.samples, d.logWeights} }

// draw samples n examples.
func (o *sampleOptions) draw(ctx context.Context, trained *run.Trained, solver solve.Solver, std streams) (*drawing, error) {
	g, err := trained.Open(ctx)
	if err != nil {
		return nil, err
	}
	defer g.Close()
	batch, err := g.Batch(o.n, o.batch)
	if err != nil {
		return nil, err
	}
	d := newDrawing(g.Source, o.times)
	if err := o.checkMemory(d, o.n, "pass a smaller -n, or draw them into files of a batch each by --shard 0/1 -o DIR"); err != nil {
		return nil, err
	}
	d.reserve(o.n)
	b := newShareBar(std.err, "sample")
	defer b.clear()
	watch := &watch{what: "sample", std: std, began: time.Now()}

	var total solve.Report
	for first := 0; first < o.n; first += batch {
		count := min(batch, o.n-first)
		report, err := d.drawBatch(ctx, g.Sampler, solver, o.seed, first, count, batch, func(t float64) {
			done := float64(first) + t*float64(count)
			b.set(int64(shareParts * done / float64(o.n)))
			watch.see(b, int(done), int(done), o.n)
		})
		if err != nil {
			return nil, err
		}
		total.NFE, total.Steps = max(total.NFE, report.NFE), max(total.Steps, report.Steps)
		total.Rejected, total.Elapsed = max(total.Rejected, report.Rejected), total.Elapsed+report.Elapsed
	}
	b.clear()
	fmt.Fprintf(std.err, "sample: %d %s from %s step %d, seed %d, %s: NFE %d, %d steps (%d rejected), %s, %s a batch of %d\n",
		o.n, g.Plan.Unit(), o.run, g.Step, o.seed, solver.Name(), total.NFE, total.Steps, total.Rejected, roundDuration(total.Elapsed),
		roundDuration(total.Elapsed/time.Duration((o.n+batch-1)/batch)), batch)
	return d, d.describeWeights(std)
}

func newDrawing(from *run.Source, times []float64) *drawing {
	return &drawing{from: from, dims: from.Dims, times: times, states: make([]state, len(times))}
}

// checkMemory is a usage error where n samples, with their states and pictures, don't fit into memory; advice ends it.
func (o *sampleOptions) checkMemory(d *drawing, n int, advice string) error {
	states := float64(1 + len(d.times))
	bytes := 4 * states * float64(d.size())
	if o.kind() == ".npz" && !o.manyFiles() {
		bytes += 4 * (states - 1) * float64(d.size()) // one array of them all is made
	}
	if images := d.from.Problem == nil; o.shard == "" && o.pictures() && !o.manyFiles() {
		if scale := float64(cmp.Or(o.scale, defaultScale)); images {
			bytes += states * scale * scale * float64(d.size())
		} else {
			bytes += 64 // a plane, and what is plotted of it, which grew
		}
	}
	return checkMemory(fmt.Sprintf("%d samples", n), n, bytes, advice)
}

// reserve takes the memory of n examples at once: growing by and by takes twice of it.
func (d *drawing) reserve(n int) {
	d.samples = slices.Grow(d.samples, n*d.size())
	for i := range d.states {
		d.states[i].x = slices.Grow(d.states[i].x, n*d.size())
	}
}

// drawBatch draws examples first, first+1, … of a seed, and keeps count of them. It solves batch together even where
// fewer are kept, if there are as many: rounding depends on the batch, and with an adaptive solver so do the steps, and
// an example shall be the same whatever is drawn after it. progress, unless nil, is told the time after each step.
func (d *drawing) drawBatch(ctx context.Context, sampler *flows.Sampler, solver solve.Solver, seed int64,
	first, count, batch int, progress func(t float64)) (solve.Report, error) {
	start, err := d.from.Begin(seed, first, min(batch, d.from.Available()-first))
	if err != nil {
		return solve.Report{}, err
	}
	defer start.Finalize()
	options := flows.FollowOptions{Seed: seed, First: first, Condition: start.Condition, Times: d.times}
	if progress != nil {
		options.OnStep = func(t float64, _ *tensors.Tensor) error { progress(t); return nil }
	}
	particles, err := sampler.Follow(ctx, solver, start.X, 0, 1, options)
	if err != nil {
		return particles.Report, err
	}
	defer particles.Finalize()
	size := d.size()
	if d.samples, err = appendNumbers(d.samples, particles.X, count*size); err != nil {
		return particles.Report, err
	}
	for i, at := range particles.Trajectory {
		s := &d.states[i]
		if s.x, err = appendNumbers(s.x, at.X, count*size); err != nil {
			return particles.Report, err
		}
		if at.LogWeights != nil {
			s.logWeights = append(s.logWeights, at.LogWeights[:count]...)
		}
	}
	if particles.LogWeights != nil {
		d.logWeights = append(d.logWeights, particles.LogWeights[:count]...)
	}
	if start.Given != nil {
		d.given = append(d.given, start.Given[:count*size]...)
		d.truth = append(d.truth, start.Truth[:count*size]...)
	}
	return particles.Report, nil
}

// appendNumbers appends the first n numbers of x.
func appendNumbers(to []float32, x *tensors.Tensor, n int) ([]float32, error) {
	flat, err := tensors.CopyFlatData[float32](x)
	if err != nil {
		return nil, err
	}
	return append(to, flat[:n]...), nil
}

// describeWeights reports what the weights of an unbalanced run leave of the samples.
func (d *drawing) describeWeights(std streams) error {
	if d.logWeights == nil {
		return nil
	}
	size, err := flows.EffectiveSize(d.logWeights)
	if err != nil {
		return err
	}
	mass, err := flows.LogMeanWeight(d.logWeights)
	if err != nil {
		return err
	}
	fmt.Fprintf(std.err, "sample: weights leave %.1f effective samples of %d, log-mass %.4g\n", size, len(d.logWeights), mass)
	return nil
}

// size is the numbers in an example.
func (d *drawing) size() int {
	size := 1
	for _, n := range d.dims {
		size *= n
	}
	return size
}

// resampled are what belongs to each example, as much of it to one as to another: as it is, or where the examples have
// weights as many of them chosen by these.
func resampled[E any](logWeights []float64, of []E, seed int64) ([]E, error) {
	if logWeights == nil {
		return of, nil
	}
	n := len(logWeights)
	chosen, err := flows.SystematicResample(logWeights, n, seed)
	if err != nil {
		return nil, err
	}
	size := len(of) / n
	out := make([]E, 0, len(of))
	for _, k := range chosen {
		out = append(out, of[k*size:(k+1)*size]...)
	}
	return out, nil
}
