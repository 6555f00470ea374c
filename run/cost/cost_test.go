package cost

import (
	"math"
	"testing"

	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/run"
)

// TestCostOfPresets holds the estimate against steps that were measured on two cores each: of a Xeon with AVX-512,
// those of docs/measurements/performance.md, and of an EPYC with AVX2 that others shared (`amgen bench train`).
func TestCostOfPresets(t *testing.T) {
	xeon, epyc := pace{rate: 280e9, cores: 2}, pace{rate: 66e9, cores: 2}
	for _, want := range []struct {
		pace                       pace
		dataset, preset, estimator string
		seconds                    float64
	}{
		{xeon, "mnist", "tiny", "pathwise", 0.163}, {xeon, "mnist", "tiny", "boundary", 0.233},
		{xeon, "mnist", "mnist", "pathwise", 0.636}, {xeon, "mnist", "mnist", "boundary", 0.933},
		{xeon, "cifar10", "cifar10", "pathwise", 0.904}, {xeon, "cifar10", "cifar10", "boundary", 1.557},
		{epyc, "mnist", "tiny", "pathwise", 0.341}, {epyc, "mnist", "tiny", "boundary", 0.512},
		{epyc, "mnist", "mnist", "pathwise", 1.833}, {epyc, "mnist", "mnist", "boundary", 2.602},
		{epyc, "cifar10", "cifar10", "pathwise", 2.721}, {epyc, "cifar10", "cifar10", "boundary", 4.060},
	} {
		cfg, err := run.Preset(want.dataset, want.preset)
		if err != nil {
			t.Fatal(err)
		}
		cfg.Estimator, cfg.Batch = want.estimator, run.BenchmarkBatch(want.preset)
		plan, err := cfg.Plan(t.Context(), run.Output{})
		if err != nil {
			t.Fatal(err)
		}
		got := costAt(want.pace, plan).Step
		if off := math.Abs(math.Log(got / want.seconds)); !(off < math.Log(1.3)) {
			t.Errorf("%s %s: %.3f s a step, measured %.3f", want.preset, want.estimator, got, want.seconds)
		}
	}
}

// TestCostOfMuch: nothing overflows.
func TestCostOfMuch(t *testing.T) {
	cfg, err := run.Preset("cifar10", "cifar10")
	if err != nil {
		t.Fatal(err)
	}
	plan, err := cfg.Plan(t.Context(), run.Output{})
	if err != nil {
		t.Fatal(err)
	}
	slow := pace{rate: 1e9, cores: 1}
	small := costAt(slow, plan)
	plan.Config.Batch, plan.Config.Steps = cfg.Batch*(imaging.MaxBatch/cfg.Batch), math.MaxInt
	large := costAt(slow, plan)
	if ratio := large.flops / small.flops; ratio != imaging.MaxBatch/128 {
		t.Errorf("%g times the operations for %d times the batch", ratio, imaging.MaxBatch/128)
	}
	if !(large.Total() > 1e18*large.Step) {
		t.Errorf("%g s in all, %g a step", large.Total(), large.Step)
	}
}
