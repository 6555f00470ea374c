package imaging

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestLoadGridUndoesGrid cuts grids of random images, sizes, gaps and scales into what they were made of.
func TestLoadGridUndoesGrid(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 1))
		n, h, w, c := 1+r.IntN(12), 1+r.IntN(9), 1+r.IntN(9), 1+2*r.IntN(2)
		opts := GridOptions{Cols: 1 + r.IntN(n), Gap: r.IntN(3), Scale: r.IntN(4), Background: 90}
		pixels := make([]uint8, n*h*w*c)
		for i := range pixels {
			pixels[i] = uint8(r.Uint32())
		}
		grid, err := Grid(pixels, n, h, w, c, opts)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "grid.png")
		if err := WritePNG(path, grid); err != nil {
			t.Fatal(err)
		}
		d, err := LoadGrid(path, Tiles{Height: h, Width: w, Gap: opts.Gap, Scale: opts.Scale}, n)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if d.Height != h || d.Width != w || d.Channels != c || !bytes.Equal(d.Images, pixels) {
			t.Errorf("seed %d: %d images of %d×%d×%d with %+v come back as others", seed, n, h, w, c, opts)
		}
		if _, err := LoadGrid(path, Tiles{Height: h + 1, Width: 100, Gap: opts.Gap}, n); err == nil {
			t.Errorf("seed %d: tiles of another size are cut", seed)
		}
	}
}

// TestLoadFolderAsIs writes images one by one and reads the same pixels, in the order of their names.
func TestLoadFolderAsIs(t *testing.T) {
	for _, c := range []int{1, 3} {
		dir := t.TempDir()
		var want []uint8
		r := rand.New(rand.NewPCG(uint64(c), 2))
		for i := range 11 {
			pixels := make([]uint8, 5*7*c)
			for k := range pixels {
				pixels[k] = uint8(r.Uint32())
			}
			want = append(want, pixels...)
			writeImage(t, filepath.Join(dir, fmt.Sprintf("%02d.png", i)), pixels, 5, 7, c)
		}
		d, err := LoadFolderAsIs(context.Background(), dir, 0)
		if err != nil {
			t.Fatal(err)
		}
		if d.Height != 5 || d.Width != 7 || d.Channels != c || !bytes.Equal(d.Images, want) {
			t.Errorf("%d channels: other images come back", c)
		}
		size := 5 * 7 * c
		// of 11, 4 at equal distances
		want = slices.Concat(want[:size], want[2*size:3*size], want[5*size:6*size], want[8*size:9*size])
		if d, err = LoadFolderAsIs(context.Background(), dir, 4); err != nil || !bytes.Equal(d.Images, want) {
			t.Errorf("%d channels: 4 of 11 are others (%v)", c, err)
		}
	}
}

func writeImage(t *testing.T, path string, pixels []uint8, h, w, c int) {
	t.Helper()
	img, err := Grid(pixels, 1, h, w, c, GridOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := WritePNG(path, img); err != nil {
		t.Fatal(err)
	}
}

func TestLoadFolderAsIsRefuses(t *testing.T) {
	dir := t.TempDir()
	if _, err := LoadFolderAsIs(context.Background(), dir, 0); err == nil ||
		!strings.Contains(err.Error(), "no image") {
		t.Errorf("an empty folder: %v", err)
	}
	writeImage(t, filepath.Join(dir, "a.png"), make([]uint8, 4), 2, 2, 1)
	writeImage(t, filepath.Join(dir, "b.png"), make([]uint8, 6), 2, 3, 1)
	if _, err := LoadFolderAsIs(context.Background(), dir, 0); err == nil ||
		!strings.Contains(err.Error(), "b.png of 3×2 pixels after") {
		t.Errorf("two sizes: %v, want the second file and its size", err)
	}
	writeImage(t, filepath.Join(dir, "b.png"), make([]uint8, 12), 2, 2, 3)
	if _, err := LoadFolderAsIs(context.Background(), dir, 0); err == nil ||
		!strings.Contains(err.Error(), "b.png in colour after") {
		t.Errorf("grey and colour: %v, want the second file and its kind", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "b.png"), []byte("no image"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadFolderAsIs(context.Background(), dir, 0); err == nil || !strings.Contains(err.Error(), "b.png") {
		t.Errorf("a damaged file: %v, want its name", err)
	}
	if _, err := LoadFolderAsIs(context.Background(), filepath.Join(dir, "a.png"), 0); err == nil ||
		!strings.Contains(err.Error(), "the file") {
		t.Errorf("a file: %v", err)
	}
}
