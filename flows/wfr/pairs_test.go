package wfr_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amgen/amgen/flows/wfr"
)

func cells(rng *rand.Rand, n int, centre, spread float64) []float64 {
	out := make([]float64, 2*n)
	for i := range out {
		out[i] = centre + spread*rng.NormFloat64()
	}
	return out
}

func generator(k uint64) *rand.Rand { return rand.New(rand.NewPCG(7, k)) }

// Over many pairs, the masses at both ends of an interval are those of its snapshots, cell by cell, and those that are
// too far apart to move die and are born where they are.
func TestPairsHaveTheMassesOfTheSnapshots(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	s := wfr.Snapshots{Dim: 2, Delta: 1, Masses: []float64{1, 2.5},
		Cells: [][]float64{append(cells(rng, 6, 0, 0.5), -60, -60), append(cells(rng, 9, 0.5, 0.5), 70, 70)}}
	p, err := wfr.NewPairs(s, generator)
	if err != nil {
		t.Fatal(err)
	}
	const count = 40000
	flat, err := p.Batch(0, count, rng)
	if err != nil {
		t.Fatal(err)
	}
	var got [2]map[[2]float32]float64
	got[0], got[1] = map[[2]float32]float64{}, map[[2]float32]float64{}
	width := p.Width()
	for i := range count {
		row := flat[i*width:][:width]
		from, to := [2]float32{row[0], row[1]}, [2]float32{row[2], row[3]}
		got[0][from] += float64(row[4]*row[4]) / count
		got[1][to] += float64(row[5]*row[5]+row[6]*row[6]) / count
	}
	for k, snapshot := range s.Cells {
		n := len(snapshot) / 2
		for i := range n {
			cell := [2]float32{float32(snapshot[2*i]), float32(snapshot[2*i+1])}
			want := s.Masses[k] / float64(n)
			// Stratified sampling: a pair is drawn once more or less than its share of 40 000.
			if off(got[k][cell]/want, 1, 0.01) {
				t.Errorf("snapshot %d: cell %d has mass %.5f, want %.5f", k, i, got[k][cell], want)
			}
		}
	}
	if dead := got[0][[2]float32{70, 70}]; dead != 0 {
		t.Errorf("what is born has mass %g before", dead)
	}
}

// A batch is a function of its step, also where cells are sampled, and others after some steps.
func TestPairsOfManyCells(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	s := wfr.Snapshots{Dim: 2, Delta: 1, Masses: []float64{1, 2},
		Cells: [][]float64{cells(rng, 300, 0, 0.5), cells(rng, 4000, 0.5, 0.5)}}
	batch := func(steps ...int) (flat []float32) {
		p, err := wfr.NewPairs(s, generator)
		for _, step := range steps {
			if err == nil {
				flat, err = p.Batch(step, 50, generator(uint64(1000+step)))
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		return flat
	}
	if diff := cmp.Diff(batch(501), batch(0, 499, 501)); diff != "" {
		t.Error(diff)
	}
	if cmp.Equal(batch(499), batch(501)) {
		t.Error("the same cells for ever")
	}
}

func TestPairsRefuse(t *testing.T) {
	two := [][]float64{{0, 0}, {1, 1}}
	for name, s := range map[string]wfr.Snapshots{
		"one snapshot": {Dim: 2, Delta: 1, Masses: []float64{1}, Cells: two[:1]},
		"no masses":    {Dim: 2, Delta: 1, Cells: two},
		"no δ":         {Dim: 2, Masses: []float64{1, 1}, Cells: two},
		"δ = NaN":      {Dim: 2, Delta: math.NaN(), Masses: []float64{1, 1}, Cells: two},
		"mass 0":       {Dim: 2, Delta: 1, Masses: []float64{1, 0}, Cells: two},
		"no cells":     {Dim: 2, Delta: 1, Masses: []float64{1, 1}, Cells: [][]float64{{0, 0}, nil}},
	} {
		if _, err := wfr.NewPairs(s, generator); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
