package science

import (
	"archive/zip"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// tableTruth is what pandas and NumPy read of a file of tables.zip, or words of the error that it deserves.
type tableTruth struct {
	Choice  Columns
	Time    string
	Columns []string
	Times   []float64
	Counts  []int
	Means   [][]float64
	Says    string

	Snapshots bool
	Points    [][]float64 // of files of points alone
	Weights   []float64
}

// readTables reads the files that testdata/tables.py wrote.
func readTables(t testing.TB) (files map[string][]byte, truth map[string]tableTruth) {
	t.Helper()
	r, err := zip.OpenReader("testdata/tables.zip")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	files = map[string][]byte{}
	for _, f := range r.File {
		entry, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if files[f.Name], err = io.ReadAll(entry); err != nil {
			t.Fatal(err)
		}
		entry.Close()
	}
	if err := json.Unmarshal(files["truth.json"], &truth); err != nil {
		t.Fatal(err)
	}
	delete(files, "truth.json")
	if len(files) < 80 || len(truth) != len(files) {
		t.Fatalf("%d files, %d truths", len(files), len(truth))
	}
	return files, truth
}

// Files as pandas, NumPy, R and Excel write them hold what pandas reads: the times, the cells of each, and the mean of
// each coordinate at each. What is no coordinate, or can't be known, is one line that says so.
func TestTables(t *testing.T) {
	files, truth := readTables(t)
	for name, want := range truth {
		if !want.Snapshots {
			continue
		}
		p, err := ReadSnapshots(write(t, name, files[name]), want.Choice)
		if want.Says != "" {
			if err == nil { // or no transform is right
				_, err = p.Prepare(SnapshotOptions{})
			}
			checkError(t, name, err, want.Says)
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got := tableTruth{Choice: want.Choice, Time: p.Time, Columns: p.Columns, Times: p.Times, Snapshots: true}
		if got.Columns == nil {
			got.Columns = p.Labels
		}
		if name == "header-none.csv" { // pandas counts from 0
			got.Time, got.Columns = want.Time, want.Columns
		}
		for k, cells := range p.Cells {
			got.Counts = append(got.Counts, p.Len(k))
			means := make([]float64, p.Dim)
			for i, v := range cells {
				means[i%p.Dim] += v / float64(p.Len(k))
			}
			got.Means = append(got.Means, means)
		}
		near := cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) <= 1e-9*(1+math.Abs(b)) })
		if diff := cmp.Diff(want, got, near); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

// What is left out, and what was done to a file, is told.
func TestNotes(t *testing.T) {
	files, _ := readTables(t)
	for name, says := range map[string]string{
		"barcodes.csv": "left out, text: Unnamed: 0", "barcodes-named.csv": "left out, text: cell, batch, doublet",
		"latin1.csv":  "Latin-1",
		"utf16le.csv": "UTF-16", "decimal-commas.csv": "commas in numbers",
		"trailing.csv": "left out, empty: Unnamed: 5", "savetxt.csv": "line 1, which begins with #",
		"write.table.csv": "it names the rows", "tabs.csv": `separated by '\t'`,
		"empty-end.csv": "empty rows at the end left out: 3",
	} {
		p, err := ReadSnapshots(write(t, name, files[name]), Columns{})
		if err != nil {
			t.Error(err)
		} else if !strings.Contains(strings.Join(p.Notes, "\n"), says) {
			t.Errorf("%s: notes %q, want %q", name, p.Notes, says)
		}
	}
}

// A choice that an error proposes settles it.
func TestProposedChoice(t *testing.T) {
	files, _ := readTables(t)
	for name, times := range map[string][]float64{
		"unknown.csv": {0, 1.5, 4}, "index.csv": {0, 1.5, 4}, "index-named.csv": {0, 1.5, 4}, "X.csv": {0, 1.5, 4},
		"arrays.npz": {0, 1.5, 4}, "cell_id.csv": {0, 1.5, 4},
		"arrays-index.npz": {0, 1.5, 4}, "level_0.csv": {0, 1.5, 4},
	} {
		file := write(t, name, files[name])
		_, err := ReadSnapshots(file, Columns{})
		ask, ok := err.(ColumnsError)
		if !ok {
			t.Errorf("%s: %v is no ColumnsError", name, err)
			continue
		}
		p, err := ReadSnapshots(file, ask.Choice)
		if err != nil || !cmp.Equal(p.Times, times) || p.Dim != 4 {
			t.Errorf("%s: %+v gives %v, want times %v of 4 dimensions", name, ask.Choice, err, times)
		}
	}
}

// Points by themselves are what pandas reads: of several times the last, with their weights.
func TestReadPoints(t *testing.T) {
	files, truth := readTables(t)
	tried := 0
	for name, want := range truth {
		if want.Snapshots || !strings.HasPrefix(name, "points") {
			continue
		}
		tried++
		p, err := ReadPoints(write(t, name, files[name]))
		if want.Says != "" {
			checkError(t, name, err, want.Says)
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got := tableTruth{Columns: p.Columns, Weights: p.LogWeights}
		for i := 0; i < len(p.X); i += p.Dim {
			got.Points = append(got.Points, p.X[i:i+p.Dim])
		}
		near := cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) <= 1e-9*(1+math.Abs(b)) })
		if diff := cmp.Diff(want, got, near); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
	if tried < 8 {
		t.Errorf("%d files of points", tried)
	}
}

// The way back from two principal components is the projection that NumPy's singular value decomposition gives, in the
// file's units; from standardised columns it is the cells themselves.
func TestInvert(t *testing.T) {
	files, truth := readTables(t)
	p, err := ReadSnapshots(write(t, "components.csv", files["components.csv"]), Columns{})
	if err != nil {
		t.Fatal(err)
	}
	var cells []float64
	for _, c := range p.Cells {
		cells = append(cells, c...)
	}
	for components, want := range map[int][]float64{2: slices.Concat(truth["components.csv"].Points...), 4: cells,
		0: cells} {
		s, err := p.Prepare(SnapshotOptions{Components: components})
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range s.Transform.Invert(narrow(slices.Concat(s.Cells...))) {
			if math.Abs(v-want[i]) > 1e-5*(1+math.Abs(want[i])) { // the learned coordinates are float32
				t.Fatalf("%d components: number %d is %g, want %g", components, i, v, want[i])
			}
		}
	}
}

// Wide tables take time in proportion to their columns: 2·10⁵ of them took more than a minute when each name was looked
// for among all.
func TestManyColumns(t *testing.T) {
	const columns = 200_000
	var b strings.Builder
	b.WriteString("time")
	for i := range columns {
		fmt.Fprintf(&b, ",gene%d", i)
	}
	for row := range 4 {
		fmt.Fprintf(&b, "\n%d", row%2)
		for i := range columns {
			fmt.Fprintf(&b, ",%d", (i*row)%7)
		}
	}
	began := time.Now()
	p, err := ReadSnapshots(write(t, "wide.csv", []byte(b.String())), Columns{Drop: []string{"gene7", "gene1*"}})
	if err != nil || p.Len(0) != 2 || p.Dim != columns-1-111_111 { // 1, 10 to 19, …, 100000 to 199999
		t.Fatalf("%v, %v", p, err)
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("%d columns took %v", columns, took)
	}
}

// A population has a bounded number of times: each batch has a cell of each.
func TestManyTimes(t *testing.T) {
	var b strings.Builder
	b.WriteString("time,x")
	for i := range 2 * 1200 {
		fmt.Fprintf(&b, "\n%d,%g", i/2, math.Sin(float64(i)))
	}
	_, err := ReadSnapshots(write(t, "times.csv", []byte(b.String())), Columns{})
	checkError(t, "1200 times", err, "1200 times, beyond the 1000")
}

// What is no file of a table is named, and neither opened for ever nor read for ever.
func TestNoTable(t *testing.T) {
	dir := t.TempDir()
	for name, says := range map[string]string{"folder.csv": "is a directory", "zero.csv": "is a device",
		"zero.h5ad": "is a device"} {
		path := filepath.Join(dir, name)
		var err error
		if name == "folder.csv" {
			err = os.Mkdir(path, 0o700)
		} else {
			err = os.Symlink("/dev/zero", path)
		}
		if err != nil {
			t.Skip(err)
		}
		_, err = ReadSnapshots(path, Columns{})
		checkError(t, name, err, says)
		_, err = ReadPoints(path)
		checkError(t, name, err, says)
	}
	for head, says := range map[string]string{"\x1f\x8b\x08\x00": "a file compressed by gzip; unpack it first",
		"": "an empty file", "time,x\n": "has no HDF5 in it", "\x89HDF\r\n\x1a\n": "a cut off beginning"} {
		_, err := ReadSnapshots(write(t, "cells.h5ad", []byte(head)), Columns{})
		checkError(t, head, err, says)
	}
	for name, data := range map[string][]byte{
		"git-lfs": []byte("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n"),
		"HTML":    []byte("<!DOCTYPE html>\n<html><body>404, 5</body></html>\n"),
		"gzip":    []byte("\x1f\x8b\x08\x00"), "Excel workbook": []byte(
			"PK\x03\x04\x14\x00\x06\x00\x08\x00[Content_Types].xml"), "UTF-32": []byte("\xff\xfe\x00\x00t\x00\x00\x00"),
		"HDF5": []byte("\x89HDF\r\n\x1a\n"), "no text": []byte("time,x\n0,\x00\n"), "empty": {},
	} {
		_, err := ReadSnapshots(write(t, "a.csv", data), Columns{})
		checkError(t, name, err, name)
	}
}
