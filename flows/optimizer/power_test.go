package optimizer_test

import (
	"math"
	"testing"

	"github.com/amgen/amgen/flows/optimizer"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

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

// What is fitted from two lengths at eight checkpoints is the average of another length as training would have kept
// it: the weights of all steps differ by no more than the fit says, and its 1/n for that profiles of n steps are no
// integrals.
func TestFitPowerAverage(t *testing.T) {
	const n, checkpoints = 4000, 8
	var kept []optimizer.PowerProfile
	var profiles [][]float64
	for k := 1; k <= checkpoints; k++ {
		for _, length := range optimizer.PowerLengths() {
			kept = append(kept, optimizer.PowerProfile{Length: length, Updates: int64(k * n / checkpoints)})
			profiles = append(profiles, profile(exponentOf(length), k*n/checkpoints))
		}
	}
	for _, length := range []float64{0.03, 0.05, 0.07, 0.12, 0.2} {
		weights, distance, err := optimizer.FitPowerAverage(kept, optimizer.PowerProfile{Length: length, Updates: n})
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
	kept := []optimizer.PowerProfile{{0.05, 300}, {0.1, 300}, {0.05, 200}, {0.1, 200}}
	weights, distance, err := optimizer.FitPowerAverage(kept, kept[1])
	if diff := cmp.Diff([]float64{0, 1, 0, 0}, weights, cmpopts.EquateApprox(0, 1e-9)); err != nil || diff != "" ||
		!(distance <= 1e-7) {
		t.Errorf("distance %g, err %v: %s", distance, err, diff)
	}
}

// Averages by the hundred, of which neighbours are nearly alike, have small weights, and one that is there twice shares
// its own.
func TestFitPowerAverageOfMany(t *testing.T) {
	var kept []optimizer.PowerProfile
	for k := range int64(200) {
		kept = append(kept, optimizer.PowerProfile{0.05, 100 * (k + 1)}, optimizer.PowerProfile{0.1, 100 * (k + 1)})
	}
	kept = append(kept, kept[len(kept)-1])
	weights, distance, err := optimizer.FitPowerAverage(kept, optimizer.PowerProfile{Length: 0.07, Updates: 20_000})
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
		if _, err := optimizer.New(optimizer.Settings{LearningRate: 1, PowerAverages: lengths}); err == nil {
			t.Errorf("lengths %v: no error", lengths)
		}
	}
	good := optimizer.PowerProfile{Length: 0.05, Updates: 10}
	for _, test := range []struct {
		kept []optimizer.PowerProfile
		want optimizer.PowerProfile
	}{
		{nil, good},
		{[]optimizer.PowerProfile{good}, optimizer.PowerProfile{Length: 0.4, Updates: 10}},
		{[]optimizer.PowerProfile{good}, optimizer.PowerProfile{Length: 0.05}},
		{[]optimizer.PowerProfile{{0.05, 20}}, good},
		{[]optimizer.PowerProfile{{0.05, 0}}, good},
	} {
		if weights, _, err := optimizer.FitPowerAverage(test.kept, test.want); err == nil {
			t.Errorf("%v from %v: weights %v, want an error", test.want, test.kept, weights)
		}
	}
}
