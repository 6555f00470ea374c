package draw

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/amgen/amgen/flows/science"
	"github.com/amgen/amgen/internal/anndata"
	"github.com/amgen/amgen/run"
)

// cells are samples of snapshots at two times, in standardised columns of which no number is rounded. The time's name
// is that of the model's.
func cells(t *testing.T, timeName string) *Samples {
	t.Helper()
	path := filepath.Join(t.TempDir(), "cells.csv")
	if err := os.WriteFile(path, []byte(timeName+",a,b\n2,96,1\n2,128,3\n6,160,2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	problem, err := science.Open(science.SnapshotsName(path), science.Options{Batch: 2, Grid: 2, PerTime: 1})
	if err != nil {
		t.Fatal(err)
	}
	begin := State{X: []float32{-1, 0, 0.5, 0}, LogWeights: []float64{0, 0}}
	end := State{X: []float32{0, 0, 1, 1}, LogWeights: []float64{0.5, -1}}
	return &Samples{Source: &run.Source{Dims: []int{2}, Problem: problem}, State: end, Times: []float64{0.25, 1},
		States: []State{begin, end}}
}

// An .h5ad has the units, columns and times of the file, and says which row is a state of which cell.
func TestWriteH5AD(t *testing.T) {
	for _, timeName := range []string{"day", "t"} {
		s := cells(t, timeName)
		path := filepath.Join(t.TempDir(), "a.h5ad")
		if err := s.WriteH5AD(path); err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		f, err := anndata.Open(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		model := map[string]string{"day": "t", "t": "model_t"}[timeName]
		for name, want := range map[string][]float64{timeName: {3, 3, 6, 6}, model: {0.25, 0.25, 1, 1},
			"cell": {0, 1, 0, 1}, "log_weight": {0, 0, 0.5, -1}} {
			if c, err := f.Column(name); err != nil || !slices.Equal(c.Numbers, want) {
				t.Errorf("%s: got %+v, %v, want %v", name, c, err, want)
			}
		}
		m, err := f.Matrix("X")
		if err != nil || !slices.Equal(m.Names, []string{"a", "b"}) {
			t.Fatalf("%+v, %v", m, err)
		}
		got, err := m.Read([]int{0, 1})
		if want := []float64{96, 2, 144, 2, 128, 2, 160, 3}; err != nil || !slices.Equal(got, want) {
			t.Errorf("X is %v, %v, want %v", got, err, want)
		}
		if len(f.Columns()) != 4 {
			t.Errorf("columns %v", f.Columns())
		}
		if names, err := f.CellNames(); err != nil || !slices.Equal(names, []string{"cell0@3", "cell1@3", "cell0@6",
			"cell1@6"}) {
			t.Errorf("names %q, %v", names, err)
		}
		s.Times, s.States, s.CellNames = nil, nil, []string{"AAC"}
		if names := s.annotated().ObsNames; !slices.Equal(names, []string{"AAC", "AAC#2"}) {
			t.Errorf("names %q", names)
		}
		if err := s.WriteH5AD(path); err != nil {
			t.Fatal(err)
		}
	}
}
