package main

import (
	"context"
	"fmt"
	"math"
	"os"

	"github.com/gomlx/gomlx/pkg/core/tensors"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/optimizer"
	"github.com/amgen/amgen/flows/science"
)

// Hydrogen has a network and a training of its own: 1.6 times the steps, of a quarter of the batch.
const (
	hydrogenShare  = 9600. / 6000
	hydrogenBatch  = 64. / 256
	hydrogenPoints = 2000
	// The kernel of the authors of Action Matching: one Gaussian of this width in the units of science.Hydrogen,
	// counted three times.
	authorsWidth, authorsTimes = 1.1254, 3 // e^(−1e-4 d²), d in atomic units
	// What their published program judges by: particles, times, and steps of each particle's true motion.
	authorsPoints, authorsMarginals, authorsSteps = 5000, 10, 1000
)

// trueMotion is the method that follows ∇ arg ψ itself.
const trueMotion = "true motion"

// hydrogen takes samples of the start along by AM, and judges them twice: by fresh samples at 20 times, which others
// are judged by, too; and by the same samples, moved by ∇ arg ψ, as the authors of Action Matching do.
func (b bench) hydrogen(ctx context.Context, s set, _ string) error {
	for seed := int64(1); seed <= int64(b.seeds); seed++ {
		p, err := science.Open(hydrogen, science.Options{Batch: max(1, int(hydrogenBatch*float64(b.batch))), Seed: seed,
			Grid: 128, PerTime: 4096})
		if err != nil {
			return err
		}
		whole := score{Set: s.name, Protocol: wholeWay, Seed: seed, Time: len(p.Marginals) - 1}
		theirs := score{Set: s.name, Protocol: authorsWay, Seed: seed, Time: authorsMarginals}
		if err := b.hydrogenWithoutLearning(ctx, p, whole, theirs); err != nil {
			return err
		}
		whole.Method, whole.Steps, whole.Batch = methods[0].name, b.steps, b.batch
		theirs.Method, theirs.Steps, theirs.Batch = methods[0].name, b.steps, b.batch
		if b.record.has(whole) && b.record.has(theirs) {
			continue
		}
		sampler, err := b.hydrogenSampler(ctx, p, seed)
		if err != nil {
			return err
		}
		move := func(start *tensors.Tensor, times []float64) ([]eval.Cloud, error) {
			return followTo(ctx, sampler, start, times)
		}
		err = b.judgeWay(whole, p, move)
		if err == nil {
			err = b.judgeAsAuthors(theirs, p, move)
		}
		sampler.Finalize()
		if err != nil {
			return err
		}
	}
	return nil
}

// mover takes points of the start to times.
type mover func(start *tensors.Tensor, times []float64) ([]eval.Cloud, error)

// hydrogenWithoutLearning judges fresh samples by the first, and the true motion by both.
func (b bench) hydrogenWithoutLearning(ctx context.Context, p *science.Problem, whole, theirs score) error {
	whole.Method, theirs.Method = halves, trueMotion
	if !b.record.has(whole) {
		again := func(_ *tensors.Tensor, times []float64) (clouds []eval.Cloud, err error) {
			for k := range times {
				c, err := fresh(p.Marginals[k+1], 200+whole.Seed)
				if err != nil {
					return nil, err
				}
				clouds = append(clouds, c)
			}
			return clouds, ctx.Err()
		}
		if err := b.judgeWay(whole, p, again); err != nil {
			return err
		}
	}
	whole.Method = trueMotion
	if !b.record.has(whole) {
		if err := b.judgeWay(whole, p, moveTruly); err != nil {
			return err
		}
	}
	if b.record.has(theirs) {
		return nil
	}
	return b.judgeAsAuthors(theirs, p, moveTruly)
}

// hydrogenSampler learns.
func (b bench) hydrogenSampler(ctx context.Context, p *science.Problem, seed int64) (*flows.Sampler, error) {
	steps := max(1, int(hydrogenShare*float64(b.steps)))
	model := flows.Model{Action: flows.MLP{Hidden: []int{256, 256, 256, 256}}.Action(), Path: p.Path,
		Objective: flows.ActionMatching{Weight: flows.Constant}}
	vars := mlcontext.New()
	trainer, err := flows.NewTrainer(b.backend, vars, model, flows.TrainerConfig{LearningRate: 2e-3, Warmup: 100,
		Decay: optimizer.CosineDecay, DecaySteps: steps, ClipNorm: 10, EMADecay: 0.999, EMAWarmup: true, Seed: seed,
		Times: flows.AdaptiveTimes{}})
	if err != nil {
		return nil, err
	}
	if err := trainer.Run(ctx, p.Dataset, steps); err != nil {
		return nil, err
	}
	averaged, err := flows.EMAContext(vars)
	if err != nil {
		return nil, err
	}
	return flows.NewSampler(b.backend, averaged, model)
}

// followTo solves learned dynamics from the start to times.
func followTo(ctx context.Context, sampler *flows.Sampler, start *tensors.Tensor, times []float64) ([]eval.Cloud,
	error) {
	end, err := sampler.Follow(ctx, solver, start, 0, 1, flows.FollowOptions{Times: times})
	if err != nil {
		return nil, err
	}
	defer end.Finalize()
	var way []eval.Cloud
	for _, state := range end.Trajectory {
		c, err := eval.CloudOf(state.X)
		if err != nil {
			return nil, err
		}
		way = append(way, c)
	}
	return way, nil
}

// moveTruly follows ∇ arg ψ in steps of the midpoint method. The times are multiples of a step.
func moveTruly(start *tensors.Tensor, times []float64) ([]eval.Cloud, error) {
	c, err := eval.CloudOf(start)
	if err != nil {
		return nil, err
	}
	var way []eval.Cloud
	const h = 1. / authorsSteps
	for step := range authorsSteps {
		t := h * float64(step)
		for i := 0; i < len(c.X); i += 3 {
			x := c.X[i : i+3]
			vx, vy, vz := science.Hydrogen{}.Velocity(t, x[0], x[1], x[2])
			vx, vy, vz = science.Hydrogen{}.Velocity(t+h/2, x[0]+h/2*vx, x[1]+h/2*vy, x[2]+h/2*vz)
			x[0], x[1], x[2] = x[0]+h*vx, x[1]+h*vy, x[2]+h*vz
		}
		if len(way) < len(times) && math.Abs(t+h-times[len(way)]) < h/2 {
			way = append(way, eval.Cloud{Dim: c.Dim, X: append([]float64(nil), c.X...)})
		}
	}
	return way, nil
}

// judgeWay adds the mean MMD² to fresh samples over all times after the first to the record, times 10⁴.
func (b bench) judgeWay(row score, p *science.Problem, move mover) error {
	start, err := p.Source(100+row.Seed, 0, hydrogenPoints)
	if err != nil {
		return err
	}
	var times []float64
	var truth []eval.Cloud
	for _, m := range p.Marginals[1:] {
		c, err := fresh(m, 100)
		if err != nil {
			return err
		}
		times, truth = append(times, m.Time), append(truth, c)
	}
	return b.judgeMoved(row, truth, func() ([]eval.Cloud, error) { return move(start, times) })
}

// judgeAsAuthors adds the mean |MMD²| to the same particles, moved truly, to the record, times 10⁴.
func (b bench) judgeAsAuthors(row score, p *science.Problem, move mover) error {
	start, err := p.Source(100+row.Seed, 0, authorsPoints)
	if err != nil {
		return err
	}
	var times []float64
	for k := range authorsMarginals {
		times = append(times, float64(k+1)/authorsMarginals)
	}
	truth, err := moveTruly(start, times)
	if err != nil {
		return err
	}
	return b.judgeMoved(row, truth, func() ([]eval.Cloud, error) { return move(start, times) })
}

// judgeMoved compares what moved with the truth, by the authors' kernel.
func (b bench) judgeMoved(row score, truth []eval.Cloud, moved func() ([]eval.Cloud, error)) error {
	way, err := moved()
	if err != nil {
		return err
	}
	mean, kernel := 0.0, eval.MMD{Bandwidths: []float64{authorsWidth}}
	for k, want := range truth {
		square, err := kernel.Squared(way[k], want)
		if err != nil {
			return err
		}
		if row.Protocol == authorsWay {
			square = math.Abs(square)
		}
		mean += 1e4 * authorsTimes * square / float64(len(truth))
	}
	row.MMD = &mean
	fmt.Fprintf(os.Stderr, "%s, seed %d, %s, %s: 10⁴ MMD² %.3f\n", row.Set, row.Seed, row.Protocol, row.Method, mean)
	return b.record.add(row)
}

func fresh(m science.Marginal, seed int64) (eval.Cloud, error) {
	x, err := m.Points(seed, hydrogenPoints)
	if err != nil {
		return eval.Cloud{}, err
	}
	return eval.CloudOf(x)
}
