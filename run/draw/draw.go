// Package draw draws samples from a trained run, and shows them.
//
// [Draw] is the one loop that the command, previews, shards and evaluation use. Sample k of a seed is the same
// whatever is drawn before and after it:
//
//	r, err := run.Open(ctx, "runs/first", run.Options{})
//	if err != nil { … }
//	defer r.Close()
//	samples, err := draw.Collect(draw.Draw(ctx, r, draw.Options{N: 64}))
//	if err != nil { … }
//	picture, err := samples.Picture(draw.Layout{})
package draw

import (
	"cmp"
	"context"
	"iter"
	"slices"

	"github.com/gomlx/gomlx/pkg/core/tensors"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/solve"
	"github.com/amgen/amgen/internal/mistake"
	"github.com/amgen/amgen/run"
)

// Solvers that are taken if none is named.
const (
	DefaultSolver      = "dopri5"          // of points
	DefaultImageSolver = "ab2"             // of images, with DefaultImageSteps
	DefaultNoisySolver = "stochastic-heun" // of a run that was trained with noise
)

// DefaultImageSteps is the number of steps of [DefaultImageSolver]. More of them don't lower FID
// (docs/measurements/solvers.md).
const DefaultImageSteps = 20

// Options say what to draw. The zero value draws one batch of the default size, as [Solver] does.
type Options struct {
	// First is the number of the first sample, N how many there are from it on; 0 is a batch. Samples that are drawn in
	// several parts are the same as at once where each First is a multiple of the batch.
	First, N int
	// Batch is how many are solved together: by default 64 images or 1000 points, and never more than N. The last batch
	// is solved in the same shape where there are enough samples, since rounding depends on it.
	Batch int
	Seed  int64 // of the noise
	// Solver is by default the one that [Solver] names.
	Solver solve.Solver
	// Begin is the time that samples begin at, in [0, 1): those of a source that is made for it, see [BeginWith].
	Begin float64
	// Times rise within [Begin, 1]; the samples have their states at each of them.
	Times []float64
	// Classes of a run that learned some: sample k has the class Classes[k mod its length], and [flows.NoClass] is the
	// null label, for any. nil is [run.Source.ClassOf] each: as often as in the training split, or the class of the
	// image that is restored.
	Classes []int32
	// Guidance makes samples more typical of their classes.
	Guidance flows.Guidance
	// Progress is told, after each step of a solver, how many samples are done; an unfinished batch counts in part.
	Progress func(done float64)
	// Watch sees the batch that is solved after each step, at time t. state copies its samples as they are then, which
	// takes time, and may be called during Watch only.
	Watch func(t float64, state func() (*Samples, error))
}

// Draw draws from a run, batch after batch. It ends with an error: a [run.ConfigError] for what doesn't suit the run,
// that of ctx when it is done.
func Draw(ctx context.Context, r *run.Run, o Options) iter.Seq2[*Samples, error] {
	o.N = cmp.Or(o.N, o.Batch, r.Source.Together())
	o.Batch = min(o.N, cmp.Or(o.Batch, r.Source.Together()))
	_, err := r.Batch(o.First+o.N, o.Batch)
	if err == nil && (o.First < 0 || o.N < 1 || o.Batch < 1) {
		err = mistake.New("no samples: %d from number %d on, %d together; ask for one at least, from 0 on", o.N,
			o.First, o.Batch)
	}
	if err == nil {
		err = o.CheckClasses(r.Source.Classes)
	}
	if err == nil && o.Solver == nil {
		o.Solver, err = Solver(r.Plan, "", solve.Settings{})
	}
	if err != nil {
		return func(yield func(*Samples, error) bool) { yield(nil, err) }
	}
	return From(ctx, r.Source, r.Sampler, o)
}

// From is [Draw] of a source and a sampler, without defaults: N, Batch and Solver have to be set.
func From(ctx context.Context, source *run.Source, sampler *flows.Sampler, o Options) iter.Seq2[*Samples, error] {
	return func(yield func(*Samples, error) bool) {
		if err := o.CheckClasses(source.Classes); err != nil {
			yield(nil, err)
			return
		}
		for done := 0; done < o.N; done += o.Batch {
			count := min(o.Batch, o.N-done)
			progress := func(t float64) {
				if o.Progress != nil {
					o.Progress(float64(done) + t*float64(count))
				}
			}
			batch, err := drawBatch(ctx, source, sampler, o, o.First+done, count, progress)
			if !yield(batch, err) || err != nil {
				return
			}
		}
	}
}

// drawBatch draws samples first, first+1, … of a seed, and keeps count of them. It solves a whole batch together even
// where fewer are kept, if there are as many: rounding depends on the batch, and with an adaptive solver so do the
// steps, and a sample shall be the same whatever is drawn after it.
func drawBatch(ctx context.Context, source *run.Source, sampler *flows.Sampler, o Options, first, count int,
	progress func(t float64)) (*Samples, error) {
	start, err := source.Begin(o.Seed, first, min(o.Batch, source.Available()-first))
	if err != nil {
		return nil, err
	}
	defer start.Finalize()
	labels := o.Labels(source, first, start.X.Shape().Dimensions[0])
	options := flows.FollowOptions{Seed: o.Seed, First: first, Condition: start.Condition, Times: o.Times,
		Classes: labels, Guidance: o.Guidance}
	options.OnStep = o.onStep(source, start, count, progress)
	particles, err := sampler.Follow(ctx, o.Solver, start.X, o.Begin, 1, options)
	if err != nil {
		return nil, err
	}
	defer particles.Finalize()
	s := New(source, o.Times)
	s.Report = particles.Report
	if labels != nil {
		s.Labels, s.rows = labels[:count], o.rows()
	}
	size := s.Size()
	if s.X, err = firstNumbers(particles.X, count*size); err != nil {
		return nil, err
	}
	for i, at := range particles.Trajectory {
		if s.States[i].X, err = firstNumbers(at.X, count*size); err != nil {
			return nil, err
		}
		if at.LogWeights != nil {
			s.States[i].LogWeights = slices.Clone(at.LogWeights[:count])
		}
	}
	if particles.LogWeights != nil {
		s.LogWeights = slices.Clone(particles.LogWeights[:count])
	}
	if start.Given != nil {
		s.Given, s.Truth = start.Given[:count*size], start.Truth[:count*size]
	}
	return s, nil
}

// onStep tells of the steps of a batch, of which count samples are kept; nil if nobody listens.
func (o Options) onStep(source *run.Source, start run.Start, count int,
	progress func(t float64)) func(t float64, x *tensors.Tensor) error {
	if o.Progress == nil && o.Watch == nil {
		return nil
	}
	return func(t float64, x *tensors.Tensor) error {
		progress(t)
		if o.Watch == nil {
			return nil
		}
		o.Watch(t, func() (s *Samples, err error) {
			s = New(source, nil)
			if start.Given != nil {
				s.Given, s.Truth = start.Given[:count*s.Size()], start.Truth[:count*s.Size()]
			}
			s.X, err = firstNumbers(x, count*s.Size())
			return s, err
		})
		return nil
	}
}

// firstNumbers are the first n numbers of x.
func firstNumbers(x *tensors.Tensor, n int) ([]float32, error) {
	flat, err := tensors.CopyFlatData[float32](x)
	if err != nil {
		return nil, err
	}
	return flat[:n], nil
}

// Collect puts batches together. It draws all of them.
func Collect(batches iter.Seq2[*Samples, error]) (*Samples, error) {
	var all *Samples
	for batch, err := range batches {
		if err != nil {
			return nil, err
		}
		if all == nil {
			all = batch
		} else {
			all.Append(batch)
		}
	}
	return all, nil
}

// Solver is the solver of a name, if it suits the plan. For "" it is stochastic-heun if the plan has noise, otherwise
// ab2 with 20 steps for images, and dopri5 for points or if there is a tolerance. A distilled run is drawn by Euler's
// method with one step a jump. The error is a [run.ConfigError].
func Solver(plan *run.Plan, name string, set solve.Settings) (solve.Solver, error) {
	if plan.Config.Distill != "" {
		return jumps(plan.Config.Jumps, name, set)
	}
	noisy := plan.Model.Objective.Motion().Diffusion != nil
	switch {
	case name != "":
	case noisy:
		name = DefaultNoisySolver
	case plan.Config.Points() || set.RTol != 0 || set.ATol != 0:
		name = DefaultSolver
	default:
		name, set.Steps = DefaultImageSolver, cmp.Or(set.Steps, DefaultImageSteps)
	}
	solver, err := solve.ByName(name, set)
	if err != nil {
		return nil, mistake.Wrap(err)
	}
	switch by := plan.Config.Objective; {
	case solve.IsStochastic(solver) && !noisy:
		return nil, mistake.New("{solver} %s adds noise, and the run was trained by %s, without; use %s", name, by,
			DefaultSolver)
	case !solve.IsStochastic(solver) && noisy:
		return nil, mistake.New("{solver} %s follows the drift alone, and the run was trained by %s: without its "+
			"noise the samples are others; use euler-maruyama or %s", name, by, DefaultNoisySolver)
	}
	if err := flows.CheckSolver(solver, plan.Model.Path, plan.Model.Objective.Motion()); err != nil {
		return nil, mistake.Wrap(err)
	}
	return solver, nil
}

// jumps is the solver of a run that learned so many.
func jumps(n int, name string, set solve.Settings) (solve.Solver, error) {
	solver := solve.Euler{Steps: n}
	asked := set
	asked.Steps = n
	other := name != "" && name != solver.Name() || set.Steps != 0 && set.Steps != n
	if other || asked != solve.SettingsOf(solver) {
		return nil, mistake.New("the run was distilled to %d jumps, which {solver} %s with {steps} %d follows; leave "+
			"the solver's settings out", n, solver.Name(), n)
	}
	return solver, nil
}
