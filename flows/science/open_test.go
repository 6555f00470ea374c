package science_test

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/pkg/core/tensors"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
	"github.com/google/go-cmp/cmp"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/science"
)

// Each problem trains by the objectives that its path allows, its truths have its dimension, and its source is by seed
// and number. The loss of a model is finite.
func TestOpen(t *testing.T) {
	for _, name := range science.Names() {
		o := science.Options{Batch: 8, Seed: 1, Grid: 5, PerTime: 6}
		if strings.HasPrefix(name, "snapshots:") {
			name = "snapshots:testdata/guo.csv"
		}
		if science.HasSnapshots(name) {
			o.Embryo, o.Snapshots = "testdata/guo.csv", science.SnapshotOptions{LeaveOut: 3, Components: 4}
		}
		if !science.Known(name) {
			t.Errorf("%s isn't known", name)
		}
		p, err := science.Open(name, o)
		if err != nil {
			t.Fatal(err)
		}
		for _, estimator := range []flows.Estimator{flows.Boundary, flows.Pathwise} {
			model := flows.Model{Action: flows.MLP{Hidden: []int{8}}.Action(), Path: p.Path,
				Objective: flows.ActionMatching{Estimator: estimator}}
			trainer, err := flows.NewTrainer(testBackend(t), mlcontext.New(), model, flows.TrainerConfig{})
			if (err == nil) != (estimator == flows.Boundary || p.Path.KnowsVelocity()) {
				t.Fatalf("%s, %s estimator: %v", name, estimator, err)
			}
			if err == nil {
				err = trainer.Run(t.Context(), p.Dataset, 2)
				if err != nil {
					t.Errorf("%s, %s estimator: %v", name, estimator, err)
				}
			}
		}
		last := -1.0
		for _, m := range p.Marginals {
			x, err := m.Points(1, 7)
			if err != nil {
				t.Fatal(err)
			}
			want := m.Count
			if want == 0 {
				want = 7
			}
			if diff := cmp.Diff([]int{want, p.Dim}, x.Shape().Dimensions); diff != "" || m.Time <= last || m.Time < 0 {
				t.Errorf("%s at %g after %g:\n%s", name, m.Time, last, diff)
			}
			last = m.Time
		}
		if last != 1 {
			t.Errorf("%s: the last truth is at %g, want 1", name, last)
		}
		all, err := p.Source(3, 0, 30)
		if err != nil {
			t.Fatal(err)
		}
		part, err := p.Source(3, 21, 2)
		if err != nil {
			t.Fatal(err)
		}
		flat := tensors.MustCopyFlatData[float32](all)
		if diff := cmp.Diff(flat[21*p.Dim:23*p.Dim], tensors.MustCopyFlatData[float32](part)); diff != "" {
			t.Errorf("%s: points 21 and 22 of the source alone are others:\n%s", name, diff)
		}
		for _, bad := range [][2]int{{-1, 1}, {0, 0}} {
			if _, err := p.Source(1, bad[0], bad[1]); err == nil {
				t.Errorf("%s: no error for points %v of the source", name, bad)
			}
		}
	}
}

// The embryos' source is the cells of the first stage; what is left out is told, and none of its cells is in a batch.
func TestOpenSnapshots(t *testing.T) {
	p, err := science.Open("snapshots:testdata/guo.csv", science.Options{Snapshots: science.SnapshotOptions{LeaveOut: 4,
		Components: 5}})
	if err != nil {
		t.Fatal(err)
	}
	first, _ := p.Marginals[0].Points(0, 0)
	source, err := p.Source(1, 0, 38)
	if err != nil {
		t.Fatal(err)
	}
	rows := func(x *tensors.Tensor) [][]float32 {
		list := slices.Collect(slices.Chunk(tensors.MustCopyFlatData[float32](x), p.Dim))
		slices.SortFunc(list, slices.Compare[[]float32])
		return list
	}
	twice := slices.Concat(rows(first), rows(first))
	slices.SortFunc(twice, slices.Compare[[]float32])
	if diff := cmp.Diff(twice, rows(source)); diff != "" {
		t.Error(diff)
	}
	held := map[float32]bool{}
	for _, v := range tensors.MustCopyFlatData[float32](p.Snapshots.Points(3)) {
		held[v] = true
	}
	for range 10 {
		_, inputs, _, _ := p.Dataset.Yield()
		for _, v := range tensors.MustCopyFlatData[float32](inputs[0]) {
			if held[v] {
				t.Fatalf("a batch holds %g of the cells left out", v)
			}
		}
	}
	for k, m := range p.Marginals {
		if m.LeftOut != (k == 3) || m.Count != p.Snapshots.Len(k) {
			t.Errorf("time point %d: left out %t, %d cells", k, m.LeftOut, m.Count)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	for name, o := range map[string]science.Options{
		"circles":         {},
		"snapshots:":      {},
		"snapshots:FILE":  {},
		"embryo":          {},
		"moons":           {Snapshots: science.SnapshotOptions{Components: 2}},
		"checkerboard":    {Batch: -1},
		"mass-mixture":    {Batch: 1 << 30},
		"hydrogen":        {Grid: 1},
		"pinwheel":        {Batch: -5},
		"gaussian ":       {},
		"eight-gaussians": {Snapshots: science.SnapshotOptions{LeaveOut: 1}},
	} {
		_, err := science.Open(name, o)
		if err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s, %+v: %v", name, o, err)
		}
	}
	if _, err := science.Open("circles", science.Options{}); !strings.Contains(err.Error(), "eight-gaussians") {
		t.Errorf("%v doesn't say what exists", err)
	}
	if science.Known("mnist") {
		t.Error("mnist is known here")
	}
}

// TestHydrogenSource: a point of a seed is the same in any batch.
func TestHydrogenSource(t *testing.T) {
	p, err := science.Open("hydrogen", science.Options{Batch: 8, Seed: 1, Grid: 5, PerTime: 6})
	if err != nil {
		t.Fatal(err)
	}
	source := func(first, count int) []float32 {
		t.Helper()
		x, err := p.Source(7, first, count)
		if err != nil {
			t.Fatal(err)
		}
		return tensors.MustCopyFlatData[float32](x)
	}
	all := source(0, 200)
	for _, part := range [][2]int{{0, 1}, {1, 62}, {63, 2}, {64, 64}, {65, 1}, {100, 100}, {199, 1}} {
		first, count := part[0], part[1]
		if diff := cmp.Diff(all[3*first:3*(first+count)], source(first, count)); diff != "" {
			t.Errorf("points %d to %d are others alone:\n%s", first, first+count-1, diff)
		}
	}
}

// TestSnapshotSource: samples start from all over a file whose rows are sorted, from each cell once in a pass, and a
// sample of a seed from the same cell in any batch.
func TestSnapshotSource(t *testing.T) {
	const cells = 400
	file := filepath.Join(t.TempDir(), "sorted.csv")
	var text strings.Builder
	text.WriteString("time,a,b\n")
	for i := range cells {
		fmt.Fprintf(&text, "0,%d,0.5\n", i)
	}
	text.WriteString("1,7,1\n1,9,2\n1,3,1\n")
	if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := science.Open("snapshots:"+file, science.Options{Batch: 2, Seed: 1,
		Snapshots: science.SnapshotOptions{Raw: true}})
	if err != nil {
		t.Fatal(err)
	}
	source := func(seed int64, first, count int) (rows []int) {
		t.Helper()
		x, err := p.Source(seed, first, count)
		if err != nil {
			t.Fatal(err)
		}
		flat := tensors.MustCopyFlatData[float32](x)
		for i := 0; i < len(flat); i += 2 {
			rows = append(rows, int(flat[i]))
		}
		return rows
	}
	all := source(7, 0, 3*cells)
	for pass := range 3 {
		for i, row := range slices.Sorted(slices.Values(all[pass*cells : (pass+1)*cells])) {
			if i != row {
				t.Fatalf("pass %d lacks cell %d", pass, i)
			}
		}
	}
	sum := 0
	for _, row := range all[:64] {
		sum += row
	}
	// The mean of 64 of 0 … 399 is 199.5 ± 13.2 in an order by chance.
	if mean := float64(sum) / 64; math.Abs(mean-199.5) > 4*13.2 {
		t.Errorf("the first 64 samples start from row %.0f on average, want 199.5", mean)
	}
	for _, part := range [][2]int{{0, 1}, {1, 62}, {399, 3}, {800, 64}} {
		first, count := part[0], part[1]
		if diff := cmp.Diff(all[first:first+count], source(7, first, count)); diff != "" {
			t.Errorf("samples %d to %d start elsewhere alone:\n%s", first, first+count-1, diff)
		}
	}
	if slices.Equal(all[:64], source(8, 0, 64)) {
		t.Error("another seed starts from the same cells in the same order")
	}
}

// TestOwnPath: a problem has a path of its own if and only if the one that Open gives doesn't start from noise.
func TestOwnPath(t *testing.T) {
	for _, name := range science.Names() {
		if science.HasSnapshots(name) {
			continue // needs a file
		}
		problem, err := science.Open(name, science.Options{Batch: 1, Grid: 2, PerTime: 1})
		if err != nil {
			t.Fatal(err)
		}
		_, fromNoise := problem.Path.(flows.NormalSource)
		path, own := science.OwnPath(name)
		if own == fromNoise || own && reflect.TypeOf(path) != reflect.TypeOf(problem.Path) {
			t.Errorf("%s: own path %v, %t, and Open gives %T", name, path, own, problem.Path)
		}
	}
	if path, own := science.OwnPath("snapshots:cells.csv"); !own ||
		reflect.TypeOf(path) != reflect.TypeFor[science.SnapshotPath]() {
		t.Errorf("snapshots: got %v, %t", path, own)
	}
	for _, name := range []string{"", "mnist", "snapshots", "folder:hydrogen"} {
		if path, own := science.OwnPath(name); own {
			t.Errorf("%q: got %v", name, path)
		}
	}
}
