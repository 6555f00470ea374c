package science_test

import (
	"math"
	"testing"

	"github.com/gomlx/gomlx/pkg/core/tensors"

	"github.com/amgen/amgen/flows/science"
	"github.com/amgen/amgen/internal/transport"
)

// chainsOf are the cells of some batches of chains, [batch, times, dim] after each other.
func chainsOf(t *testing.T, s *science.Snapshots, size, steps int) (flat []float64) {
	t.Helper()
	batches, err := s.Batches(size, 5)
	if err != nil {
		t.Fatal(err)
	}
	for range steps {
		_, inputs, _, err := batches.Yield()
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range tensors.MustCopyFlatData[float32](inputs[0]) {
			flat = append(flat, float64(v))
		}
	}
	return flat
}

// Chains move at the cost of the exact plans between neighbours, and visit each cell of each snapshot alike.
func TestChainsAreOptimal(t *testing.T) {
	const dim, size, steps = 2, 200, 200
	p := &science.Population{Name: "p", Times: []float64{0, 1, 3}, Dim: dim, Columns: []string{"a", "b"}}
	for k, n := range []int{30, 45, 60} {
		var cells []float64
		for i := range n * dim {
			cells = append(cells, math.Sin(float64(7*i*i+k))+float64(k))
		}
		p.Cells = append(p.Cells, cells)
	}
	s, err := p.Prepare(science.SnapshotOptions{Raw: true, Coupling: science.ExactTransport})
	if err != nil {
		t.Fatal(err)
	}
	flat := chainsOf(t, s, size, steps)
	const chains = size * steps
	for k := range 2 {
		x, y := s.Cells[k], s.Cells[k+1]
		_, want, err := transport.Plan(transport.Even(len(x)/dim, 1), transport.Even(len(y)/dim, 1),
			transport.Euclidean(dim, 2, x, y))
		if err != nil {
			t.Fatal(err)
		}
		got, squares := 0.0, 0.0
		for c := range chains {
			cost := 0.0
			for d := range dim {
				at := (c*3+k)*dim + d
				cost += math.Pow(flat[at+dim]-flat[at], 2)
			}
			got += cost / chains
			squares += cost * cost / chains
		}
		if deviation := math.Sqrt((squares - got*got) / chains); math.Abs(got-want) > 4*deviation {
			t.Errorf("interval %d costs %g ± %g, its plan %g", k, got, deviation, want)
		}
	}
	for k, cells := range s.Cells { // how often each cell is drawn, by its first coordinate
		n := len(cells) / dim
		counts := map[float32]int{}
		for c := range chains {
			counts[float32(flat[(c*3+k)*dim])]++
		}
		mean := float64(chains) / float64(n)
		for i := range n {
			got := float64(counts[float32(cells[i*dim])])
			if most := 6 * math.Sqrt(mean); len(counts) != n || math.Abs(got-mean) > most {
				t.Errorf("cell %d of time %d is in %g chains of %d, want %g ± %g", i, k, got, chains, mean, most)
			}
		}
	}
}

// Of large snapshots sampled cells are coupled, others after a while; a batch is the same whichever came before.
func TestChainsOfSampledCells(t *testing.T) {
	p := &science.Population{Name: "p", Times: []float64{0, 1}, Dim: 1, Columns: []string{"a"}}
	for k, n := range []int{2000, 600} {
		var cells []float64
		for i := range n {
			cells = append(cells, math.Mod(float64(i)*0.618034, 1)+float64(k))
		}
		p.Cells = append(p.Cells, cells)
	}
	s, err := p.Prepare(science.SnapshotOptions{Raw: true, Coupling: science.ExactTransport})
	if err != nil {
		t.Fatal(err)
	}
	batches, err := s.Batches(64, 1)
	if err != nil {
		t.Fatal(err)
	}
	at := func(step int) []float32 {
		if err := batches.Seek(step); err != nil {
			t.Fatal(err)
		}
		_, inputs, _, err := batches.Yield()
		if err != nil {
			t.Fatal(err)
		}
		return tensors.MustCopyFlatData[float32](inputs[0])
	}
	seen := map[float32]bool{}
	first := at(0)
	for step := range 100 {
		for i, v := range at(step) {
			if i%2 == 0 {
				seen[v] = true
			}
		}
	}
	if len(seen) != 512 {
		t.Errorf("%d cells in the first steps, want 512", len(seen))
	}
	later := at(5000)
	again := at(0)
	for i, v := range first {
		if again[i] != v {
			t.Fatal("batch 0 is another after batch 5000")
		}
	}
	fresh := 0
	for i := 0; i < len(later); i += 2 {
		if !seen[later[i]] {
			fresh++
		}
	}
	if fresh < 20 {
		t.Errorf("%d of 64 cells of step 5000 are new", fresh)
	}
}
