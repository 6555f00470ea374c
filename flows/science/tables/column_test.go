package tables_test

import (
	"archive/zip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/amgen/amgen/flows/science/tables"
)

// TestColumns: labels, numbers and names of cells are read of each kind of file, or refused in one line.
func TestColumns(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"plain.csv":  "day,gene,type,g\n0,1.5,a,1\n0,2.5,\"b, c\",2.5\n3,3.5,NA,-3\n",
		"r.csv":      "\"day\",\"gene\"\n\"c1\",0,1\n\"c2\",0,2\n\"c3\",3,4\n",
		"pandas.csv": ",day,gene\nAAA,0,1\nBBB,0,2\nCCC,3,4\n",
		"ids.tsv":    "barcode\tday\tgene\nx\t0\t1\ny\t0\t2\nz\t3\t4\n",
		"twice.csv":  "cell,day,gene\nx,0,1\nx,0,2\nz,3,4\n",
		"comma.csv":  "day;gene;g\n0;1,5;1,25\n0;2,5;2\n3;3,5;7\n",
		"gap.csv":    "day,gene,g\n0,1,1\n0,2,\n3,4,5\n",
		"inf.csv":    "day,gene,g\n0,1,1\n0,2,inf\n3,4,5\n",
		"both.csv":   ",day,gene,cell\n0,0,1,AAA\n1,0,2,BBB\n2,3,4,CCC\n",
		"index.csv":  ",day,gene,type\n0,0,1,a\n1,0,2,b\n2,3,4,a\n",
		"id.csv":     "index,day,gene,name\n0,0,1,AAA\n1,0,2,BBB\n2,3,4,CCC\n",
		"rows.csv":   "\"day\",\"gene\",\"cell\"\n\"1\",0,1,\"AAA\"\n\"2\",0,2,\"BBB\"\n\"3\",3,4,\"CCC\"\n",
		"one.csv":    "g\n1\n2.5\n-3\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	unpack(t, "csr-0-12.h5ad", filepath.Join(dir, "cells.h5ad"))
	for _, tc := range []struct{ file, column, labels, numbers, names string }{
		{"plain.csv", "type", `["a" "b, c" ""]`, `line 2 has "a"; give numbers`, "[]"},
		{"plain.csv", "g", `["1" "2.5" "-3"]`, "[1 2.5 -3]", "[]"},
		{"plain.csv", "4", `["1" "2.5" "-3"]`, "[1 2.5 -3]", "[]"},
		{"plain.csv", "none", "has no column", "has no column", "[]"},
		{"plain.csv", "ty*", `["a"`, "give numbers", "[]"},
		{"plain.csv", "day..g", "stands for 4 columns", "stands for 4 columns", "[]"},
		{"r.csv", "gene", `["1" "2" "4"]`, "[1 2 4]", `["c1" "c2" "c3"]`},
		{"pandas.csv", "gene", `["1" "2" "4"]`, "[1 2 4]", `["AAA" "BBB" "CCC"]`},
		{"ids.tsv", "day", `["0" "0" "3"]`, "[0 0 3]", `["x" "y" "z"]`},
		{"twice.csv", "cell", `["x" "x" "z"]`, "give numbers", "[]"},
		{"comma.csv", "g", `["1,25" "2" "7"]`, "[1.25 2 7]", "[]"},
		{"gap.csv", "g", `["1" "" "5"]`, `line 3, column 3 ("g") has ""`, "[]"},
		{"inf.csv", "g", `["1" "inf" "5"]`, "Inf; remove the row", "[]"},
		{"both.csv", "day", `["0" "0" "3"]`, "[0 0 3]", `["AAA" "BBB" "CCC"]`},
		{"index.csv", "day", `["0" "0" "3"]`, "[0 0 3]", `["0" "1" "2"]`},
		{"id.csv", "day", `["0" "0" "3"]`, "[0 0 3]", `["AAA" "BBB" "CCC"]`},
		{"rows.csv", "day", `["0" "0" "3"]`, "[0 0 3]", `["AAA" "BBB" "CCC"]`},
		{"one.csv", "g", `["1" "2.5" "-3"]`, "[1 2.5 -3]", "[]"},
		{"cells.h5ad", "phase", `["G1" "S" "G2M" "G1"`, "give numbers", `["cell0" "cell1" "cell2"`},
		{"cells.h5ad", "day", `["0" "0" "0" "0" "2"`, "[0 0 0 0 2", `["cell0" "cell1" "cell2"`},
		{"cells.h5ad", "gaps", `["a" "" "a" ""`, "give numbers", `["cell0"`},
		{"cells.h5ad", "none", "obs has no column", "obs has no column", `["cell0"`},
		{"none.csv", "g", "no such file", "no such file", "no such file"},
		{"a.npy,b.npy", "g", "a pair of arrays has no column", "a pair of arrays has no column", "[]"},
		{"cells.xlsx", "g", "save the sheet as .csv", "save the sheet as .csv", "no such file"},
	} {
		path := filepath.Join(dir, tc.file)
		labels, err := tables.ReadLabels(path, tc.column)
		checkSays(t, tc.file+" "+tc.column+": labels", fmt.Sprintf("%q", labels), err, tc.labels)
		numbers, err := tables.ReadNumbers(path, tc.column)
		checkSays(t, tc.file+" "+tc.column+": numbers", fmt.Sprint(numbers), err, tc.numbers)
		names, err := tables.ReadNames(path, []string{"day", "gene"})
		checkSays(t, tc.file+": names", fmt.Sprintf("%q", names), err, tc.names)
	}
	if names, err := tables.ReadNames(filepath.Join(dir, "ids.tsv"), []string{"barcode"}); names != nil || err != nil {
		t.Errorf("a coordinate names the cells: %q, %v", names, err)
	}
}

// checkSays wants a result, or an error of one line, to begin with or to contain a text.
func checkSays(t *testing.T, what, got string, err error, want string) {
	t.Helper()
	if err != nil {
		got = err.Error()
	}
	if strings.HasPrefix(want, "[") && (err != nil || !strings.HasPrefix(got, want)) ||
		!strings.HasPrefix(want, "[") && (err == nil || !strings.Contains(got, want) || strings.Contains(got, "\n")) {
		t.Errorf("%s: %s, want %s", what, got, want)
	}
}

// unpack writes a file of anndata.
func unpack(t *testing.T, name, path string) {
	t.Helper()
	archive, err := zip.OpenReader("../../../internal/anndata/testdata/files.zip")
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	f, err := archive.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	data, err := io.ReadAll(f)
	if err == nil {
		err = os.WriteFile(path, data, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}
