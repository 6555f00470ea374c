package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The table holds the ratio of medians, in the direction of its target, and whether it was met.
func TestReport(t *testing.T) {
	step := func(program string, step, mb float64) measurement {
		return measurement{Program: program, Preset: "mnist", Estimator: "boundary", Batch: 32, Step: step, Velocity: 1,
			PeakRSS: mb}
	}
	velocity := func(program string, batch int, ms float64) measurement {
		return measurement{Program: program, Preset: "mnist", Estimator: velocityOnly, Batch: batch, Velocity: ms}
	}
	product := func(program string, rate float64) measurement {
		return measurement{Program: program, GFLOPS: rate, Product: &productShape{M: 49, K: 32, N: 49, TransB: true,
			Batch: 32}}
	}
	var out strings.Builder
	report(&out, []measurement{
		velocity(amgen, 4, 25), velocity(torchNew, 4, 50), velocity(jax, 4, 125), velocity(amgen, 32, 250),
		step(amgen, 1000, 2000), step(amgen, 5000, 2000), step(amgen, 900, 2000), // medians 1000, 2000
		step(torchNew, 4000, 2500), step(torchNew, 2000, 2500), // medians 3000, 2500
		step(compiled, 4000, 9000), step(jax, 1000, 4000),
		step(amgenOne, 1900, 0), step(amgenTwo, 2000, 0),
		product(amgen, 90), product(openBLAS, 100), product(amgen, 45), product(openBLAS, 20), // the best counts
		{Program: amgen, Preset: "toy", Estimator: "boundary", Batch: 256, Step: 2, Velocity: 0.5},
		{Program: jax, Preset: "toy", Estimator: "boundary", Batch: 256, Step: 8, Velocity: 1},
	})
	want := `
| work | amgen | beside | ratio | target | |
|---|---|---|---|---|---|
| mnist step, boundary | 1000 ms | PyTorch (current) 3000 | 0.33 | ≤ 0.33 | missed |
| mnist step, boundary | 1000 ms | PyTorch (current, compiled) 4000 | 0.25 | ≤ 0.33 | met |
| mnist step, boundary | 1000 ms | JAX 1000 | 1.00 | ≤ 0.90 | missed |
| toy step, boundary | 2.00 ms | JAX 8.00 | 0.25 | ≤ 0.40 | met |
| mnist velocity, batch 4 | 25.0 ms | PyTorch (current) 50.0 | 0.50 | ≤ 0.45 | missed |
| mnist velocity, batch 4 | 25.0 ms | JAX 125 | 0.20 | ≤ 0.45 | met |
| mnist peak memory, boundary | 2000 MB | PyTorch (current) 2500 | 0.80 | ≤ 0.40 | missed |
| mnist peak memory, boundary | 2000 MB | PyTorch (current, compiled) 9000 | 0.22 | none | |
| mnist peak memory, boundary | 2000 MB | JAX 4000 | 0.50 | none | |
| mnist step, boundary | 1000 ms | amgen, 1 worker 1900 | 1.90 | ≥ 1.85 | met |
| mnist step, boundary, 1 worker: the machine's ceiling | 1900 ms | 2 processes at once, each 2000 | 1.90 | none | |
| sgemm 32·(49×32×49ᵀ) | 90.0 GFLOP/s | OpenBLAS 100 | 0.90 | ≥ 0.85 | met |

- beside PyTorch (current): 0 of 3 met
- beside PyTorch (current, compiled): 1 of 1 met
- beside JAX: 2 of 3 met
- beside amgen, 1 worker: 1 of 1 met
- beside OpenBLAS: 1 of 1 met
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}

// Each preset has its steps by each estimator, then its velocities; what is short is timed more often.
func TestWorkloads(t *testing.T) {
	o := options{presets: "toy,mnist", estimators: "boundary,pathwise", velocities: "1,64", steps: 3}
	got, err := o.workloads()
	if err != nil {
		t.Fatal(err)
	}
	want := []workload{
		{preset: "toy", estimator: "boundary", steps: []int{300}},
		{preset: "toy", estimator: "pathwise", steps: []int{300}},
		{preset: "toy", estimator: velocityOnly, batches: []int{256}, steps: []int{300}},
		{preset: "mnist", estimator: "boundary", steps: []int{3}},
		{preset: "mnist", estimator: "pathwise", steps: []int{3}},
		{preset: "mnist", estimator: velocityOnly, batches: []int{1, 64}, steps: []int{24, 1}},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(workload{})); diff != "" {
		t.Error(diff)
	}
	for _, velocities := range []string{"0", "x", "1,-2"} {
		o.velocities = velocities
		if _, err := o.workloads(); err == nil {
			t.Errorf("-velocities %s: no error", velocities)
		}
	}
}

func TestBlasCore(t *testing.T) {
	t.Setenv("OPENBLAS_CORETYPE", "")
	for flags, want := range map[string][]string{
		"fpu sse2":          nil,
		"fpu avx2 fma":      {"OPENBLAS_CORETYPE=Haswell"},
		"avx2 avx512f":      {"OPENBLAS_CORETYPE=SkylakeX"},
		"avx512f avx2 sse2": {"OPENBLAS_CORETYPE=SkylakeX"},
	} {
		if diff := cmp.Diff(want, blasCore(strings.Fields(flags))); diff != "" {
			t.Errorf("%s: %s", flags, diff)
		}
	}
	t.Setenv("OPENBLAS_CORETYPE", "Zen")
	if got := blasCore([]string{"avx512f"}); got != nil {
		t.Errorf("with a core given, got %v, want none", got)
	}
}
