package eval_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amgen/amgen/eval"
)

func TestClassCounts(t *testing.T) {
	got, err := eval.ClassCounts([]float32{0.1, 0.9, 0, 3, 1, 2, 0, 0, 5, 1, 1, 1}, 3)
	if diff := cmp.Diff([]int{2, 1, 1}, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
	_, err = eval.ClassCounts([]float64{1, 2, 3, math.NaN()}, 2)
	checkError(t, "NaN", err, "row 2 has score NaN of class 1")
	_, err = eval.ClassCounts([]float64{1, 2, 3}, 2)
	checkError(t, "part of a row", err, "3 scores")
}

// By hand: shares (¾, ¼, 0) against (¼, ¼, ½); with ½ more of each, (3.5, 1.5, .5)/5.5 against (2.5, 2.5, 4.5)/9.5.
func TestCompareClasses(t *testing.T) {
	got, err := eval.CompareClasses([]int{3, 1, 0}, []int{2, 2, 4})
	if err != nil {
		t.Fatal(err)
	}
	divergence := 0.0
	for k, p := range []float64{3.5 / 5.5, 1.5 / 5.5, 0.5 / 5.5} {
		divergence += p * math.Log(p/[]float64{2.5 / 9.5, 2.5 / 9.5, 4.5 / 9.5}[k])
	}
	if off(got.TotalVariation.Value, 0.5, 1e-15) || off(got.Divergence.Value, divergence, 1e-15) {
		t.Errorf("%+v, want 0.5 and %g", got, divergence)
	}
	if diff := cmp.Diff([]int{2}, got.Missing); diff != "" {
		t.Error(diff)
	}
	same, err := eval.CompareClasses([]int{5, 6}, []int{5, 6})
	if err != nil || same.TotalVariation.Value != 0 || same.Divergence.Value != 0 || same.Missing != nil {
		t.Errorf("equal counts: %+v %v", same, err)
	}
	for says, counts := range map[string][2][]int{
		"2 and of 3 classes":    {{1, 2}, {1, 2, 3}},
		"classes of 0 samples":  {{0, 0}, {1, 2}},
		"-1 samples of class 1": {{3, 2}, {3, -1}},
	} {
		_, err := eval.CompareClasses(counts[0], counts[1])
		checkError(t, says, err, says)
	}
}

// The stated errors are the deviations over draws, as far as the delta method goes.
func TestBalanceErrors(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 9))
	draw := func(n int, shares ...float64) []int {
		counts := make([]int, len(shares))
		for range n {
			u := rng.Float64()
			k := 0
			for ; k < len(shares)-1 && u >= shares[k]; k++ {
				u -= shares[k]
			}
			counts[k]++
		}
		return counts
	}
	var variations, divergences, errors, errors2 []float64
	for range 300 {
		b, err := eval.CompareClasses(draw(500, 0.5, 0.3, 0.2), draw(400, 0.2, 0.3, 0.5))
		if err != nil {
			t.Fatal(err)
		}
		variations, errors = append(variations, b.TotalVariation.Value), append(errors, *b.TotalVariation.StdErr)
		divergences, errors2 = append(divergences, b.Divergence.Value), append(errors2, *b.Divergence.StdErr)
	}
	for _, pair := range [][2][]float64{{variations, errors}, {divergences, errors2}} {
		_, spread := moments(pair[0])
		stated, _ := moments(pair[1])
		// 300 draws know the deviation to 4 per cent; |p − q| has a kink
		if !(stated >= 0.8*spread && stated <= 1.3*spread) {
			t.Errorf("deviation over draws %g, stated %g", spread, stated)
		}
	}
}
