package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The table holds the ratio of medians, in the direction of its target, and whether it was met.
func TestReport(t *testing.T) {
	step := func(program string, step, velocity, mb float64) measurement {
		return measurement{Program: program, Preset: "mnist", Estimator: "boundary", Step: step, Velocity: velocity,
			PeakRSS: mb}
	}
	product := func(program string, rate float64) measurement {
		return measurement{Program: program, GFLOPS: rate, Product: &productShape{M: 49, K: 32, N: 49, TransB: true,
			Batch: 32}}
	}
	var out strings.Builder
	report(&out, []measurement{
		// medians 1000, 250, 2000
		step(amgen, 1000, 250, 2000), step(amgen, 5000, 250, 2000), step(amgen, 900, 250, 2000),
		step(torch, 4000, 400, 2500), step(torch, 2000, 400, 2500), // medians 3000, 400, 2500
		step(jax, 1000, 1000, 100),
		step(amgenOne, 1900, 0, 0),
		product(amgen, 90), product(openBLAS, 100), product(amgen, 45), product(openBLAS, 20), // the best counts
		{Program: amgen, Preset: "toy", Estimator: "boundary", Step: 2, Velocity: 0.5},
		{Program: jax, Preset: "toy", Estimator: "boundary", Step: 1, Velocity: 1},
	})
	want := `
| work | amgen | beside | ratio | target | |
|---|---|---|---|---|---|
| mnist step, boundary | 1000 ms | PyTorch 3000 | 0.33 | ≤ 0.50 | met |
| mnist step, boundary | 1000 ms | JAX 1000 | 1.00 | ≤ 0.90 | missed |
| toy step, boundary | 2.00 ms | JAX 1.00 | 2.00 | none | |
| mnist velocity | 250 ms | PyTorch 400 | 0.62 | ≤ 0.50 | missed |
| mnist velocity | 250 ms | JAX 1000 | 0.25 | ≤ 0.90 | met |
| toy velocity | 0.50 ms | JAX 1.00 | 0.50 | none | |
| mnist peak memory, boundary | 2000 MB | PyTorch 2500 | 0.80 | ≤ 0.75 | missed |
| mnist step, boundary | 1000 ms | amgen, 1 worker 1900 | 1.90 | ≥ 1.80 | met |
| sgemm 32·(49×32×49ᵀ) | 90.0 GFLOP/s | OpenBLAS 100 | 0.90 | ≥ 0.85 | met |

- beside PyTorch: 1 of 3 met
- beside JAX: 1 of 2 met
- beside amgen, 1 worker: 1 of 1 met
- beside OpenBLAS: 1 of 1 met
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
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
