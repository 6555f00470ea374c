package imaging

import (
	"bytes"
	"encoding/json"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestEmptyTiles: of a grid with empty places, as Pillow makes them (testdata/grids.py), the images alone are taken.
func TestEmptyTiles(t *testing.T) {
	text, err := os.ReadFile("testdata/grids.json")
	if err != nil {
		t.Fatal(err)
	}
	var grids []struct {
		Name                            string
		File, Pixels                    []byte
		Side, Gap, Scale, Images, Empty int
	}
	if err := json.Unmarshal(text, &grids); err != nil {
		t.Fatal(err)
	}
	for _, g := range grids {
		path := filepath.Join(t.TempDir(), "grid.png")
		if err := os.WriteFile(path, g.File, 0o644); err != nil {
			t.Fatal(err)
		}
		d, err := LoadGrid(path, Tiles{Height: g.Side, Width: g.Side, Gap: g.Gap, Scale: g.Scale}, 0)
		if err != nil {
			t.Errorf("%s: %v", g.Name, err)
			continue
		}
		if diff := cmp.Diff(g.Pixels, d.Images); diff != "" || d.Len() != g.Images || d.EmptyTiles != g.Empty {
			t.Errorf("%s: %d images and %d empty places, want %d and %d\n%s", g.Name, d.Len(), d.EmptyTiles, g.Images,
				g.Empty, diff)
		}
	}
}

// TestTiled: a grid that is written tells how many images it holds, black ones too, and is the same picture.
func TestTiled(t *testing.T) {
	pixels := make([]uint8, 5*3*3)
	for i := range 3 * 9 { // the fourth and fifth image are black
		pixels[i] = uint8(i + 1)
	}
	img, err := Grid(pixels, 5, 3, 3, 1, GridOptions{Cols: 4, Gap: 1, Scale: 2})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "grid.png")
	if err := WritePNG(path, Tiled{img, 5}); err != nil {
		t.Fatal(err)
	}
	tiles := Tiles{Height: 3, Width: 3, Gap: 1, Scale: 2}
	for limit, want := range map[int]int{0: 5, 2: 2, 8: 5} {
		if d, err := LoadGrid(path, tiles, limit); err != nil || d.Len() != want || d.EmptyTiles != 3 ||
			!bytes.Equal(d.Images, pixels[:want*9]) {
			t.Errorf("limit %d: %+v %v, want %d images", limit, d, err, want)
		}
	}
	if _, err := LoadGrid(path, Tiles{Height: 13, Width: 27}, 0); err == nil {
		t.Error("a grid of 5 images is taken for one")
	}
	var plain, told bytes.Buffer
	if err := EncodePNG(&plain, img); err != nil {
		t.Fatal(err)
	}
	if err := EncodePNG(&told, Tiled{img, 5}); err != nil {
		t.Fatal(err)
	}
	if rest := bytes.Replace(told.Bytes(), told.Bytes()[pngHeader:pngHeader+12+len(countKey)+2], nil,
		1); !bytes.Equal(rest, plain.Bytes()) {
		t.Error("the number isn't all that is added")
	}
	if back, err := png.Decode(&told); err != nil || !cmp.Equal(back, img) {
		t.Errorf("another picture: %v", err)
	}
	// Without the number, what the user counts is there.
	if err := os.WriteFile(path, plain.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	for limit, want := range map[int]int{0: 3, 2: 2, 5: 5} {
		if d, err := LoadGrid(path, tiles, limit); err != nil || d.Len() != want {
			t.Errorf("limit %d without the number: %+v %v, want %d images", limit, d, err, want)
		}
	}
}

// FuzzImagesInPNG: whatever a file begins with, its number is read in bounded time or not at all.
func FuzzImagesInPNG(f *testing.F) {
	img, err := Grid(make([]uint8, 3), 3, 1, 1, 1, GridOptions{})
	if err != nil {
		f.Fatal(err)
	}
	var b bytes.Buffer
	if err := EncodePNG(&b, Tiled{img, 3}); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add([]byte(pngSignature + "\x00\x00\x00\x0eabcd"))
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "x.png")
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		if n := imagesInPNG(path); n < 0 {
			t.Errorf("%d images", n)
		}
	})
}
