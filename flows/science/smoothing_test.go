package science_test

import (
	"math"
	"testing"

	"github.com/amgen/amgen/flows/science"
)

// lattice is two snapshots of cells at distances of 2, the second 100 to the right.
func lattice() *science.Population {
	p := &science.Population{Name: "p", Times: []float64{0, 1}, Dim: 1, Columns: []string{"x"}}
	for k := range 2 {
		var cells []float64
		for i := range 40 {
			cells = append(cells, float64(2*i+100*k))
		}
		p.Cells = append(p.Cells, cells)
	}
	return p
}

// Each chain is a chain of cells moved by one normal number, of the bandwidth, whatever the coupling.
func TestSmoothing(t *testing.T) {
	for _, coupling := range []science.Coupling{science.ExactTransport, science.OptimalTransport, science.Unbalanced} {
		o := science.SnapshotOptions{Raw: true, Coupling: coupling, Smoothing: 0.125}
		if coupling == science.Unbalanced {
			o.GrowthCost = 1000
		}
		s, err := lattice().Prepare(o)
		if err != nil {
			t.Fatal(err)
		}
		if h := s.Bandwidth(); h != 0.25 {
			t.Fatalf("%v: bandwidth %g, want an eighth of the distance 2", coupling, h)
		}
		flat := chainsOf(t, s, 80, 100)
		width := len(flat) / (80 * 100)
		sum, squares, n := 0.0, 0.0, 0.0
		for i := 0; i < len(flat); i += width {
			// The cells are even numbers, and the noise is below 1 but for one of 15 000.
			noise := flat[i] - 2*math.Round(flat[i]/2)
			if other := flat[i+1] - 2*math.Round(flat[i+1]/2); math.Abs(noise) < 0.9 && math.Abs(noise-other) > 1e-4 {
				t.Fatalf("%v: the cells of one chain are moved by %g and %g", coupling, noise, other)
			}
			sum, squares, n = sum+noise, squares+noise*noise, n+1
		}
		// Standard errors are 0.25/√8000 = 0.0028 of the mean, and 0.25²·√(2/8000) = 0.001 of the variance.
		if mean, variance := sum/n, squares/n; math.Abs(mean) > 0.012 || math.Abs(variance-0.0625) > 0.004 {
			t.Errorf("%v: noise of mean %g and variance %g, want 0 and 0.0625", coupling, mean, variance)
		}
	}
}

// Without smoothing the batches are of the cells themselves, to the last bit; and smoothing doesn't draw other chains.
func TestNoSmoothing(t *testing.T) {
	plain, err := lattice().Prepare(science.SnapshotOptions{Raw: true, Coupling: science.ExactTransport})
	if err != nil {
		t.Fatal(err)
	}
	smooth, err := lattice().Prepare(science.SnapshotOptions{Raw: true, Coupling: science.ExactTransport,
		Smoothing: 0.01})
	if err != nil {
		t.Fatal(err)
	}
	moved := chainsOf(t, smooth, 16, 10)
	for i, v := range chainsOf(t, plain, 16, 10) {
		if v != 2*math.Round(v/2) {
			t.Fatalf("%g is no cell", v)
		}
		if math.Abs(moved[i]-v) > 0.2 { // ten deviations
			t.Fatalf("%g became %g", v, moved[i])
		}
	}
}

// A bandwidth is by the cells of one time: those of others may lie anywhere. A lone cell has no neighbour.
func TestBandwidth(t *testing.T) {
	p := &science.Population{Name: "p", Times: []float64{0, 1, 2}, Dim: 2, Columns: []string{"x", "y"},
		Cells: [][]float64{{0, 0, 3, 4}, {0, 0.001}, {1, 1, 4, 5, 1, 7}}}
	s, err := p.Prepare(science.SnapshotOptions{Raw: true, Smoothing: 1})
	if err != nil {
		t.Fatal(err)
	}
	// Distances to the nearest: 5, 5, none, 5, √13, √13.
	if got, want := s.Bandwidth(), 5/math.Sqrt2; math.Abs(got-want) > 1e-12 {
		t.Errorf("bandwidth %g, want %g", got, want)
	}
	for _, bad := range []float64{-1, math.NaN(), math.Inf(1), 101} {
		if _, err := p.Prepare(science.SnapshotOptions{Raw: true, Smoothing: bad}); err == nil {
			t.Errorf("a smoothing of %g was taken", bad)
		}
	}
}
