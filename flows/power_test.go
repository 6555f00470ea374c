package flows_test

import (
	"math"
	"strings"
	"testing"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/optimizer"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// exponents are γ of two lengths, the roots of length² = (γ + 1)/((γ + 2)²(γ + 3)). Karras et al. 2024, section 3.1,
// print them as 16.97 and 6.94.
var exponents = map[float64]float64{0.05: 16.972198602303, 0.10: 6.937203937602}

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
	cfg.PowerAverages = optimizer.PowerLengths()
	cfg.OnStep = func(flows.Step) error { history = append(history, read(vars, name)); return nil }
	s := newSmall(t, vars, cfg)
	s.run(t, 9)
	for _, path := range []string{name, optimizer.EMAScope + name} {
		if !cmp.Equal(read(plain.vars, path), read(vars, path)) {
			t.Errorf("%s is another one with power-function averages", path)
		}
	}
	for length, gamma := range exponents {
		want := make([]float32, len(history[0]))
		for k, w := range profile(gamma, len(history)) {
			for i, v := range history[k] {
				want[i] += float32(w * float64(v))
			}
		}
		if diff := cmp.Diff(want, read(vars, optimizer.PowerAverageScope(length)+name),
			cmpopts.EquateApprox(1e-5, 1e-6)); diff != "" {
			t.Errorf("length %g:\n%s", length, diff)
		}
	}
	averaged, err := flows.EMAContext(vars)
	if err != nil {
		t.Fatal(err)
	}
	for v := range averaged.IterVariables() {
		if strings.HasPrefix(v.Scope(), optimizer.PowerScope) {
			t.Errorf("the moving average has %s", v.ScopeAndName())
		}
	}
}
