package science_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/amgen/amgen/flows/science"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/mat"
)

// The mouse embryos are 428 cells of 48 genes at six stages.
func TestEmbryo(t *testing.T) {
	p, err := science.ReadSnapshots("testdata/guo.csv", science.Columns{})
	if err != nil {
		t.Fatal(err)
	}
	var counts []int
	for k := range p.Times {
		counts = append(counts, p.Len(k))
	}
	if diff := cmp.Diff([]int{19, 23, 43, 75, 109, 159}, counts); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]float64{1, 2, 3, 4, 5, 6}, p.Times); diff != "" || p.Dim != 48 || len(p.Columns) != 48 {
		t.Errorf("%d dimensions:\n%s", p.Dim, diff)
	}
}

// population has counts[k] cells at time 2k, drawn from N(k, 1) in dim dimensions of scales 1, 2, ….
func population(counts []int, dim int) *science.Population {
	rng := rand.New(rand.NewPCG(1, 3))
	p := &science.Population{Name: "cells", Dim: dim}
	for k, n := range counts {
		cells := make([]float64, n*dim)
		for i := range cells {
			cells[i] = float64(1+i%dim) * (float64(k) + rng.NormFloat64())
		}
		p.Times, p.Cells = append(p.Times, 2*float64(k)), append(p.Cells, cells)
	}
	return p
}

func prepare(t testing.TB, p *science.Population, o science.SnapshotOptions) *science.Snapshots {
	t.Helper()
	s, err := p.Prepare(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// batch is [batch][times·dim] of a step.
func batch(t testing.TB, s *science.Snapshots, size int, seed int64, step int) ([][]float32, *tensors.Tensor) {
	t.Helper()
	batches, err := s.Batches(size, seed)
	if err != nil {
		t.Fatal(err)
	}
	if err := batches.Seek(step); err != nil {
		t.Fatal(err)
	}
	_, inputs, _, _ := batches.Yield()
	flat := tensors.MustCopyFlatData[float32](inputs[0])
	var out [][]float32
	for row := range slices.Chunk(flat, len(flat)/size) {
		out = append(out, row)
	}
	return out, inputs[0]
}

// What is left out reaches nothing that trains: with any other cells in its place, NaN too, the transform and the
// batches are the same bits; and no batch holds one of its cells. What is kept does reach both.
func TestLeftOutCellsNeverTrain(t *testing.T) {
	for _, o := range []science.SnapshotOptions{{LeaveOut: 3}, {LeaveOut: 3, Components: 2},
		{LeaveOut: 3, Coupling: science.Independent, Raw: true}} {
		clean, poisoned, moved := population([]int{9, 12, 30, 8, 7}, 3), population([]int{9, 12, 30, 8, 7}, 3),
			population([]int{9, 12, 30, 8, 7}, 3)
		poisoned.Cells[2] = []float64{math.NaN(), 1e30, math.Inf(1)}
		moved.Cells[1][0] += 3
		a, b, c := prepare(t, clean, o), prepare(t, poisoned, o), prepare(t, moved, o)
		if diff := cmp.Diff(a.Transform, b.Transform, cmp.Comparer(func(x, y *mat.Dense) bool {
			return x == y ||
				mat.Equal(x, y)
		})); diff != "" {
			t.Fatalf("%+v: the cells left out change the transform:\n%s", o, diff)
		}
		held := map[float32]bool{}
		for _, v := range tensors.MustCopyFlatData[float32](a.Points(2)) {
			held[v] = true
		}
		differs := false
		for step := range 20 {
			got, x := batch(t, a, 16, 1, step)
			for _, row := range got {
				for _, v := range row {
					if held[v] {
						t.Fatalf("%+v: batch %d holds %g of the cells left out", o, step, v)
					}
				}
			}
			poison, _ := batch(t, b, 16, 1, step)
			other, _ := batch(t, c, 16, 1, step)
			if !cmp.Equal(got, poison) {
				t.Fatalf("%+v: the cells left out change batch %d", o, step)
			}
			differs = differs || !cmp.Equal(got, other)
			if diff := cmp.Diff([]int{16, 4, a.Dim}, x.Shape().Dimensions); diff != "" {
				t.Fatal(diff)
			}
		}
		if !differs {
			t.Errorf("%+v: other cells that are kept change nothing", o)
		}
		if diff := cmp.Diff([]float64{0, 0.25, 0.75, 1}, a.Path().(science.SnapshotPath).Times); diff != "" {
			t.Error(diff)
		}
	}
}

// Every cell of a time that is kept is as often in a batch as the others, or once more; a batch is by seed and step.
func TestBatchesOfSnapshots(t *testing.T) {
	s := prepare(t, population([]int{5, 7, 3}, 2), science.SnapshotOptions{})
	got, _ := batch(t, s, 12, 4, 3)
	for k := range 3 {
		counts := map[[2]float32]int{}
		for _, row := range got {
			counts[[2]float32(row[2*k:])]++
		}
		n := s.Len(k)
		for _, count := range counts {
			if count < 12/n || count > 12/n+1 {
				t.Errorf("time %d: a cell of %d is %d times in a batch of 12", k, n, count)
			}
		}
		if len(counts) != n {
			t.Errorf("time %d: %d cells of %d in a batch of 12", k, len(counts), n)
		}
	}
	again, _ := batch(t, s, 12, 4, 3)
	next, _ := batch(t, s, 12, 4, 4)
	other, _ := batch(t, s, 12, 5, 3)
	if !cmp.Equal(got, again) || cmp.Equal(got, next) || cmp.Equal(got, other) {
		t.Error("a batch isn't a function of its seed and step")
	}
}

// On a line, an optimal pairing keeps the order: in a chain every time is sorted as the first is. A pairing at random
// isn't. The marginals are the same.
func TestCoupling(t *testing.T) {
	p := population([]int{20, 20, 20, 20}, 1)
	optimal, _ := batch(t, prepare(t, p, science.SnapshotOptions{}), 20, 1, 0)
	random, _ := batch(t, prepare(t, p, science.SnapshotOptions{Coupling: science.Independent}), 20, 1, 0)
	sorted := func(rows [][]float32) bool {
		rows = slices.Clone(rows)
		slices.SortFunc(rows, func(a, b []float32) int { return int(math.Copysign(1, float64(a[0]-b[0]))) })
		for i := 1; i < len(rows); i++ {
			for k := range rows[i] {
				if rows[i][k] < rows[i-1][k] {
					return false
				}
			}
		}
		return true
	}
	if !sorted(optimal) || sorted(random) {
		t.Errorf("chains in order: optimal %t, independent %t, want true and false", sorted(optimal), sorted(random))
	}
	for k := range 4 {
		var a, b []float32
		for i := range optimal {
			a, b = append(a, optimal[i][k]), append(b, random[i][k])
		}
		slices.Sort(a)
		slices.Sort(b)
		if !cmp.Equal(a, b) {
			t.Errorf("time %d: the coupling changes the cells", k)
		}
	}
	for _, name := range science.CouplingNames() {
		if c, err := science.CouplingByName(name); err != nil || c.String() != name {
			t.Errorf("%s: %v, %v", name, c, err)
		}
	}
	if _, err := science.CouplingByName("best"); err == nil || !strings.Contains(err.Error(), "ot, independent") {
		t.Errorf("coupling best: %v", err)
	}
	if _, err := p.Prepare(science.SnapshotOptions{Coupling: 7}); err == nil {
		t.Error("coupling 7: no error")
	}
}

// Standardised cells have mean 0 and deviation 1, all together; a constant column stays 0. Raw ones are as they were.
func TestStandardisation(t *testing.T) {
	p := population([]int{40, 60}, 3)
	for _, cells := range p.Cells {
		for i := 1; i < len(cells); i += 3 {
			cells[i] = 7
		}
	}
	s := prepare(t, p, science.SnapshotOptions{})
	all := slices.Concat(s.Cells...)
	for j := range 3 {
		mean, square := 0.0, 0.0
		for i := j; i < len(all); i += 3 {
			mean += all[i] / 100
			square += all[i] * all[i] / 99
		}
		want := 1.0
		if j == 1 {
			want = 0
		}
		if off(mean, 0, 1e-12) || off(square, want, 1e-12) {
			t.Errorf("column %d: mean %g, variance %g, want 0 and %g", j, mean, square, want)
		}
	}
	if diff := cmp.Diff(p.Cells, prepare(t, p, science.SnapshotOptions{Raw: true}).Cells); diff != "" {
		t.Errorf("raw cells are changed:\n%s", diff)
	}
}

// All principal components are a rotation and one scale: distances keep their ratios. The components are uncorrelated,
// of falling variance, 1 on average; those of a line explain it wholly with one.
func TestPrincipalComponents(t *testing.T) {
	p := population([]int{40, 60}, 3)
	standard, rotated := prepare(t, p, science.SnapshotOptions{}), prepare(t, p, science.SnapshotOptions{Components: 3})
	x, y := slices.Concat(standard.Cells...), slices.Concat(rotated.Cells...)
	distance := func(x []float64, i, j int) float64 {
		sum := 0.0
		for k := range 3 {
			sum += (x[3*i+k] - x[3*j+k]) * (x[3*i+k] - x[3*j+k])
		}
		return math.Sqrt(sum)
	}
	for i := range 99 {
		if got, want := distance(y, i, i+1), rotated.Transform.Scale*distance(x, i, i+1); off(got, want, 1e-9) {
			t.Fatalf("distance %d: %g, want %g", i, got, want)
		}
	}
	var covariance [3][3]float64
	for i := range 100 {
		for a := range 3 {
			for b := range 3 {
				covariance[a][b] += y[3*i+a] * y[3*i+b] / 99
			}
		}
	}
	for a := range 3 {
		for b := range a {
			if off(covariance[a][b], 0, 1e-9) {
				t.Errorf("components %d and %d covary by %g", a, b, covariance[a][b])
			}
			if !(covariance[a][a] <= covariance[b][b]) {
				t.Errorf("component %d varies more than %d", a, b)
			}
		}
	}
	if trace := covariance[0][0] + covariance[1][1] + covariance[2][2]; off(trace, 3, 1e-9) ||
		off(rotated.Transform.Explained, 1, 1e-12) {
		t.Errorf("variances add up to %g, want 3; explained %g", trace, rotated.Transform.Explained)
	}
	line := &science.Population{Name: "line", Dim: 4, Times: []float64{0, 1}}
	for k := range 2 {
		var cells []float64
		for i := range 3 { // 6 cells on a line; more components than it has would be noise
			at := float64(5*k + i*i)
			cells = append(cells, at, -2*at, 3, 1+at/2)
		}
		line.Cells = append(line.Cells, cells)
	}
	if s := prepare(t, line, science.SnapshotOptions{Components: 1, Raw: true}); off(s.Transform.Explained, 1, 1e-12) ||
		s.Dim != 1 {
		t.Errorf("one component explains %g of a line", s.Transform.Explained)
	}
}

func TestBadSnapshotOptions(t *testing.T) {
	p := population([]int{4, 5, 6}, 8)
	for _, tc := range []struct {
		options science.SnapshotOptions
		says    string
	}{
		{science.SnapshotOptions{LeaveOut: -1}, "time point -1"},
		{science.SnapshotOptions{LeaveOut: 4}, "time point 4 left out of 3"},
		{science.SnapshotOptions{LeaveOut: 1}, "time point 1, at 0, is the first of 3"},
		{science.SnapshotOptions{LeaveOut: 3}, "time point 3, at 4, is the last of 3"},
		{science.SnapshotOptions{Components: -1}, "-1 principal components"},
		{science.SnapshotOptions{Components: 9}, "9 principal components of 15 cells in 8 dimensions"},
	} {
		_, err := p.Prepare(tc.options)
		if err == nil || !strings.Contains(err.Error(), tc.says) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%+v: %v, want one line with %q", tc.options, err, tc.says)
		}
	}
	wide := population([]int{2, 3, 2}, 5)
	for _, o := range []science.SnapshotOptions{{LeaveOut: 2}, {Components: 5, LeaveOut: 2}} {
		if _, err := wide.Prepare(o); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("4 cells in 5 dimensions, %+v: %v", o, err)
		}
	}
	if _, err := wide.Prepare(science.SnapshotOptions{LeaveOut: 2, Components: 3}); err != nil {
		t.Error(err)
	}
}

// At its times the path is at the chain's points; in between it is straight, and its velocity is the difference
// quotient.
func TestSnapshotPath(t *testing.T) {
	path := science.SnapshotPath{Times: []float64{0, 0.25, 0.75, 1}}
	if !path.KnowsVelocity() {
		t.Error("straight lines have a velocity")
	}
	times := []float32{0, 0.125, 0.25, 0.5, 0.75, 0.875, 1}
	chain := [][]float32{{0, 1}, {2, 1}, {2, 3}, {-1, 3}}
	data := make([][][]float32, len(times))
	for i := range data {
		data[i] = chain
	}
	start, x, velocity, end := curvesAt(t, path, tensors.FromAnyValue(data), times)
	wantX := [][]float64{{0, 1}, {1, 1}, {2, 1}, {2, 2}, {2, 3}, {0.5, 3}, {-1, 3}}
	wantV := [][]float64{{8, 0}, {8, 0}, {0, 4}, {0, 4}, {-12, 0}, {-12, 0}, {-12, 0}}
	if diff := cmp.Diff(wantX, x); diff != "" {
		t.Errorf("points:\n%s", diff)
	}
	if diff := cmp.Diff(wantV, velocity); diff != "" {
		t.Errorf("velocities:\n%s", diff)
	}
	for i := range times {
		if !cmp.Equal(start[i], []float64{0, 1}) || !cmp.Equal(end[i], []float64{-1, 3}) {
			t.Errorf("from %v to %v", start[i], end[i])
		}
	}
	two := science.SnapshotPath{Times: []float64{0, 1}}
	_, x, velocity, _ = curvesAt(t, two, tensors.FromAnyValue([][][]float32{{{0}, {3}}, {{0}, {3}}}), []float32{0.5, 1})
	if !cmp.Equal(x, [][]float64{{1.5}, {3}}) || !cmp.Equal(velocity, [][]float64{{3}, {3}}) {
		t.Errorf("two times: points %v, velocities %v", x, velocity)
	}
}
