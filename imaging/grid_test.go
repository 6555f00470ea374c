package imaging

import (
	"bytes"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestGridPixels lays three 1×2 grey images out in two columns, doubled, with a gap of one.
func TestGridPixels(t *testing.T) {
	img, err := Grid([]uint8{10, 20, 30, 40, 50, 60}, 3, 1, 2, 1, GridOptions{Cols: 2, Gap: 1, Scale: 2, Background: 7})
	if err != nil {
		t.Fatal(err)
	}
	want := []uint8{
		10, 10, 20, 20, 7, 30, 30, 40, 40,
		10, 10, 20, 20, 7, 30, 30, 40, 40,
		7, 7, 7, 7, 7, 7, 7, 7, 7,
		50, 50, 60, 60, 7, 7, 7, 7, 7,
		50, 50, 60, 60, 7, 7, 7, 7, 7,
	}
	grey, ok := img.(*image.Gray)
	if !ok || grey.Bounds() != image.Rect(0, 0, 9, 5) {
		t.Fatalf("got %T of %v", img, img.Bounds())
	}
	if diff := cmp.Diff(want, grey.Pix); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestGridColour(t *testing.T) {
	img, err := Grid([]uint8{1, 2, 3, 4, 5, 6}, 2, 1, 1, 3, GridOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if got := img.Bounds(); got != image.Rect(0, 0, 2, 1) { // ⌈√2⌉ columns
		t.Fatalf("bounds %v", got)
	}
	for x, want := range []color.RGBA{{1, 2, 3, 255}, {4, 5, 6, 255}} {
		if got := img.At(x, 0); got != want {
			t.Errorf("pixel %d is %v, want %v", x, got, want)
		}
	}
}

func TestGridRefusals(t *testing.T) {
	for name, test := range map[string]struct {
		pixels     int
		n, h, w, c int
		opts       GridOptions
	}{
		"none":      {0, 0, 1, 1, 1, GridOptions{}},
		"bytes":     {5, 2, 1, 3, 1, GridOptions{}},
		"channels":  {8, 2, 1, 2, 2, GridOptions{}},
		"negative":  {4, -1, -2, 2, 1, GridOptions{}},
		"gap":       {1, 1, 1, 1, 1, GridOptions{Gap: -1}},
		"too large": {1 << 12, 1 << 12, 1, 1, 1, GridOptions{Cols: 1 << 12, Scale: 1 << 10}},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Grid(make([]uint8, test.pixels), test.n, test.h, test.w, test.c, test.opts); err == nil {
				t.Error("no error")
			}
		})
	}
}

func TestWritePNG(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "grid.png")
	img, err := Grid(pattern(4*5*6, 1), 4, 5, 6, 1, GridOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time it replaces
		if err := WritePNG(path, img); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var streamed bytes.Buffer
	if err := EncodePNG(&streamed, img); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(data, streamed.Bytes()) {
		t.Error("file and stream differ")
	}
	back, err := png.Decode(&streamed)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(img.(*image.Gray).Pix, back.(*image.Gray).Pix); diff != "" {
		t.Error(diff)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("left %v beside the picture", entries)
	}
	err = WritePNG(filepath.Join(dir, "none", "grid.png"), img)
	if err == nil || strings.Contains(err.Error(), "\n") {
		t.Errorf("missing folder: error %v, want one line", err)
	}
}

func TestGIF(t *testing.T) {
	var frames []image.Image
	for i := range 3 {
		img, err := Grid(pattern(16, i), 1, 4, 4, 1, GridOptions{})
		if err != nil {
			t.Fatal(err)
		}
		frames = append(frames, img)
	}
	var buf bytes.Buffer
	if err := EncodeGIF(&buf, frames, 40*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	anim, err := gif.DecodeAll(&buf)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int{4, 4, 104}, anim.Delay); diff != "" {
		t.Error(diff)
	}
	for i, frame := range anim.Image { // grey levels survive exactly
		for p, v := range pattern(16, i) {
			if got := color.GrayModel.Convert(frame.At(p%4, p/4)).(color.Gray).Y; got != v {
				t.Fatalf("frame %d, pixel %d: %d, want %d", i, p, got, v)
			}
		}
	}
	if err := EncodeGIF(&buf, nil, 0); err == nil {
		t.Error("no frames were accepted")
	}
	if err := EncodeGIF(&buf, []image.Image{frames[0], image.NewGray(image.Rect(0, 0, 1, 1))}, 0); err == nil {
		t.Error("frames of two sizes were accepted")
	}
}

// TestGIFColours wants all 216 colours of the cube back as they were: what needs no dithering gets none.
func TestGIFColours(t *testing.T) {
	var cube []uint8
	for red := 0; red < 256; red += 51 {
		for green := 0; green < 256; green += 51 {
			for blue := 0; blue < 256; blue += 51 {
				cube = append(cube, uint8(red), uint8(green), uint8(blue))
			}
		}
	}
	img, err := Grid(cube, 1, 12, 18, 3, GridOptions{})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "x.gif")
	if err := WriteGIF(path, []image.Image{img}, time.Second); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	anim, err := gif.DecodeAll(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	var got []uint8
	for i := range 216 {
		c := color.RGBAModel.Convert(anim.Image[0].At(i%18, i/18)).(color.RGBA)
		got = append(got, c.R, c.G, c.B)
	}
	if diff := cmp.Diff(cube, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
