package main

import (
	"context"
	"fmt"
	"os"

	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/optimizer"
	"github.com/amgen/amgen/flows/science"
)

// Hydrogen has a network and a length of training of its own: 3.2 times the steps.
const (
	hydrogenShare  = 9600. / 3000
	hydrogenPoints = 2000
	// The kernel of the authors of Action Matching: one Gaussian of this width in the units of science.Hydrogen,
	// counted three times.
	authorsWidth, authorsTimes = 1.1, 3
)

// hydrogen takes samples of the start along by AM, and judges them at 20 times by fresh samples; these too, by others.
func (b bench) hydrogen(ctx context.Context, s set, _ string) error {
	steps := max(1, int(hydrogenShare*float64(b.steps)))
	for seed := int64(1); seed <= int64(b.seeds); seed++ {
		row := score{Set: s.name, Protocol: wholeWay, Seed: seed}
		learned := row
		row.Method = halves
		learned.Method, learned.Steps, learned.Batch = methods[0].name, b.steps, b.batch
		p, err := science.Open(hydrogen, science.Options{Batch: b.batch, Seed: seed, Grid: 128, PerTime: 4096})
		if err != nil {
			return err
		}
		row.Time, learned.Time = len(p.Marginals)-1, len(p.Marginals)-1
		if !b.record.has(row) {
			others := func(k int) (eval.Cloud, error) { return fresh(p.Marginals[k], 200+seed) }
			if err := b.judgeWay(row, p, others); err != nil {
				return err
			}
		}
		if b.record.has(learned) {
			continue
		}
		way, err := b.hydrogenWay(ctx, p, steps, seed)
		if err != nil {
			return err
		}
		if err := b.judgeWay(learned, p, func(k int) (eval.Cloud, error) { return way[k-1], nil }); err != nil {
			return err
		}
	}
	return nil
}

// hydrogenWay learns, and follows samples of the start to all times after it.
func (b bench) hydrogenWay(ctx context.Context, p *science.Problem, steps int, seed int64) ([]eval.Cloud, error) {
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
	sampler, err := flows.NewSampler(b.backend, averaged, model)
	if err != nil {
		return nil, err
	}
	defer sampler.Finalize()
	start, err := p.Source(100+seed, 0, hydrogenPoints)
	if err != nil {
		return nil, err
	}
	var times []float64
	for _, m := range p.Marginals[1:] {
		times = append(times, m.Time)
	}
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

// judgeWay adds the mean over all times after the first to the record, times 10⁴.
func (b bench) judgeWay(row score, p *science.Problem, at func(k int) (eval.Cloud, error)) error {
	mean, kernel := 0.0, eval.MMD{Bandwidths: []float64{authorsWidth}}
	for k := 1; k < len(p.Marginals); k++ {
		got, err := at(k)
		if err != nil {
			return err
		}
		truth, err := fresh(p.Marginals[k], 100)
		if err != nil {
			return err
		}
		square, err := kernel.Squared(got, truth)
		if err != nil {
			return err
		}
		mean += 1e4 * authorsTimes * square / float64(len(p.Marginals)-1)
	}
	row.MMD = &mean
	fmt.Fprintf(os.Stderr, "%s, seed %d, %s: 10⁴ MMD² %.3f\n", row.Set, row.Seed, row.Method, mean)
	return b.record.add(row)
}

func fresh(m science.Marginal, seed int64) (eval.Cloud, error) {
	x, err := m.Points(seed, hydrogenPoints)
	if err != nil {
		return eval.Cloud{}, err
	}
	return eval.CloudOf(x)
}
