package eval_test

import (
	"math"
	"testing"

	"github.com/amgen/amgen/eval"
)

// Certain of classes that come equally often: their number. Certain of one class, or never certain: 1. Half certain
// between pairs of four classes: two.
func TestInceptionScore(t *testing.T) {
	for name, tc := range map[string]struct {
		rows    [][]float64
		splits  int
		want    float64
		between float64 // deviation over splits
	}{
		"each class":    {[][]float64{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}, 1, 3, 0},
		"one class":     {[][]float64{{0, 1, 0}, {0, 1, 0}}, 1, 1, 0},
		"never certain": {[][]float64{{0.2, 0.5, 0.3}, {0.2, 0.5, 0.3}}, 1, 1, 0},
		"pairs":         {[][]float64{{0.5, 0.5, 0, 0}, {0, 0, 0.5, 0.5}}, 1, 2, 0},
		"two splits":    {[][]float64{{1, 0}, {0, 1}, {1, 0}, {1, 0}}, 2, 1.5, 0.5},
	} {
		var flat []float64
		for _, row := range tc.rows {
			flat = append(flat, row...)
		}
		got, err := eval.InceptionScore(flat, len(tc.rows[0]), tc.splits)
		if err != nil || off(got.Value, tc.want, 1e-14) || off(got.Deviation, tc.between, 1e-14) ||
			got.Splits != tc.splits {
			t.Errorf("%s: %+v %v, want %g ± %g", name, got, err, tc.want, tc.between)
		}
	}
	// With a known channel, exp of the mutual information: log 2 − H(0.1).
	got, err := eval.InceptionScore([]float64{0.9, 0.1, 0.1, 0.9}, 2, 1)
	want := math.Exp(math.Ln2 + 0.9*math.Log(0.9) + 0.1*math.Log(0.1))
	if err != nil || off(got.Value, want, 1e-14) {
		t.Errorf("channel: %v %v, want %g", got, err, want)
	}
	// Certain of ten classes that come one after the other, as folders are read: a split has all of them, but for
	// chance.
	ordered := make([]float64, 1000*10)
	for i := range 1000 {
		ordered[i*10+i/100] = 1
	}
	if got, err = eval.InceptionScore(ordered, 10, 10); err != nil || got.Value < 9.2 || got.Value > 10 {
		t.Errorf("by class: %v %v, want nearly 10", got, err)
	}
	for says, tc := range map[string]struct {
		rows            []float64
		classes, splits int
	}{
		"0 probabilities":                       {nil, 2, 1},
		"3 probabilities":                       {[]float64{1, 0, 1}, 2, 1},
		"row 2 has probability NaN of class 1":  {[]float64{1, 0, 1, math.NaN()}, 2, 1},
		"row 1 has probability -1 of class 0":   {[]float64{-1, 2, 1, 0}, 2, 1},
		"row 2 has probabilities with the sum":  {[]float64{1, 0, 1, 1}, 2, 1},
		"of 2 samples in 2 splits":              {[]float64{1, 0, 1, 0}, 2, 2},
		"of 2 samples in 0 splits":              {[]float64{1, 0, 1, 0}, 2, 0},
		"2 probabilities of 1 classes; give wh": {[]float64{1, 1}, 1, 1},
	} {
		_, err := eval.InceptionScore(tc.rows, tc.classes, tc.splits)
		checkError(t, says, err, says)
	}
}

// A shift of all logits makes no difference, even one that exp can't bear.
func TestSoftmax(t *testing.T) {
	got, err := eval.Softmax([]float32{0, float32(math.Log(3)), 1000, 1000}, 2)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{0.25, 0.75, 0.5, 0.5} {
		if off(got[i], want, 1e-7) { // log 3 in float32
			t.Errorf("probability %d is %g, want %g", i, got[i], want)
		}
	}
	_, err = eval.Softmax([]float32{0, 1, 2, float32(math.NaN())}, 2)
	checkError(t, "NaN", err, "row 2 has logit NaN of class 1")
	_, err = eval.Softmax([]float32{0, 1, 2}, 2)
	checkError(t, "part of a row", err, "3 logits")
}
