package eval_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/amgen/amgen/eval"
)

// bruteManifolds is the definition, from all distances.
func bruteManifolds(generated, reference eval.Cloud, k int) (precision, recall, density, coverage float64) {
	distance := func(a, b eval.Cloud, i, j int) float64 {
		square := 0.0
		for d := range a.Dim {
			difference := a.X[i*a.Dim+d] - b.X[j*b.Dim+d]
			square += difference * difference
		}
		return math.Sqrt(square)
	}
	radii := func(c eval.Cloud) (radii []float64) {
		for i := range c.Len() {
			var all []float64
			for j := range c.Len() {
				if i != j {
					all = append(all, distance(c, c, i, j))
				}
			}
			slices.Sort(all)
			radii = append(radii, all[k-1])
		}
		return radii
	}
	ofGenerated, ofReference := radii(generated), radii(reference)
	n, m := generated.Len(), reference.Len()
	for j := range n {
		in := 0.0
		for i := range m {
			if distance(generated, reference, j, i) <= ofReference[i] {
				in++
			}
		}
		precision += min(in, 1) / float64(n)
		density += in / float64(k*n)
	}
	for i := range m {
		inGenerated, covered := 0.0, 0.0
		for j := range n {
			d := distance(generated, reference, j, i)
			if d <= ofGenerated[j] {
				inGenerated = 1
			}
			if d <= ofReference[i] {
				covered = 1
			}
		}
		recall += inGenerated / float64(m)
		coverage += covered / float64(m)
	}
	return precision, recall, density, coverage
}

func manifolds(t testing.TB, p eval.PRDC, generated, reference eval.Cloud) eval.Manifolds {
	t.Helper()
	m, err := p.Between(generated, reference)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestManifoldsByBruteForce(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 8))
	for _, dim := range []int{1, 3, 40} {
		generated, reference := normal(rng, 70, dim, 0.3, 0.8), normal(rng, 60, dim, 0, 1)
		for k := 1; k <= 6; k++ {
			got := manifolds(t, eval.PRDC{Neighbours: k, DensityNeighbours: 7 - k}, generated, reference)
			precision, recall, _, _ := bruteManifolds(generated, reference, k)
			_, _, density, coverage := bruteManifolds(generated, reference, 7-k)
			for name, tc := range map[string]struct {
				got    eval.Estimate
				want   float64
				points float64 // asked about; 0 where what they answer is more than yes or no
			}{
				"precision": {got.Precision, precision, 70}, "recall": {got.Recall, recall, 60},
				"density": {got.Density, density, 0}, "coverage": {got.Coverage, coverage, 60},
			} {
				if off(tc.got.Value, tc.want, 1e-12) {
					t.Errorf("%s, k = %d in %d dimensions: %g, want %g", name, k, dim, tc.got.Value, tc.want)
				}
				// That of a mean of zeros and ones.
				if p := tc.got.Value; tc.points > 0 && off(*tc.got.StdErr, math.Sqrt(p*(1-p)/(tc.points-1)), 1e-12) {
					t.Errorf("%s, k = %d in %d dimensions: error %g of %g", name, k, dim, *tc.got.StdErr, p)
				}
			}
		}
	}
}

// More points than a tile has. A rotation makes no difference; nor does it where the points lie far from the origin.
func TestManifoldsOfTiles(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 8))
	const dim = 32
	generated, reference := normal(rng, 270, dim, 1000.1, 1), normal(rng, 530, dim, 1000, 1.1)
	got := manifolds(t, eval.PRDC{}, generated, reference)
	precision, recall, _, _ := bruteManifolds(generated, reference, 3)
	if off(got.Precision.Value, precision, 1e-12) || off(got.Recall.Value, recall, 1e-12) {
		t.Errorf("%v, want precision %g and recall %g", got, precision, recall)
	}
	q := orthogonal(rng, dim)
	turned := manifolds(t, eval.PRDC{}, rotated(generated, q), rotated(reference, q))
	for i, pair := range [][2]eval.Estimate{{got.Precision, turned.Precision}, {got.Recall, turned.Recall},
		{got.Density, turned.Density}, {got.Coverage, turned.Coverage}} {
		if off(pair[0].Value, pair[1].Value, 1e-12) {
			t.Errorf("number %d is %v, turned %v", i, pair[0], pair[1])
		}
	}
	swapped := manifolds(t, eval.PRDC{}, reference, generated)
	if swapped.Precision.Value != got.Recall.Value || swapped.Recall.Value != got.Precision.Value {
		t.Errorf("the other way round: %v, want %v with precision and recall swapped", swapped, got)
	}
}

// Copies of the reference, each of which has copies of its own, lie in it; what is far away doesn't.
func TestManifoldsOfCopies(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 8))
	for _, dim := range []int{2, 50} {
		single := normal(rng, 80, dim, 0, 1)
		sixfold := eval.Cloud{Dim: dim}
		for range 6 {
			sixfold.X = append(sixfold.X, single.X...)
		}
		got := manifolds(t, eval.PRDC{}, sixfold, sixfold)
		if got.Precision.Value != 1 || got.Recall.Value != 1 || got.Coverage.Value != 1 ||
			off(got.Density.Value, 6./5, 1e-12) {
			t.Errorf("copies: %+v", got)
		}
		got = manifolds(t, eval.PRDC{}, transformed(single, 1, 1000), single)
		if got.Precision.Value != 0 || got.Recall.Value != 0 || got.Coverage.Value != 0 || got.Density.Value != 0 ||
			*got.Density.StdErr != 0 {
			t.Errorf("far away: %+v", got)
		}
	}
	small := normal(rng, 5, 2, 0, 1)
	_, err := eval.PRDC{}.Between(small, small)
	checkError(t, "few", err, "of 5 points; give at least 6")
	_, err = eval.PRDC{Neighbours: -1}.Between(small, small)
	checkError(t, "negative", err, "-1 and 5 neighbours")
}

func BenchmarkPRDC(b *testing.B) {
	for _, dim := range []int{84, 2048} {
		rng := rand.New(rand.NewPCG(5, 8))
		x, y := normal(rng, 1024, dim, 0, 1), normal(rng, 1024, dim, 0.1, 1)
		b.Run(fmt.Sprintf("n=1024/dim=%d", dim), func(b *testing.B) {
			for b.Loop() {
				manifolds(b, eval.PRDC{}, x, y)
			}
		})
	}
}
