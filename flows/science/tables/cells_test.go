package tables

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/amgen/amgen/internal/npy"
)

// Columns are found by their names in any order; others may hold anything.
func TestReadCells(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	var npz strings.Builder
	if err := npy.WriteArchive(&npz, npy.Array{Name: "pcs", Shape: []int{2, 3}, Values: []float64{1, 2, 3, 4, 5, 6}},
		npy.Array{Name: "ts", Shape: []int{2}, Values: []float64{7, 8}}); err != nil {
		t.Fatal(err)
	}
	labels := map[string]float64{"Day 1": 1, "Day 2": 2}
	for _, c := range []struct {
		name, text    string
		columns       string
		values, times []float64
		err           string
	}{
		{"a.csv", "b,x,a\n1,q,2\n3,,4\n", "a,b", []float64{2, 1, 4, 3}, nil, ""},
		{"t.tsv", "b\ttime\ta\n1\t5\t2\n3\t6\t4\n", "a,b", []float64{2, 1, 4, 3}, []float64{5, 6}, ""},
		{"l.csv", "time,a\nDay 2,1\nDay 1,2\n", "a", []float64{1, 2}, []float64{2, 1}, ""},
		{"one.csv", "a\n1\n2\n", "a", []float64{1, 2}, nil, ""},
		{"n.npz", npz.String(), "pcs[2],pcs[0]", []float64{3, 1, 6, 4}, nil, ""},
		{"other.csv", "time,a\nDay 3,1\nDay 1,2\n", "a", nil, nil, `"Day 3", which is none of the times`},
		{"gap.csv", "a,b\n1,2\n,3\n", "a,b", nil, nil, "fill the gap"},
		{"word.csv", "a,b\n1,2\nx,3\n", "a,b", nil, nil, `has "x"`},
		{"inf.csv", "a,b\n1,2\ninf,3\n", "a,b", nil, nil, "is +Inf"},
		{"lacks.csv", "a,b\n1,2\n", "a,c", nil, nil, "lacks 1 of 2 columns: c; it has a, b"},
		{"none.csv", "a,b\n", "a,b", nil, nil, "holds 0 cells"},
		{"m.npz", npz.String(), "X[0]", nil, nil, `no array "X"`},
		{"a.txt.gz", "", "a", nil, nil, "unpack it"},
	} {
		got, err := ReadCells(write(c.name, c.text), Wanted{Columns: strings.Split(c.columns, ","), Time: "time",
			TimeLabels: labels})
		if (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s: %v, want %q", c.name, err, c.err)
			continue
		}
		if err == nil && (!slices.Equal(got.Values, c.values) || !slices.Equal(got.Times, c.times)) {
			t.Errorf("%s: got %+v, want %v at %v", c.name, got, c.values, c.times)
		}
	}
	path := write("again.npz", npz.String())
	if got, err := ReadCells(path, Wanted{Columns: []string{"pcs[1]"}, Time: "ts"}); err != nil ||
		!slices.Equal(got.Values, []float64{2, 5}) || !slices.Equal(got.Times, []float64{7, 8}) {
		t.Errorf("got %+v, %v", got, err)
	}
}
