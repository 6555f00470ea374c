package science

import (
	"archive/zip"
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/sbinet/npyio/npy"
	"gonum.org/v1/gonum/mat"

	"github.com/amgen/amgen/flows/science/tables"
)

// rawNPY is a NumPy file with any header.
func rawNPY(header string, body []byte) []byte {
	return append([]byte("\x93NUMPY\x01\x00"+string([]byte{byte(len(header)), byte(len(header) >> 8)})+header), body...)
}

func npyHead(descr, order, shape string) string {
	return fmt.Sprintf("{'descr': '%s', 'fortran_order': %s, 'shape': (%s), }\n", descr, order, shape)
}

// npyOf is what the library writes.
func npyOf(t testing.TB, value any) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := npy.Write(&b, value); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func npzOf(t testing.TB, entries map[string][]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range []string{"pcs", "sample_labels", "other"} {
		if data, ok := entries[name]; ok {
			f, err := w.Create(name + ".npy")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := f.Write(data); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// write puts data in a file of a temporary folder.
func write(t testing.TB, name string, data []byte) string {
	t.Helper()
	name = filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

var small = []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10} // 5 cells of 2 dimensions

// One population in three formats.
func TestReadSnapshots(t *testing.T) {
	cells, times := npyOf(t, mat.NewDense(5, 2, small)), npyOf(t, []int64{2, 0, 2, 1, 0})
	want := &Population{Dim: 2, Times: []float64{0, 1, 2}, Cells: [][]float64{{3, 4, 9, 10}, {7, 8}, {1, 2, 5, 6}},
		Rows: [][]int{{1, 4}, {3}, {0, 2}}}
	pair := write(t, "cells.npy", cells) + "," + write(t, "times.npy", times)
	files := map[string][]string{
		write(t, "a.npz", npzOf(t, map[string][]byte{"pcs": cells, "sample_labels": times})): nil,
		pair: nil,
		write(t, "a.csv", []byte("\uFEFFx,Day, y\n1,2,2\n3,0,4\n# a comment\n5,2,6\n7,1.0,8\n\n9,0e0,10\n")): {"x",
			"y"},
		write(t, "b.csv", []byte("stage,x,y\r\n2,1,2\r\n0,3,4\r\n2,5,6\r\n1,7,8\r\n0,9,10\r\n")): {"x", "y"},
		write(t, "c.csv", []byte("2,1,2\n0,3,4\n2,5,6\n1,7,8\n0,9,10")):                          nil,
	}
	for file, columns := range files {
		got, err := ReadSnapshots(file, Columns{})
		if err != nil {
			t.Error(err)
			continue
		}
		want.Name, want.wide, want.Columns = got.Name, got.wide, columns
		want.Labels, want.Time, want.Notes = got.Labels, got.Time, got.Notes
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(Population{})); diff != "" {
			t.Errorf("%s:\n%s", file, diff)
		}
	}
}

// What the reader of arrays takes, but a population can't be made of.
func TestBadNPY(t *testing.T) {
	for name, tc := range map[string]struct {
		data []byte
		says string
	}{
		"three axes": {rawNPY(npyHead("<f8", "False", "2, 2, 1"), make([]byte, 32)), "one or two dimensions"},
		"too many":   {rawNPY(npyHead("<f8", "False", "134217729,"), make([]byte, 32)), "beyond the 134217728 numbers"},
		"text":       {[]byte("1,2,3\n4,5,6\n7,8,9\n"), "no NumPy array"},
	} {
		path := write(t, "cells.npy", tc.data)
		_, err := ReadSnapshots(path+","+path, Columns{})
		checkError(t, name, err, tc.says)
	}
}

func checkError(t *testing.T, name string, err error, says string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "\n") {
		t.Errorf("%s: %v, want one line with %q", name, err, says)
	}
}

// Every bad file is one line that names the row, column or array.
func TestBadSnapshots(t *testing.T) {
	cells, times := npyOf(t, mat.NewDense(5, 2, small)), npyOf(t, []float64{2, 0, 2, 1, 0})
	gap := npyOf(t, mat.NewDense(5, 2, []float64{1, 2, 3, 4, 5, math.NaN(), 7, 8, 9, 10}))
	npz := func(pcs, labels []byte) []byte {
		return npzOf(t, map[string][]byte{"pcs": pcs, "sample_labels": labels})
	}
	for _, tc := range []struct {
		file string
		data []byte
		says string
	}{
		{"none.npz", npzOf(t, map[string][]byte{"sample_labels": times, "other": cells}),
			`no array "pcs", but "sample_labels", "other"`},
		{"labels.npz", npzOf(t, map[string][]byte{"pcs": cells}), `no array "sample_labels"`},
		{"empty.npz", npzOf(t, nil), `no array "pcs", but nothing`},
		{"text.npz", []byte("time,x\n0,1\n"), "no .npz"},
		{"cut.npz", npz(cells, times)[:200], "cut off"},
		{"nan.npz", npz(gap, times), `array "pcs", row 2, column 1 is NaN`},
		{"nantime.npz", npz(cells, npyOf(t, []float64{2, 0, math.NaN(), 1, 0})), `array "sample_labels", row 2 is NaN`},
		{"inftime.npz", npz(cells, npyOf(t, []float64{2, 0, 1, 1, math.Inf(1)})),
			`array "sample_labels", row 4 is +Inf`},
		{"one.npz", npz(cells, npyOf(t, []int32{3, 3, 3, 3, 3})), `all 5 cells have array "sample_labels" = 3`},
		{"short.npz", npz(cells, npyOf(t, []int32{3, 3, 3, 3})),
			`array "pcs" has 5 cells, array "sample_labels" 4 times`},
		{"flat.npz", npz(times, times), `array "pcs" has shape [5]`},
		{"square.npz", npz(cells, cells), `array "sample_labels" has shape [5 2]`},
		{"words.npz", npz(cells, rawNPY(npyHead("<U1", "False", "5,"), make([]byte, 20))),
			`array "sample_labels" with elements of type`},
		{"void.npz", npz(rawNPY(npyHead("<f8", "False", "0, 2"), nil), rawNPY(npyHead("<f8", "False", "0,"), nil)),
			"0 cells"},
		{"rounding.npz", npz(cells, npyOf(t, []float64{0.3, math.Nextafter(0.3, 1), 1, 0, 1})),
			`array "sample_labels", row 0 is 0.3 and array "sample_labels", row 1 is 0.30000000000000004`},

		{"empty.csv", nil, "an empty file"},
		{"head.csv", []byte("time,x\n"), "0 cells"},
		{"single.csv", []byte("time\n1\n2\n"), "line 1 has a single column"},
		{"bar.csv", []byte("time x|y\n1 2|3\n"), "no column is named as times"},
		{"spaces.csv", []byte("time x\n1 2\n"), "commas between, not spaces"},
		{"ragged.csv", []byte("time,x\n0,1\n1,2,3\n"), "line 3 has 3 columns, those above 2"},
		{"nan.csv", []byte("time,x,y\n0,1,2\n# c\n1,2,nan\n"), `line 4, column 3 ("y") is NaN`},
		{"gap.csv", []byte("x,time,y\n0,0,2\n,1,3\n"), `line 3, column 1 ("x") has ""`},
		{"word.csv", []byte("time,cell,x\n0,1,2\n1,c2,3\n"), `column 2 ("cell") is to be used, but line 3 has "c2"`},
		{"stage.csv", []byte("x,stage\n0,2C\n1,late\n"), `column 2 ("stage") is the time, but "late" has no number`},
		{"mixed.csv", []byte("x,stage\n0,2C\n1,4\n"), `column 2 ("stage") is the time, but line 2 has "2C"`},
		{"stages.csv", []byte("x,stage,Time\n0,2C,a\n1,4C,b\n"), `("stage") and column 3 ("Time") may both be the time`},
		{"first.csv", []byte("cell,x\nc1,2\nc2,3\n"), `no column is named as times are`},
		{"inf.csv", []byte("time,x\n0,1\n1e999,2\n"), `line 3, column 1 ("time") is +Inf`},
		{"huge.csv", []byte("0,1\n1,-1e999\n"), `line 2, column 2 is -Inf`},
		{"twice.csv", []byte("time,x,Stage\n0,1,0\n1,2,1\n"),
			`column 1 ("time") and column 3 ("Stage") may both be the time`},
		{"weighted.csv", []byte("time,x,log_weight\n0,1,0\n1,2,1\n"), `column 3 ("log_weight") has the weights`},
		{"same.csv", []byte("time,x,x\n0,1,0\n1,2,1\n"), `columns 2 and 3 are both named "x"`},
		{"one.csv", []byte("x,day\n0,7\n1,7\n"), `all 2 cells have column 2 ("day") = 7`},
		{"quote.csv", []byte("time,x\n0,\"1\n1,2\n"), "line"},

		{"file.dat", []byte("0,1\n"), "give a .csv, .tsv, .txt, .h5ad or .npz"},
		{"matrix.mtx.gz", []byte("%%MatrixMarket"), "scanpy.read_10x_mtx"},
		{"cells.csv.gz", []byte("time,x"), "unpack it first"},
		{"cells.parquet", []byte("PAR1"), "pandas.read_parquet"},
		{"cells.h5ad", []byte("time,x\n0,1\n"), "cells.h5ad has no HDF5"},
	} {
		_, err := ReadSnapshots(write(t, tc.file, tc.data), Columns{})
		checkError(t, tc.file, err, tc.says)
	}
	for name, says := range map[string]string{
		"missing.npz": "no such file", "missing.csv": "no such file", "missing.npy,times.npy": "no such file",
		"cells.npy,times.csv": `"times.csv" in a pair`, "": "give a .csv, .tsv, .txt, .h5ad or .npz",
	} {
		_, err := ReadSnapshots(name, Columns{})
		checkError(t, name, err, says)
	}
	_, err := ReadSnapshots(write(t, "cells.npy", cells)+","+write(t, "times.npy", []byte("0\n1\n2\n0\n1\n")),
		Columns{})
	checkError(t, "pair", err, "times.npy has no NumPy array")
}

// Whatever comes in, a reader returns a sound population or one line.
func checkRead(t *testing.T, table *tables.Table, err error) {
	var p *Population
	if err == nil {
		p, err = population(table)
	}
	if err != nil {
		if strings.Contains(err.Error(), "\n") || !strings.HasPrefix(err.Error(), "science: ") {
			t.Errorf("error %q", err)
		}
		return
	}
	cells := 0
	for k, c := range p.Cells {
		if len(c) == 0 || len(c)%p.Dim != 0 || k > 0 && !(p.Times[k] > p.Times[k-1]) {
			t.Errorf("time %d of %v has %d numbers of dimension %d", k, p.Times, len(c), p.Dim)
		}
		cells += p.Len(k)
		for _, v := range c {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				t.Errorf("coordinate %v", v)
			}
		}
	}
	if len(p.Times) < 2 || len(p.Cells) != len(p.Times) || cells != len(table.Times) {
		t.Errorf("%d times and %d cells of %d", len(p.Times), cells, len(table.Times))
	}
}

func FuzzCSV(f *testing.F) {
	for _, seed := range []string{"time,x\n0,1\n1,2\n", "0,1\n1,2\n", "x,\"da\ny\"\n\"1\",2", "# c\nt,x\n0,nan\n",
		"\uFEFFt,T\n", "a,t\n1e999,0\n1,-0\n", "x;day\n1;day 10\n2;day 2\n", "x|Day\n1|a-b\n2|0-3\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		table, err := tables.Parse("f.csv", data, "", Columns{})
		checkRead(t, table, err)
	})
}

func FuzzNPZ(f *testing.F) {
	cells, times := npyOf(f, mat.NewDense(5, 2, small)), npyOf(f, []float64{2, 0, 2, 1, 0})
	f.Add(npzOf(f, map[string][]byte{"pcs": cells, "sample_labels": times}))
	f.Add(npzOf(f, map[string][]byte{"pcs": times, "other": cells}))
	f.Fuzz(func(t *testing.T, data []byte) {
		table, err := tables.Parse("f.npz", data, "", Columns{})
		checkRead(t, table, err)
	})
}

func FuzzPoints(f *testing.F) {
	for _, seed := range []string{"x,y\n0,1\n1,2\n", "x1\n1\n2\n", "# x;y\n0,5;1\n",
		"time,x,log_weight\n0,1,0\n1,2,-1\n", "\xff\xfex\x00\n\x001\x00", "sep=;\n1;2\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := tables.ParsePoints("f.csv", data)
		if err != nil {
			if strings.Contains(err.Error(), "\n") || !strings.HasPrefix(err.Error(), "science: ") {
				t.Errorf("error %q", err)
			}
			return
		}
		n := len(p.X) / max(1, p.Dim)
		if p.Dim < 1 || n < 1 || len(p.X)%p.Dim != 0 || p.LogWeights != nil && len(p.LogWeights) != n {
			t.Errorf("%d numbers of %d dimensions, %d weights", len(p.X), p.Dim, len(p.LogWeights))
		}
		for _, v := range p.X {
			if tables.CheckCoordinate(v) != nil {
				t.Errorf("coordinate %v", v)
			}
		}
	})
}
