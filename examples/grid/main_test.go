package main

import (
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/amgen/amgen/internal/smallrun"
)

func TestGrid(t *testing.T) {
	dir, out := smallrun.Train(t, nil), filepath.Join(t.TempDir(), "grid.png")
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
