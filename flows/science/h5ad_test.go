package science

import (
	"archive/zip"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
)

// annData are the files that anndata wrote and what it reads of them, see testdata of package anndata.
func annData(t *testing.T) (files map[string][]byte, truths map[string]annTruth) {
	t.Helper()
	r, err := zip.OpenReader("../../internal/anndata/testdata/files.zip")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	files, truths = map[string][]byte{}, map[string]annTruth{}
	for _, f := range r.File {
		entry, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if files[f.Name], err = io.ReadAll(entry); err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(f.Name, ".json") {
			if err := json.Unmarshal(files[f.Name], &truths); err != nil {
				t.Fatal(err)
			}
		}
	}
	return files, truths
}

type annTruth struct {
	Columns  map[string][]any
	Genes    []string
	Matrices map[string][2]json.RawMessage
}

// cells are the numbers of a matrix.
func (a annTruth) cells(t *testing.T, name string) (width int, values []float64) {
	t.Helper()
	if err := json.Unmarshal(a.Matrices[name][0], &width); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(a.Matrices[name][1], &values); err != nil {
		t.Fatal(err)
	}
	return width, values
}

// A file of each version of anndata is a population: cells of a matrix at the times in obs. They stand in the order of
// time there.
func TestH5AD(t *testing.T) {
	files, truths := annData(t)
	for name, truth := range truths {
		path := write(t, name+".h5ad", files[name+".h5ad"])
		for _, tc := range []struct {
			inside string
			choice Columns
			matrix string
			note   string
		}{
			{"", Columns{Time: "day"}, "X", "matrix X of 12 cells and 5 columns"},
			{"#X", Columns{Time: "stage"}, "X", `times by the numbers in labels: "day 0" is 0, "day 2" is 2, "day 7" is 7`},
			{"#obsm/X_pca,day", Columns{}, "obsm/X_pca", "others: X, "},
			{"#obsm/X_pca,stage", Columns{Use: []string{"X_pca[0]..X_pca[2]"}}, "obsm/X_pca", ""},
			{"", Columns{Time: "1", Use: []string{"obsm/X_pca"}}, "obsm/X_pca", ""},
		} {
			p, err := ReadSnapshots(path+tc.inside, tc.choice)
			if err != nil {
				t.Errorf("%s%s: %v", name, tc.inside, err)
				continue
			}
			width, cells := truth.cells(t, tc.matrix)
			if got := slices.Concat(p.Cells...); !slices.Equal(got, cells) || p.Dim != width ||
				!slices.Equal(p.Times, []float64{0, 2, 7}) || p.Len(1) != 4 {
				t.Errorf("%s%s: %+v, want %v", name, tc.inside, p, cells)
			}
			if tc.matrix == "X" && !slices.Equal(p.Columns, truth.Genes) {
				t.Errorf("%s: columns %v, want %v", name, p.Columns, truth.Genes)
			}
			if !strings.Contains(strings.Join(p.Notes, "\n"), tc.note) {
				t.Errorf("%s%s: notes %q, want %q", name, tc.inside, p.Notes, tc.note)
			}
		}
	}
}

// Columns are chosen among those of the matrix.
func TestH5ADColumns(t *testing.T) {
	files, truths := annData(t)
	path := write(t, "a.h5ad", files["csr-0-12.h5ad"])
	_, cells := truths["csr-0-12"].cells(t, "X")
	for _, tc := range []struct {
		choice Columns
		use    []int
	}{
		{Columns{Time: "day", Use: []string{"B", "A"}}, []int{1, 0}},
		{Columns{Time: "day", Drop: []string{"A*"}}, []int{1, 4}},
		{Columns{Time: "day", Use: []string{"1..3"}, Drop: []string{"2"}}, []int{0, 2}},
	} {
		var want []float64
		for at := 0; at < len(cells); at += 5 {
			for _, c := range tc.use {
				want = append(want, cells[at+c])
			}
		}
		p, err := ReadSnapshots(path, tc.choice)
		if err != nil || !slices.Equal(slices.Concat(p.Cells...), want) {
			t.Errorf("%+v: %v, %v, want %v", tc.choice, p, err, want)
		}
	}
}

func TestBadH5AD(t *testing.T) {
	files, _ := annData(t)
	path := write(t, "a.h5ad", files["dense-0-12.h5ad"])
	for _, tc := range []struct {
		inside string
		choice Columns
		says   string
	}{
		{"#obsm/no,day", Columns{}, `has no matrix "obsm/no"; it has X, raw/X, layers/counts, obsm/X_pca, obsm/table`},
		{"#X,no", Columns{}, `has no column "no"; it has day, stage, phase`},
		{"#X,day", Columns{Time: "day"}, "named twice"},
		{"#X,day,stage", Columns{}, "with a comma between"},
		{"", Columns{}, `obs column "day" and obs column "stage" may both be the time`},
		{"#X,day", Columns{Use: []string{"no"}}, `matrix X has no column "no"; it has A, B, A-2, A-1, B-1`},
		{"", Columns{Time: "gaps"}, `cell 2, obs column "gaps" has "no value"`},
		{"", Columns{Time: "count"}, `cell 2, obs column "count" has "no value"`},
		{"#X,day", Columns{Order: []string{"a"}}, "an order is for labels"},
		{"", Columns{Time: "phase", Order: []string{"S", "G1"}}, `"G2M" isn't in the order`},
		{"#X,day", Columns{Drop: []string{"1..5"}}, "0 dimensions"},
	} {
		_, err := ReadSnapshots(path+tc.inside, tc.choice)
		checkError(t, fmt.Sprint(tc), err, tc.says)
	}
	p, err := ReadSnapshots(path, Columns{Time: "phase"})
	if err != nil || !slices.Equal(p.Times, []float64{0, 1, 2}) {
		t.Errorf("ordered categories: %v, %v", p, err)
	}
}

// Labels of a table are times by their numbers or by a stated order.
func TestLabelledTimes(t *testing.T) {
	file := write(t, "a.csv", []byte("x;stage\n1;day 10\n2;day 2\n3;day 2\n\n4;day 10\n;\n"))
	p, err := ReadSnapshots(file, Columns{})
	if err != nil || !slices.Equal(p.Times, []float64{2, 10}) || !slices.Equal(p.Cells[1], []float64{1, 4}) {
		t.Fatalf("%+v, %v", p, err)
	}
	p, err = ReadSnapshots(file, Columns{Order: []string{"day 10", "day 2"}})
	if err != nil || !slices.Equal(p.Times, []float64{0, 1}) || !slices.Equal(p.Cells[0], []float64{1, 4}) {
		t.Fatalf("%+v, %v", p, err)
	}
	_, err = ReadSnapshots(write(t, "b.csv", []byte("x|stage\n1|late\n2|early\n")), Columns{})
	ask, ok := err.(ColumnsError)
	if !ok || !slices.Equal(ask.Choice.Order, []string{"late", "early"}) {
		t.Errorf("%v is no question for the order", err)
	}
}

// What stands after # names the arrays of an archive.
func TestNPZInside(t *testing.T) {
	files, _ := readTables(t)
	path := write(t, "arrays.npz", files["arrays.npz"])
	_, err := ReadSnapshots(path, Columns{})
	ask, ok := err.(ColumnsError)
	if !ok {
		t.Fatal(err)
	}
	want, err := ReadSnapshots(path, ask.Choice)
	if err != nil {
		t.Fatal(err)
	}
	got, err := ReadSnapshots(path+"#"+ask.Choice.Use[0]+","+ask.Choice.Time, Columns{})
	if err != nil || got.Hash() != want.Hash() {
		t.Errorf("%v, %v", got, err)
	}
}
