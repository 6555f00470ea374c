package eval_test

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/amgen/amgen/eval"
)

// uniformNumbers and goldenCloud are the inputs of testdata/golden.py: its uniform and cloud.
func uniformNumbers(seed uint64, count int) []float64 {
	out := make([]float64, count)
	for i := range out {
		z := seed + uint64(i+1)*0x9E3779B97F4A7C15
		z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
		z = (z ^ z>>27) * 0x94D049BB133111EB
		z ^= z >> 31
		out[i] = float64(z>>11) / (1 << 53)
	}
	return out
}

func goldenCloud(seed uint64, rows, dim int, shift, scale float64) eval.Cloud {
	u := uniformNumbers(seed, rows*dim*3)
	z := func(i, k int) float64 {
		at := (i*dim + k) * 3
		return u[at] + u[at+1] + u[at+2] - 1.5
	}
	c := eval.Cloud{Dim: dim}
	for i := range rows {
		for k := range dim {
			c.X = append(c.X, shift+scale*(z(i, k)+0.5*z(i, (k+1)%dim)))
		}
	}
	return c
}

// goldenValues are what this package makes of the inputs, by the names in golden.json, or by what these begin with.
func goldenValues(t *testing.T) map[string]float64 {
	found := map[string]float64{}
	goldenFrechet(t, found)
	a, b := goldenCloud(3, 200, 48, 0.2, 1.0), goldenCloud(4, 200, 48, 0.3, 1.1)
	found["kid/"] = kid(t, eval.KID{Subsets: 1, Size: 200}, a, b).Value
	goldenClasses(t, found)
	goldenManifolds(t, found)
	goldenMMD(t, found)
	goldenTransport(t, found)
	return found
}

func goldenFrechet(t *testing.T, found map[string]float64) {
	a, b := gaussianOf(t, goldenCloud(1, 300, 48, 0.1, 1)), gaussianOf(t, goldenCloud(2, 250, 48, 0.3, 1.2))
	found["moments/numpy mean"] = a.Mean[5]
	found["moments/numpy covariance"] = a.Covariance[5*48+6]
	found["frechet/"] = frechet(t, a, b).Value
	a, b = gaussianOf(t, goldenCloud(1, 20, 48, 0.1, 1)), gaussianOf(t, goldenCloud(2, 25, 48, 0.3, 1.2))
	found["frechet_singular/"] = frechet(t, a, b).Value
	x, y := goldenCloud(16, 120, 6, 0.1, 1), goldenCloud(17, 80, 6, 0.3, 1.2)
	x.Weights, y.Weights = uniformNumbers(18, 120), uniformNumbers(19, 80)
	for i := range x.Weights {
		x.Weights[i] += 0.2
	}
	for i, w := range y.Weights {
		y.Weights[i] = w * w * w
	}
	a, b = weightedGaussian(t, x), weightedGaussian(t, y)
	found["moments/numpy weighted mean"], found["moments/numpy weighted covariance"] = a.Mean[2], a.Covariance[2*6+3]
	found["frechet_weighted/"] = frechet(t, a, b).Value
}

func weightedGaussian(t *testing.T, c eval.Cloud) eval.Gaussian {
	t.Helper()
	g, err := eval.GaussianOf(c)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func goldenClasses(t *testing.T, found map[string]float64) {
	logits, other := transformed(goldenCloud(5, 210, 12, 0, 1), 4, 0), goldenCloud(6, 300, 12, 0, 1)
	probabilities, err := eval.Softmax(logits.X, 12)
	if err != nil {
		t.Fatal(err)
	}
	score, err := eval.InceptionScore(probabilities, 12, 10)
	if err != nil {
		t.Fatal(err)
	}
	found["is/torch-fidelity mean"], found["is/torch-fidelity deviation"] = score.Value, score.Deviation
	// The same rows by class.
	var ordered []float64
	for class := range 12 {
		for at := 0; at < len(probabilities); at += 12 {
			row := probabilities[at : at+12]
			if slices.Index(row, slices.Max(row)) == class {
				ordered = append(ordered, row...)
			}
		}
	}
	if score, err = eval.InceptionScore(ordered, 12, 7); err != nil {
		t.Fatal(err)
	}
	found["is_by_class/torch-fidelity mean"], found["is_by_class/torch-fidelity deviation"] = score.Value,
		score.Deviation
	generated, err := eval.ClassCounts(logits.X, 12)
	if err != nil {
		t.Fatal(err)
	}
	reference, err := eval.ClassCounts(other.X, 12)
	if err != nil {
		t.Fatal(err)
	}
	balance, err := eval.CompareClasses(generated, reference)
	if err != nil {
		t.Fatal(err)
	}
	found["balance/numpy total variation"] = balance.TotalVariation.Value
	found["balance/scipy divergence"] = balance.Divergence.Value
}

func goldenManifolds(t *testing.T, found map[string]float64) {
	m := manifolds(t, eval.PRDC{}, goldenCloud(7, 280, 40, 0.2, 0.8), goldenCloud(8, 300, 40, 0, 1))
	for _, peer := range []string{"prdc precision 3", "torch-fidelity precision"} {
		found["manifolds/"+peer] = m.Precision.Value
	}
	for _, peer := range []string{"prdc recall 3", "torch-fidelity recall"} {
		found["manifolds/"+peer] = m.Recall.Value
	}
	found["manifolds/prdc density 5"], found["manifolds/prdc coverage 5"] = m.Density.Value, m.Coverage.Value
	m = manifolds(t, eval.PRDC{Neighbours: 5, DensityNeighbours: 3}, goldenCloud(7, 280, 40, 0.2, 0.8),
		goldenCloud(8, 300, 40, 0, 1))
	found["manifolds/prdc precision 5"], found["manifolds/prdc recall 5"] = m.Precision.Value, m.Recall.Value
	found["manifolds/prdc density 3"], found["manifolds/prdc coverage 3"] = m.Density.Value, m.Coverage.Value
}

func goldenMMD(t *testing.T, found map[string]float64) {
	a, b := goldenCloud(9, 150, 5, 0.1, 1), goldenCloud(10, 170, 5, 0, 1.2)
	found["mmd/scipy median"] = eval.MedianDistance(a, b)
	found["mmd/numpy biased one"] = mmd(t, eval.MMD{Bandwidths: []float64{0.9}, Biased: true}, a, b)
	found["mmd/numpy unbiased one"] = mmd(t, eval.MMD{Bandwidths: []float64{0.9}}, a, b)
	found["mmd/numpy biased median"] = mmd(t, eval.MMD{Biased: true}, a, b)
	found["mmd/numpy unbiased median"] = mmd(t, eval.MMD{}, a, b)
	a.Weights, b.Weights = uniformNumbers(20, 150), uniformNumbers(21, 170)
	for _, weights := range [][]float64{a.Weights, b.Weights} {
		for i := range weights {
			weights[i] += 0.2
		}
	}
	found["mmd/numpy weighted"] = mmd(t, eval.MMD{Bandwidths: []float64{0.9}}, a, b)
}

func goldenTransport(t *testing.T, found map[string]float64) {
	plainA, plainB := goldenCloud(11, 90, 4, 0.1, 1), goldenCloud(12, 110, 4, 0.4, 1.2)
	a, b := plainA, plainB
	a.Weights, b.Weights = uniformNumbers(13, 90), uniformNumbers(14, 110)
	for _, weights := range [][]float64{a.Weights, b.Weights} {
		for i := range weights {
			weights[i] += 0.2
		}
	}
	line := func(c eval.Cloud) eval.Cloud {
		out := eval.Cloud{Dim: 1, Weights: c.Weights}
		for at := 0; at < len(c.X); at += c.Dim {
			out.X = append(out.X, c.X[at])
		}
		return out
	}
	directions := goldenCloud(15, 25, 4, 0, 1).X
	for at := 0; at < len(directions); at += 4 {
		norm := 0.0
		for _, v := range directions[at : at+4] {
			norm += v * v
		}
		for k := range 4 {
			directions[at+k] /= math.Sqrt(norm)
		}
	}
	for name, order := range map[string]float64{"1/POT": 1, "2/POT": 2} {
		found["w"+name] = wasserstein(t, order, plainA, plainB)
		found["w"+name+" weighted"] = wasserstein(t, order, a, b)
		found["w"+name+" on a line"] = wasserstein(t, order, line(a), line(b))
		mean := 0.0
		for at := 0; at < len(directions); at += 4 {
			mean += eval.PowerAlong(order, a, b, directions[at:at+4]) / 25
		}
		found["sliced"+name] = math.Pow(mean, 1/order)
	}
}

// Each value of an independent implementation (testdata/golden.py) is reached to 1e-6, and nothing is left out.
func TestGolden(t *testing.T) {
	data, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var golden map[string]float64
	if err := json.Unmarshal(data, &golden); err != nil {
		t.Fatal(err)
	}
	found := goldenValues(t)
	used := map[string]bool{}
	for name, want := range golden {
		key := name
		if _, whole := found[key]; !whole {
			key = name[:strings.Index(name, "/")+1]
		}
		got, ok := found[key]
		if !ok {
			t.Errorf("%s isn't computed", name)
		}
		used[key] = true
		if off(got, want, 1e-6*math.Abs(want)) {
			t.Errorf("%s: %.12g here, %.12g there", name, got, want)
		}
	}
	for name := range found {
		if !used[name] {
			t.Errorf("no golden value of %s", name)
		}
	}
}
