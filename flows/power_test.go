package flows_test

import (
	"math"
	"strings"
	"testing"

	"github.com/amgen/amgen/flows"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// published are the exponents γ of Karras et al. 2024, section 3.1, to the digits that they print.
var published = map[float64]float64{0.05: 16.97, 0.10: 6.94}

// profile are the weights that a power-function average of exponent γ gives to each of n updates, by the definition.
func profile(gamma float64, n int) []float64 {
	weights := make([]float64, n)
	for i := range n {
		beta := math.Pow(1-1/float64(i+1), gamma+1)
		for j := range i {
			weights[j] *= beta
		}
		weights[i] = 1 - beta
	}
	return weights
}

// The exponent of a length solves length² = (γ + 1)/((γ + 2)²(γ + 3)), found here by a coarse search.
func exponentOf(length float64) float64 {
	best, nearest := 0.0, math.Inf(1)
	for gamma := 0.0; gamma < 200; gamma += 1e-4 {
		if d := math.Abs((gamma+1)/((gamma+2)*(gamma+2)*(gamma+3)) - length*length); d < nearest {
			best, nearest = gamma, d
		}
	}
	return best
}

// During training each average is the sum of all parameters since the first step by its profile, and the run is the
// same by a bit with and without.
func TestPowerAverages(t *testing.T) {
	const name = "/mlp/out/dense/weights"
	var history [][]float32
	vars := mlcontext.New()
	read := func(vars *mlcontext.Context, path string) []float32 {
		scope, base := mlcontext.SplitScope(path)
		return tensors.MustCopyFlatData[float32](vars.GetVariableByScopeAndName(scope, base).MustValue())
	}
	cfg := flows.TrainerConfig{LearningRate: 0.05, EMADecay: 0.6, Seed: 3}
	plain := newSmall(t, mlcontext.New(), cfg)
	plain.run(t, 9)
	cfg.PowerAverages = flows.PowerLengths()
	cfg.OnStep = func(flows.Step) error { history = append(history, read(vars, name)); return nil }
	s := newSmall(t, vars, cfg)
	s.run(t, 9)
	for _, path := range []string{name, flows.EMAScope + name} {
		if !cmp.Equal(read(plain.vars, path), read(vars, path)) {
			t.Errorf("%s is another one with power-function averages", path)
		}
	}
	for length, gamma := range published {
		if got := exponentOf(length); !(math.Abs(got-gamma) <= 0.005) {
			t.Fatalf("length %g has exponent %g, published is %g", length, got, gamma)
		}
		want := make([]float32, len(history[0]))
		for k, w := range profile(exponentOf(length), len(history)) {
			for i, v := range history[k] {
				want[i] += float32(w * float64(v))
			}
		}
		if diff := cmp.Diff(want, read(vars, flows.PowerAverageScope(length)+name),
			cmpopts.EquateApprox(1e-5, 1e-6)); diff != "" {
			t.Errorf("length %g:\n%s", length, diff)
		}
	}
	averaged, err := flows.EMAContext(vars)
	if err != nil {
		t.Fatal(err)
	}
	for v := range averaged.IterVariables() {
		if strings.HasPrefix(v.Scope(), flows.PowerScope) {
			t.Errorf("the moving average has %s", v.ScopeAndName())
		}
	}
}

// What is fitted from two lengths at eight checkpoints is the average of another length as training would have kept
// it: the weights of all steps differ by no more than the fit says, and its 1/n for that profiles of n steps are no
// integrals.
func TestFitPowerAverage(t *testing.T) {
	const n, checkpoints = 4000, 8
	var kept []flows.PowerProfile
	var profiles [][]float64
	for k := 1; k <= checkpoints; k++ {
		for _, length := range flows.PowerLengths() {
			kept = append(kept, flows.PowerProfile{Length: length, Updates: int64(k * n / checkpoints)})
			profiles = append(profiles, profile(exponentOf(length), k*n/checkpoints))
		}
	}
	for _, length := range []float64{0.03, 0.05, 0.07, 0.12, 0.2} {
		weights, distance, err := flows.FitPowerAverage(kept, flows.PowerProfile{Length: length, Updates: n})
		if err != nil {
			t.Fatal(err)
		}
		direct := profile(exponentOf(length), n)
		fitted := make([]float64, n)
		total := 0.0
		for i, w := range weights {
			total += w
			for j, p := range profiles[i] {
				fitted[j] += w * p
			}
		}
		var squares, norm float64
		for j := range direct {
			squares += (fitted[j] - direct[j]) * (fitted[j] - direct[j])
			norm += direct[j] * direct[j]
		}
		if got := math.Sqrt(squares / norm); !(math.Abs(got-distance) <= 0.01) || !(distance <= 0.11) ||
			length >= 0.05 && length <= 0.12 && !(distance <= 0.02) {
			t.Errorf("length %g: the profiles differ by %.4f, the fit says %.4f", length, got, distance)
		}
		if !(math.Abs(total-1) <= 0.02+distance) {
			t.Errorf("length %g: the weights' sum is %g, want about 1", length, total)
		}
		t.Logf("length %g: distance %.4f, sum %.4f", length, distance, total)
	}
}

// An average that was kept is its own best fit, alone.
func TestFitPowerAverageOfOneThatWasKept(t *testing.T) {
	kept := []flows.PowerProfile{{0.05, 300}, {0.1, 300}, {0.05, 200}, {0.1, 200}}
	weights, distance, err := flows.FitPowerAverage(kept, kept[1])
	if diff := cmp.Diff([]float64{0, 1, 0, 0}, weights, cmpopts.EquateApprox(0, 1e-9)); err != nil || diff != "" ||
		!(distance <= 1e-7) {
		t.Errorf("distance %g, err %v: %s", distance, err, diff)
	}
}

// Averages by the hundred, of which neighbours are nearly alike, have small weights, and one that is there twice shares
// its own.
func TestFitPowerAverageOfMany(t *testing.T) {
	var kept []flows.PowerProfile
	for k := range int64(200) {
		kept = append(kept, flows.PowerProfile{0.05, 100 * (k + 1)}, flows.PowerProfile{0.1, 100 * (k + 1)})
	}
	kept = append(kept, kept[len(kept)-1])
	weights, distance, err := flows.FitPowerAverage(kept, flows.PowerProfile{Length: 0.07, Updates: 20_000})
	if err != nil || !(distance <= 0.001) {
		t.Fatalf("distance %g, err %v", distance, err)
	}
	for i, w := range weights {
		if !(math.Abs(w) <= 10) {
			t.Errorf("weight %d is %g", i, w)
		}
	}
	if a, b := weights[len(weights)-1], weights[len(weights)-2]; !(math.Abs(a-b) <= 1e-6) {
		t.Errorf("weights %g and %g of one average", a, b)
	}
}

func TestPowerAveragesAreChecked(t *testing.T) {
	for _, lengths := range [][]float64{{0}, {-0.1}, {0.3}, {math.NaN()}, {0.05, 0.05}} {
		cfg := flows.TrainerConfig{PowerAverages: lengths}
		if _, err := flows.NewTrainer(testBackend(t), mlcontext.New(), plain(quadratic, flows.Linear{}),
			cfg); err == nil {
			t.Errorf("lengths %v: no error", lengths)
		}
	}
	good := flows.PowerProfile{Length: 0.05, Updates: 10}
	for _, test := range []struct {
		kept []flows.PowerProfile
		want flows.PowerProfile
	}{
		{nil, good},
		{[]flows.PowerProfile{good}, flows.PowerProfile{Length: 0.4, Updates: 10}},
		{[]flows.PowerProfile{good}, flows.PowerProfile{Length: 0.05}},
		{[]flows.PowerProfile{{0.05, 20}}, good},
		{[]flows.PowerProfile{{0.05, 0}}, good},
	} {
		if weights, _, err := flows.FitPowerAverage(test.kept, test.want); err == nil {
			t.Errorf("%v from %v: weights %v, want an error", test.want, test.kept, weights)
		}
	}
}
