package cost

import (
	"testing"

	"github.com/amgen/amgen/run"
)

// imagePlan is the plan of a preset for images on amgen's engine.
func imagePlan(t *testing.T, dataset, preset, estimator string) *run.Plan {
	t.Helper()
	cfg, err := run.Preset(dataset, preset)
	if err != nil {
		t.Fatal(err)
	}
	cfg.Estimator, cfg.Batch, cfg.Backend = estimator, run.BenchmarkBatch(preset), "simd"
	plan, err := cfg.Plan(t.Context(), run.Output{})
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// The estimate is near what processes took on 2026-12-01 (`amgen bench train --steps 1`, peak_rss_mb), and rather
// above: from 0.8 to 1.4 of it.
func TestMemoryOfPresets(t *testing.T) {
	for _, want := range []struct {
		dataset, preset           string
		boundary, pathwise, diceM float64 // MB
	}{
		{"mnist", "tiny", 364, 296, 451},
		{"mnist", "mnist-small", 244, 209, 293},
		{"mnist", "mnist", 1426, 1168, 1812},
		{"cifar10", "cifar10-tiny", 295, 245, 354},
		{"cifar10", "cifar10-small", 168, 151, 184},
		{"cifar10", "cifar10", 1634, 1434, 1844},
	} {
		for estimator, mb := range map[string]float64{"boundary": want.boundary, "pathwise": want.pathwise,
			"dice": want.diceM} {
			plan := imagePlan(t, want.dataset, want.preset, estimator)
			if got := Memory(plan) / (1 << 20); got < 0.8*mb || got > 1.4*mb {
				t.Errorf("%s %s: estimated %.0f MB, measured %.0f", want.preset, estimator, got, mb)
			}
		}
	}
}

// The largest batch fits and the next doesn't; the same of the side, whose steps are those that the network halves.
func TestLargest(t *testing.T) {
	const there = 16e9
	for _, parts := range []int{1, 4} {
		plan := imagePlan(t, "mnist", "mnist", "boundary")
		plan.Config.Accumulate = parts
		n := LargestBatch(plan, there)
		for batch, fits := range map[int]bool{n: true, n + parts: false} {
			plan.Config.Batch = batch
			if m := Memory(plan); (m <= there) != fits {
				t.Errorf("%d parts, batch %d: %.3g bytes, fits: want %t", parts, batch, m, fits)
			}
		}
		plan.Config.Batch = 32
		side := LargestSide(plan, there)
		for s, fits := range map[int]bool{side: true, side + 4: false} {
			other := *plan
			other.Network = sized(plan.Network, s)
			if m := Memory(&other); (m <= there) != fits || s%4 != 0 {
				t.Errorf("%d parts, side %d: %.3g bytes, fits: want %t", parts, s, m, fits)
			}
		}
	}
	if n, s := LargestBatch(imagePlan(t, "mnist", "mnist", "dice"), 1e6), LargestSide(imagePlan(t, "mnist", "mnist",
		"dice"), 1e6); n != 0 || s != 0 {
		t.Errorf("in 1 MB a batch of %d, a side of %d", n, s)
	}
}
