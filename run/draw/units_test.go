package draw

import (
	"bytes"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/amgen/amgen/flows/science"
	"github.com/amgen/amgen/run"
)

// TestPictureUnits: points that are learned in standardised columns are shown as those that are learned as they are in
// the file. The columns' means and deviations are powers of two or 0, so no number is rounded.
func TestPictureUnits(t *testing.T) {
	const file = "time,a,b\n0,96,1\n0,128,3\n1,160,2\n"
	standard := pictures(t, file, false, []float32{0, 0, 1, 1}, []float32{-1, 0, 0.5, 0})
	raw := pictures(t, file, true, []float32{128, 2, 160, 3}, []float32{96, 2, 144, 2})
	others := pictures(t, "time,a,b\n0,-1,-1\n0,0,1\n1,1,0\n", true, []float32{0, 0, 1, 1}, []float32{-1, 0, 0.5, 0})
	for i, kind := range []string{"beside the data", "trajectories"} {
		if !bytes.Equal(standard[i], raw[i]) {
			t.Errorf("%s: standardised columns aren't shown in the file's units", kind)
		}
		if bytes.Equal(standard[i], others[i]) {
			t.Errorf("%s: the axes don't show units", kind)
		}
	}
}

// pictures are those of two points and of their trajectories to there, in the coordinates that a model learns.
func pictures(t *testing.T, file string, raw bool, end, begin []float32) [][]byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "cells.csv")
	if err := os.WriteFile(path, []byte(file), 0o644); err != nil {
		t.Fatal(err)
	}
	problem, err := science.Open(science.SnapshotsName(path), science.Options{Batch: 2, Grid: 2, PerTime: 1,
		Snapshots: science.SnapshotOptions{Raw: raw}})
	if err != nil {
		t.Fatal(err)
	}
	s := &Samples{Source: &run.Source{Dims: []int{2}, Problem: problem}, State: State{X: end}, Times: []float64{0, 1},
		States: []State{{X: begin}, {X: end}}}
	encoded := func(picture image.Image, err error) []byte {
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := png.Encode(&b, picture); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	return [][]byte{encoded(s.Picture(Layout{})), encoded(s.Trajectories(Layout{}))}
}
