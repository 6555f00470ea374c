package cli

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/gomlx/gomlx/pkg/core/tensors"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/solve"
)

// drawing is what was sampled, example after example.
type drawing struct {
	from       exhibit
	dims       []int       // of an example
	samples    []float32   // [n, dims...]
	times      []float64   // of states
	states     [][]float32 // one [n, dims...] for each of times
	logWeights []float64   // [n], of an unbalanced run
	beginning  beginning   // what is given and the truth, [n, dims...] each, where images are restored
}

// draw samples n examples.
func (o *sampleOptions) draw(ctx context.Context, cfg Config, task task, solver solve.Solver, std streams) (*drawing, error) {
	g, err := openGenerator(ctx, o.run, o.raw, o.backend, cfg, task, std)
	if err != nil {
		return nil, err
	}
	defer g.close()
	o.batch = cmp.Or(o.batch, g.from.together())
	b := newShareBar(std.err, "sample")
	defer b.clear()

	d := &drawing{from: g.from, dims: g.from.dims(), times: o.times, states: make([][]float32, len(o.times))}
	var total solve.Report
	for first := 0; first < o.n; first += o.batch {
		count := min(o.batch, o.n-first)
		g.sampler.OnStep = func(t float64, _ *tensors.Tensor) error {
			b.set(int64(shareParts * (float64(first) + t*float64(count)) / float64(o.n)))
			return ctx.Err()
		}
		report, err := d.drawBatch(g.sampler, solver, o.seed, first, count)
		if err != nil {
			return nil, err
		}
		total.NFE, total.Steps = max(total.NFE, report.NFE), max(total.Steps, report.Steps)
		total.Rejected, total.Elapsed = max(total.Rejected, report.Rejected), total.Elapsed+report.Elapsed
	}
	b.clear()
	fmt.Fprintf(std.err, "sample: %d %s from %s step %d, seed %d, %s: NFE %d, %d steps (%d rejected), %s, %s a batch of %d\n",
		o.n, task.unit(), o.run, g.checkpoint.Step, o.seed, solver.Name(), total.NFE, total.Steps, total.Rejected, roundDuration(total.Elapsed),
		roundDuration(total.Elapsed/time.Duration((o.n+o.batch-1)/o.batch)), min(o.batch, o.n))
	return d, d.describeWeights(std)
}

// drawBatch draws examples first, first+1, … of a seed.
func (d *drawing) drawBatch(sampler *flows.Sampler, solver solve.Solver, seed int64, first, count int) (solve.Report, error) {
	start, err := d.from.begin(seed, first, count)
	if err != nil {
		return solve.Report{}, err
	}
	defer start.release()
	particles, err := sampler.Follow(solver, start.x, 0, 1,
		flows.FollowOptions{Seed: seed, First: first, Condition: start.condition, Times: d.times})
	if err != nil {
		return particles.Report, err
	}
	defer particles.Finalize()
	if d.samples, err = appendNumbers(d.samples, particles.X); err != nil {
		return particles.Report, err
	}
	for i, moment := range particles.Trajectory {
		if d.states[i], err = appendNumbers(d.states[i], moment.X); err != nil {
			return particles.Report, err
		}
	}
	d.logWeights = append(d.logWeights, particles.LogWeights...)
	d.beginning.given = append(d.beginning.given, start.given...)
	d.beginning.truth = append(d.beginning.truth, start.truth...)
	return particles.Report, nil
}

func appendNumbers(to []float32, x *tensors.Tensor) ([]float32, error) {
	flat, err := tensors.CopyFlatData[float32](x)
	return append(to, flat...), err
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
// weights as many of them chosen by the weights at the end.
func resampled[E any](d *drawing, of []E, seed int64) ([]E, error) {
	if d.logWeights == nil {
		return of, nil
	}
	n := len(d.logWeights)
	chosen, err := flows.SystematicResample(d.logWeights, n, seed)
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
