package main

import (
	"github.com/amgen/amgen/eval"
)

// Names of what needs no learning.
const (
	unchanged    = "unchanged"
	randomPairs  = "random pairs"
	optimalPairs = "optimal pairs"
	halves       = "halves"
)

// baselines scores what needs no learning at the time point of base: the snapshot before it as it is, half of the truth
// against the other half and, where the point is left out, pairs of its neighbours' cells interpolated.
func (b bench) baselines(s set, file string, base score) error {
	out := 0
	if base.Protocol == leaveOut {
		out = base.Time
	}
	missing := false
	row := func(name string) score {
		r := base
		r.Method = name
		return r
	}
	for _, name := range []string{unchanged, halves, randomPairs, optimalPairs} {
		missing = missing || !b.record.has(row(name)) && (out > 0 || name == unchanged || name == halves)
	}
	if !missing {
		return nil
	}
	p, err := b.open(s, file, methods[0], out, base.Seed)
	if err != nil {
		return err
	}
	k := base.Time - 1
	truth, before := cells(p.Snapshots, k), cells(p.Snapshots, k-1)
	if out > 0 {
		times, after := p.Snapshots.Times, cells(p.Snapshots, k+1)
		part := (times[k] - times[k-1]) / (times[k+1] - times[k-1])
		for name, by := range map[string]eval.Pairing{randomPairs: eval.RandomPairs, optimalPairs: eval.OptimalPairs} {
			between, err := eval.Interpolate(before.Spread(b.most), after.Spread(b.most), part, by, base.Seed)
			if err != nil {
				return err
			}
			if err := b.judge(row(name), between, truth); err != nil {
				return err
			}
		}
	}
	if err := b.judge(row(unchanged), before, truth); err != nil {
		return err
	}
	one, other := eval.Halves(truth.Spread(b.most), base.Seed)
	return b.judge(row(halves), one, other)
}
