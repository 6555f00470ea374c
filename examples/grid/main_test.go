package main

import (
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/train"
)

func TestGrid(t *testing.T) {
	dir, out := filepath.Join(t.TempDir(), "run"), filepath.Join(t.TempDir(), "grid.png")
	cfg, err := run.Preset("moons", "")
	if err != nil {
		t.Fatal(err)
	}
	cfg.Steps, cfg.SampleEvery = 2, 0
	plan, err := cfg.Resolve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := train.Train(t.Context(), plan, run.Dir(dir), train.Options{}); err != nil {
		t.Fatal(err)
	}
	if err := grid(t.Context(), dir, out); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if picture, err := png.Decode(f); err != nil || picture.Bounds().Empty() {
		t.Errorf("got %v (%v)", picture, err)
	}
}
