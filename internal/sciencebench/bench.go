package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"slices"

	"github.com/gomlx/gomlx/backends"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/science"
	"github.com/amgen/amgen/flows/solve"
)

// bench is what all measurements share.
type bench struct {
	options
	backend backends.Backend
	record  *record
	learned []method
}

// solver follows learned dynamics.
var solver = solve.RK4{Steps: 20}

// measure scores what needs no learning and each method, every time point left out and all learned.
func (b bench) measure(ctx context.Context, s set, file string) error {
	p, err := b.open(s, file, methods[0], 0, 1)
	if err != nil {
		return err
	}
	last := len(p.Snapshots.Times)
	for seed := int64(1); seed <= int64(b.seeds); seed++ {
		for out := 2; out < last; out++ {
			if err := b.leaveOut(ctx, s, file, out, seed); err != nil {
				return err
			}
		}
		if err := b.allTimes(ctx, s, file, last, seed); err != nil {
			return err
		}
	}
	return nil
}

// leaveOut predicts a snapshot that wasn't learned.
func (b bench) leaveOut(ctx context.Context, s set, file string, out int, seed int64) error {
	base := score{Set: s.name, Protocol: leaveOut, Time: out, Seed: seed}
	if err := b.baselines(s, file, base); err != nil {
		return err
	}
	for _, m := range b.learned {
		if m.grows && !s.counted {
			continue
		}
		row := base
		row.Method, row.Steps, row.Batch, row.Smoothing = m.name, b.steps, b.batch, b.smoothing
		both := row
		both.Method += bothSides
		if b.record.has(row) && (m.grows || b.record.has(both)) {
			continue
		}
		p, err := b.open(s, file, m, out, seed)
		if err != nil {
			return err
		}
		sampler, err := b.train(ctx, p, m, seed)
		if err != nil {
			return err
		}
		err = b.between(ctx, row, p.Snapshots, sampler, m.grows)
		sampler.Finalize()
		if err != nil {
			return err
		}
	}
	return nil
}

// bothSides ends the name of a method whose prediction has half of its mass from the snapshot after, taken back.
const bothSides = ", both sides"

// between judges the cells of the snapshot before the one that was left out, taken to its time, and unless mass grows
// those of the one after too.
func (b bench) between(ctx context.Context, row score, s *science.Snapshots, sampler *flows.Sampler, grows bool) error {
	k := row.Time - 1
	ahead, err := follow(ctx, sampler, s, k-1, k)
	if err != nil {
		return err
	}
	if err := b.judge(row, ahead[0].Cloud, cells(s, k)); err != nil || grows {
		return err
	}
	back, err := follow(ctx, sampler, s, k+1, k)
	if err != nil {
		return err
	}
	both := eval.Cloud{Dim: s.Dim}
	for _, side := range []cloud{ahead[0], back[0]} {
		both.X = append(both.X, side.X...)
		both.Weights = append(both.Weights, slices.Repeat([]float64{1 / float64(side.Len())}, side.Len())...)
	}
	row.Method += bothSides
	return b.judge(row, both, cells(s, k))
}

// allTimes predicts every snapshot from the first one, all learned; and the velocities of cells, where they are known.
func (b bench) allTimes(ctx context.Context, s set, file string, last int, seed int64) error {
	for k := 2; k <= last; k++ {
		if err := b.baselines(s, file, score{Set: s.name, Protocol: allTimes, Time: k, Seed: seed}); err != nil {
			return err
		}
	}
	for _, m := range b.learned {
		row := score{Set: s.name, Protocol: allTimes, Method: m.name, Time: last, Seed: seed, Steps: b.steps,
			Batch: b.batch, Smoothing: b.smoothing}
		if m.grows && !s.counted || b.record.has(row) { // the last time is recorded last
			continue
		}
		p, err := b.open(s, file, m, 0, seed)
		if err != nil {
			return err
		}
		sampler, err := b.train(ctx, p, m, seed)
		if err != nil {
			return err
		}
		if err = b.velocities(ctx, s, file, row, p.Snapshots, sampler); err == nil {
			err = b.reach(ctx, row, p.Snapshots, sampler)
		}
		sampler.Finalize()
		if err != nil {
			return err
		}
	}
	return nil
}

// reach judges the cells of the first snapshot at the times of all others.
func (b bench) reach(ctx context.Context, row score, s *science.Snapshots, sampler *flows.Sampler) error {
	var times []int
	for k := range s.Times[1:] {
		times = append(times, k+1)
	}
	reached, err := follow(ctx, sampler, s, 0, times...)
	if err != nil {
		return err
	}
	for k, got := range reached {
		row.Time = k + 2
		if got.logWeights != nil {
			mass, err := flows.LogMeanWeight(got.logWeights)
			if err != nil {
				return err
			}
			off := math.Exp(mass)/s.Masses[k+1] - 1
			row.Mass = &off
		}
		if err := b.judge(row, got.Cloud, cells(s, k+1)); err != nil {
			return err
		}
	}
	return nil
}

// cloud is one of samples, with the logarithms of their weights where they have some.
type cloud struct {
	eval.Cloud
	logWeights []float64
}

func cells(s *science.Snapshots, k int) eval.Cloud { return eval.Cloud{Dim: s.Dim, X: s.Cells[k]} }

// follow takes the cells of a time point to others, ascending.
func follow(ctx context.Context, sampler *flows.Sampler, s *science.Snapshots, from int, to ...int) ([]cloud, error) {
	var times []float64
	for _, k := range to {
		times = append(times, s.Times[k])
	}
	end, err := sampler.Follow(ctx, solver, s.Points(from), s.Times[from], slices.Max(times),
		flows.FollowOptions{Times: times})
	if err != nil {
		return nil, err
	}
	defer end.Finalize()
	var all []cloud
	for _, state := range end.Trajectory {
		points, err := eval.CloudOf(state.X)
		if err != nil {
			return nil, err
		}
		points.Weights = eval.RelativeWeights(state.LogWeights)
		all = append(all, cloud{points, state.LogWeights})
	}
	return all, nil
}

// judge adds the distance of a prediction to the record, unless it has that. A prediction may have twice the cells of a
// snapshot.
func (b bench) judge(row score, got, truth eval.Cloud) error {
	if b.record.has(row) {
		return nil
	}
	w1, err := eval.Wasserstein(1, got.Spread(2*b.most), truth.Spread(b.most))
	if err != nil {
		return err
	}
	row.W1 = &w1
	fmt.Fprintf(os.Stderr, "%s, %s, seed %d, time %d, %s: W₁ %.4f\n", row.Set, row.Protocol, row.Seed, row.Time,
		row.Method, w1)
	return b.record.add(row)
}
