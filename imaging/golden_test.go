package imaging

import (
	"flag"
	"image/png"
	"os"
	"testing"
)

var update = flag.Bool("update", false, "write the golden grids again")

// TestGoldenGrids compares grids pixel by pixel with files that a person has looked at.
func TestGoldenGrids(t *testing.T) {
	for _, c := range []struct {
		file     string
		channels int
		opts     GridOptions
	}{
		{"grey", 1, GridOptions{Gap: 2, Scale: 3}},
		{"colour", 3, GridOptions{Cols: 2, Gap: 1, Background: 255}},
	} {
		const n, h, w = 5, 6, 8
		pixels := make([]uint8, n*h*w*c.channels)
		for i := range pixels { // a ramp, brighter from image to image, each channel along another axis
			image, y, x, channel := i/(h*w*c.channels), i/(w*c.channels)%h, i/c.channels%w, i%c.channels
			pixels[i] = uint8(30*image + []int{16 * x, 16 * y, 8 * (x + y)}[channel])
		}
		got, err := Grid(pixels, n, h, w, c.channels, c.opts)
		if err != nil {
			t.Fatal(err)
		}
		path := "testdata/grid-" + c.file + ".png"
		if *update {
			if err := WritePNG(path, got); err != nil {
				t.Fatal(err)
			}
		}
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		want, err := png.Decode(f)
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		if got.Bounds() != want.Bounds() {
			t.Fatalf("%s: %v, want %v", path, got.Bounds(), want.Bounds())
		}
		for y := range want.Bounds().Dy() {
			for x := range want.Bounds().Dx() {
				r, g, b, a := got.At(x, y).RGBA()
				r0, g0, b0, a0 := want.At(x, y).RGBA()
				if r != r0 || g != g0 || b != b0 || a != a0 {
					t.Fatalf("%s: pixel %d,%d is %v, want %v", path, x, y, got.At(x, y), want.At(x, y))
				}
			}
		}
	}
}
