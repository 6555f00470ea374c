package science_test

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gomlx/gomlx/pkg/core/tensors"
	"github.com/google/go-cmp/cmp"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/science"
	"github.com/amgen/amgen/flows/solve"
	"github.com/amgen/amgen/flows/wfr"
)

// twoClumps are cells on the left and, with so many copies of each at t = 1, on the right, which don't move. The right
// ones triple.
func twoClumps(t *testing.T) string {
	t.Helper()
	var text strings.Builder
	text.WriteString("time,x,y\n")
	for i := range 40 {
		x, y := []string{"-4.2", "-4.1", "-3.9", "-3.8"}[i%4], []string{"0.1", "-0.1"}[i/4%2]
		right := strings.TrimPrefix(x, "-")
		for _, row := range []string{"0," + x, "1," + x, "0," + right, "1," + right, "1," + right, "1," + right} {
			text.WriteString(row + "," + y + "\n")
		}
	}
	path := filepath.Join(t.TempDir(), "clumps.csv")
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return science.SnapshotsName(path)
}

// Unbalanced Action Matching learns the growth of cells that don't move: the mass of the right clump is ((1−t) + t√3)²
// along the geodesic, that of the left stays. Numbers of cells are the masses. It is trained for a moment.
func TestMassesAreLearned(t *testing.T) {
	p := open(t, twoClumps(t), science.Options{Batch: 256, Seed: 1, Snapshots: science.SnapshotOptions{Raw: true,
		Coupling: science.Unbalanced, GrowthCost: 2}})
	if diff := cmp.Diff([]float64{1, 2}, p.Snapshots.Masses); diff != "" {
		t.Error(diff)
	}
	sampler, took := run{testBackend(t), p, signed(32, 32), flows.ActionMatching{
		Dynamics: flows.Dynamics{Growth: true, GrowthCost: 2}},
		flows.TrainerConfig{LearningRate: 1e-2, Warmup: 20, ClipNorm: 10, EMADecay: 0.98, EMAWarmup: true, Seed: 1},
		800}.sampler(t)
	start, err := p.Source(0, 0, 80)
	if err != nil {
		t.Fatal(err)
	}
	end, err := sampler.Follow(t.Context(), solve.Heun{Steps: 20}, start, 0, 1, flows.FollowOptions{
		Times: []float64{0.5, 1}})
	if err != nil {
		t.Fatal(err)
	}
	for k, want := range []float64{math.Pow(0.5+0.5*math.Sqrt(3), 2), 3} {
		var mass, number [2]float64
		for i, cell := range rows(t, end.Trajectory[k].X, nil) {
			side := 0
			if cell[0] > 0 {
				side = 1
			}
			mass[side] += math.Exp(end.Trajectory[k].LogWeights[i])
			number[side]++
		}
		left, right := mass[0]/number[0], mass[1]/number[1]
		t.Logf("%.1f s, t = %g: left %.4f, right %.4f of %.4f", took.Seconds(), 0.5*float64(k+1), left, right, want)
		if off(left, 1, 0.03) || off(right/want, 1, 0.03) || number[0] != 40 {
			t.Errorf("left %.4f of 1, right %.4f of %.4f; %g on the left", left, right, want, number[0])
		}
	}
}

// Masses are those that are given, relative to the first, or equal, or the numbers of cells; the path has those of the
// times that are kept. The cost of growth is the root-mean-square distance between two cells.
func TestMasses(t *testing.T) {
	open := func(o science.SnapshotOptions) (*science.Snapshots, error) {
		p, err := science.Open(science.SnapshotsName("testdata/guo.csv"), science.Options{Snapshots: o})
		if err != nil {
			return nil, err
		}
		return p.Snapshots, nil
	}
	counts, err := open(science.SnapshotOptions{Components: 3, Coupling: science.Unbalanced, LeaveOut: 2})
	if err != nil {
		t.Fatal(err)
	}
	n := len(counts.Times)
	var want, all []float64
	given := make([]float64, n)
	for k := range n {
		all = append(all, float64(counts.Len(k))/float64(counts.Len(0)))
		if k != 1 {
			want = append(want, all[k])
		}
		given[k] = float64(k + 2)
	}
	if diff := cmp.Diff(want, counts.Path().(wfr.Path).Masses); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(all, counts.Masses); diff != "" {
		t.Error(diff)
	}
	delta, err := counts.GrowthCost()
	if err != nil || off(delta, pairwise(counts), 1e-9) {
		t.Errorf("cost of growth %g, want %g (%v)", delta, pairwise(counts), err)
	}
	o := science.SnapshotOptions{Components: 3, Coupling: science.Unbalanced, Masses: given, GrowthCost: 2.5}
	s, err := open(o)
	if err != nil {
		t.Fatal(err)
	}
	if delta, _ := s.GrowthCost(); s.Masses[2] != 2 || delta != 2.5 {
		t.Errorf("masses %v, cost %g", s.Masses, delta)
	}
	o.Masses, o.EqualMasses = nil, true
	if s, err := open(o); err != nil || s.Masses[n-1] != 1 {
		t.Errorf("equal masses: %v", err)
	}
	for name, bad := range map[string]science.SnapshotOptions{
		"too few":        {Coupling: science.Unbalanced, Masses: []float64{1}},
		"negative":       {Coupling: science.Unbalanced, Masses: append([]float64{-1}, given[1:]...)},
		"extreme":        {Coupling: science.Unbalanced, Masses: append([]float64{1e-9}, given[1:]...)},
		"equal and not":  {Coupling: science.Unbalanced, Masses: given, EqualMasses: true},
		"of no growth":   {Masses: given},
		"cost below 0":   {Coupling: science.Unbalanced, GrowthCost: -1},
		"cost of none":   {GrowthCost: 1},
		"infinite δ":     {Coupling: science.Unbalanced, GrowthCost: math.Inf(1)},
		"equal, balance": {EqualMasses: true},
	} {
		bad.Components = 3
		if _, err := open(bad); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// pairwise is the root-mean-square distance of all pairs of cells that are kept but the second time's, with repetition.
func pairwise(s *science.Snapshots) float64 {
	var cells []float64
	for k, of := range s.Cells {
		if k != 1 {
			cells = append(cells, of...)
		}
	}
	n, sum := len(cells)/s.Dim, 0.0
	for i := range n {
		for j := range n {
			for c := range s.Dim {
				d := cells[i*s.Dim+c] - cells[j*s.Dim+c]
				sum += d * d
			}
		}
	}
	return math.Sqrt(sum / float64(n*n))
}

// Batches of pairs are functions of the seed and the step.
func TestPairsAreSeeded(t *testing.T) {
	batch := func(seed int64, step int) []float32 {
		p, err := science.Open(science.SnapshotsName("testdata/guo.csv"), science.Options{Batch: 8, Seed: seed,
			Snapshots: science.SnapshotOptions{Components: 3, Coupling: science.Unbalanced}})
		if err == nil {
			err = p.Dataset.Seek(step)
		}
		if err != nil {
			t.Fatal(err)
		}
		_, inputs, _, err := p.Dataset.Yield()
		if err != nil {
			t.Fatal(err)
		}
		return tensors.MustCopyFlatData[float32](inputs[0])
	}
	one := batch(1, 5)
	if !cmp.Equal(one, batch(1, 5)) || cmp.Equal(one, batch(2, 5)) || cmp.Equal(one, batch(1, 6)) {
		t.Error("a batch isn't that of its seed and step")
	}
}

// Batches that are begun ahead, on other cores, are those of their steps, wherever the dataset seeks.
func TestBatchesAhead(t *testing.T) {
	dataset := func() *science.Batches {
		return open(t, science.SnapshotsName("testdata/guo.csv"), science.Options{Batch: 32, Seed: 3,
			Snapshots: science.SnapshotOptions{Components: 3}}).Dataset
	}
	yield := func(b *science.Batches) []float32 {
		_, inputs, _, err := b.Yield()
		if err != nil {
			t.Fatal(err)
		}
		return tensors.MustCopyFlatData[float32](inputs[0])
	}
	ahead := dataset()
	for _, step := range []int{0, 1, 2, 3, 9, 10, 2, 3, 4, 2} {
		if ahead.Step() != step {
			if err := ahead.Seek(step); err != nil {
				t.Fatal(err)
			}
		}
		alone := dataset()
		if err := alone.Seek(step); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(yield(alone), yield(ahead)); diff != "" {
			t.Fatalf("step %d: %s", step, diff)
		}
	}
}

// An estimate of the time of couplings: none of independent pairs, once of unbalanced plans, and for each batch of
// assignments, more of larger batches.
func TestCouplingTime(t *testing.T) {
	of := func(coupling science.Coupling, batch int) (once, each time.Duration) {
		p := open(t, science.SnapshotsName("testdata/guo.csv"), science.Options{
			Snapshots: science.SnapshotOptions{Components: 3, Coupling: coupling}})
		return p.Snapshots.CouplingTime(batch)
	}
	if once, each := of(science.Independent, 256); once != 0 || each != 0 {
		t.Errorf("independent: %v, %v", once, each)
	}
	if once, each := of(science.Unbalanced, 256); once <= 0 || once > time.Minute || each != 0 {
		t.Errorf("unbalanced: %v, %v", once, each)
	}
	_, small := of(science.OptimalTransport, 64)
	_, large := of(science.OptimalTransport, 1<<16)
	if small <= 0 || large < 1000*small {
		t.Errorf("optimal transport: %v of 64, %v of 65 536", small, large)
	}
}
