package anndata

import (
	"bytes"
	"encoding/json"
	"errors"
	"iter"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// example has a column of each kind, names outside of ASCII, gaps, a text longer than a collection of a heap.
func example() Annotated {
	blocks := func(yield func([]float64, error) bool) {
		_ = yield([]float64{1, 2}, nil) && yield([]float64{3, 4, 5, 6}, nil)
	}
	return Annotated{
		ObsNames: []string{"a", "b", "Zelle ü"}, VarNames: []string{"Sox2", "Nanog"},
		X:      []float32{1, 2.5, -3, 4, float32(math.Inf(1)), 6},
		Layers: []Named{{Name: "velocity", Values: iter.Seq2[[]float64, error](blocks)}},
		Obsm:   []Named{{Name: "X_pca", Width: 3, Values: []float64{1, 2, 3, 4, 5, 6, 7, 8, 9}}},
		Obs: []Field{{"time", []float64{0, 1.5, 3}}, {"cell", []int64{0, 1 << 40, -3}},
			{"kept", []bool{true, false, true}},
			{"label", []string{"x", "", strings.Repeat("é", 40000)}},
			{"fate", Categories{Codes: []int{1, -1, 0}, Names: []string{"early", "late"}, Ordered: true}},
			{"day/h", []float32{1, 2, 3}}},
		Var: []Field{{"mean", []float64{0.5, 0.25}}},
		Uns: []Field{{"data", "cells.csv"}, {"delta", 0.25}, {"step", int64(7)}, {"times", []float64{0, 1}}},
	}
}

// What is written is read as it was.
func TestWriteRead(t *testing.T) {
	var buffer bytes.Buffer
	if err := Write(&buffer, example()); err != nil {
		t.Fatal(err)
	}
	f, err := open(buffer.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]any{"time": {0., 1.5, 3.}, "cell": {0., float64(1 << 40), -3.}, "kept": {1., 0., 1.},
		"label": {"x", "", strings.Repeat("é", 40000)}, "fate": {"late", nil, "early"}, "day/h": {1., 2., 3.}}
	if f.Cells != 3 || len(f.Columns()) != len(want) {
		t.Errorf("%d cells with columns %v", f.Cells, f.Columns())
	}
	for name, values := range want {
		c, err := f.Column(name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if got := plain(c); !slices.Equal(got, values) {
			t.Errorf("%s: got %.100v, want %.100v", name, got, values)
		}
	}
	if c, err := f.Column("fate"); err == nil && !slices.Equal(c.Ordered, []string{"early", "late"}) {
		t.Errorf("ordered %v", c.Ordered)
	}
	checkMatrix(t, f, "X", 2, []float64{1, 2.5, -3, 4, math.Inf(1), 6})
	checkMatrix(t, f, "layers/velocity", 2, []float64{1, 2, 3, 4, 5, 6})
	checkMatrix(t, f, "obsm/X_pca", 3, []float64{1, 2, 3, 4, 5, 6, 7, 8, 9})
	if m, err := f.Matrix("X"); err != nil || !slices.Equal(m.Names, []string{"Sox2", "Nanog"}) {
		t.Errorf("%+v, %v", m, err)
	}
}

// The same in Python by anndata, if it is there.
func TestWriteForAnndata(t *testing.T) {
	python := os.Getenv("AMGEN_TEST_PYTHON")
	if python == "" {
		python = "python3"
	}
	if err := exec.Command(python, "-c", "import anndata").Run(); err != nil {
		t.Skipf("%s has no anndata: pip install anndata, or name another by AMGEN_TEST_PYTHON", python)
	}
	path := filepath.Join(t.TempDir(), "a.h5ad")
	var buffer bytes.Buffer
	if err := errors.Join(Write(&buffer, example()), os.WriteFile(path, buffer.Bytes(), 0o600)); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(python, "-W", "ignore", "testdata/show.py", path).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var got map[string]any
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	text, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"X":[["float32",3,2],["1.0","2.5","-3.0","4.0","inf","6.0"]],` +
		`"layers/velocity":[["float64",3,2],["1.0","2.0","3.0","4.0","5.0","6.0"]],` +
		`"obs":["a","b","Zelle ü"],` +
		`"obs/cell":[["int64"],["0","1099511627776","-3"]],"obs/day/h":[["float32"],["1.0","2.0","3.0"]],` +
		`"obs/fate":[["category",true,"early","late"],["late","nan","early"]],` +
		`"obs/kept":[["bool"],["True","False","True"]],"obs/label":[["text"],["x","","80000 bytes"]],` +
		`"obs/time":[["float64"],["0.0","1.5","3.0"]],` +
		`"obsm/X_pca":[["float64",3,3],["1.0","2.0","3.0","4.0","5.0","6.0","7.0","8.0","9.0"]],` +
		`"uns/data":"cells.csv","uns/delta":"0.25","uns/step":"7","uns/times":"[0. 1.]",` +
		`"var":["Sox2","Nanog"],"var/mean":[["float64"],["0.5","0.25"]]}`
	if string(text) != want {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}
}

// beyond has a code without a category.
var beyond = Categories{Codes: []int{2, 0, 0}, Names: []string{"a", "b"}}

// What doesn't fit together is an error that says what.
func TestWriteRefuses(t *testing.T) {
	for want, change := range map[string]func(a *Annotated){
		`"X" has another number`:                         func(a *Annotated) { a.X = []float64{1} },
		"2 values for 3 rows":                            func(a *Annotated) { a.Obs[0].Values = []float64{1, 2} },
		"values of []int":                                func(a *Annotated) { a.Obs[0].Values = []int{1, 2, 3} },
		"category 2 of 2":                                func(a *Annotated) { a.Obs[4].Values = beyond },
		`two objects "cell"`:                             func(a *Annotated) { a.Obs[0].Name = "cell" },
		"the name of the index":                          func(a *Annotated) { a.Obs[0].Name = "_index" },
		"there is a column":                              func(a *Annotated) { a.Obs[5].Name = "time/h" },
		`the name ""`:                                    func(a *Annotated) { a.Obs[5].Name = "" },
		"without zero bytes":                             func(a *Annotated) { a.ObsNames[0] = "a\x00" },
		"give UTF-8":                                     func(a *Annotated) { a.VarNames[0] = "\xff" },
		`"obsm/X_pca" has another`:                       func(a *Annotated) { a.Obsm[0].Width = 4 },
		`"layers/velocity" has another`:                  func(a *Annotated) { a.Layers[0].Values = []float64{1} },
		`"column-order" of "obs" takes more than 64 KiB`: func(a *Annotated) { a.Obs = many(5000) },
	} {
		a := example()
		change(&a)
		if err := Write(&bytes.Buffer{}, a); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error with %q", err, want)
		}
	}
}

func many(n int) (fields []Field) {
	for range n {
		fields = append(fields, Field{strings.Repeat("x", len(fields)), []float64{1, 2, 3}})
	}
	return fields[1:]
}

// No cells, no columns.
func TestWriteEmpty(t *testing.T) {
	var buffer bytes.Buffer
	if err := Write(&buffer, Annotated{X: []float32{}}); err != nil {
		t.Fatal(err)
	}
	if f, err := open(buffer.Bytes()); err != nil || f.Cells != 0 {
		t.Errorf("%+v, %v", f, err)
	}
}
