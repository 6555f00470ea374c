package imaging

import (
	"bytes"
	"image"
	"image/color"
	"path/filepath"
	"testing"

	"github.com/amgen/amgen/imaging/fit"
)

// TestReadPicture: a file is brought to a size as the same file in a folder of training images is, by each fit, in grey
// and in colour. What is no picture is an error.
func TestReadPicture(t *testing.T) {
	dir := t.TempDir()
	img := image.NewRGBA(image.Rect(0, 0, 30, 20))
	for y := range 20 {
		for x := range 30 {
			img.SetRGBA(x, y, color.RGBA{uint8(8 * x), uint8(12 * y), uint8(5 * (x + y)), 255})
		}
	}
	path := filepath.Join(dir, "a.png")
	if err := WritePNG(path, img); err != nil {
		t.Fatal(err)
	}
	for _, how := range append([]fit.Fit{""}, fit.All...) {
		for _, channels := range []int{1, 3} {
			got, err := ReadPicture(t.Context(), path, 12, channels, how)
			if err != nil {
				t.Fatal(err)
			}
			want, err := Load(t.Context(), FolderName(dir), Train, Options{Size: 12, Channels: channels, Fit: how})
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got.Levels, want.Images) || got.Size != image.Pt(30, 20) {
				t.Errorf("fit %q, %d channels: other pixels than in a folder, of %v", how, channels, got.Size)
			}
		}
	}
	for _, wrong := range []string{filepath.Join(dir, "none.png"), dir} {
		if _, err := ReadPicture(t.Context(), wrong, 12, 1, ""); err == nil {
			t.Errorf("%s is taken for a picture", wrong)
		}
	}
	if _, err := ReadPicture(t.Context(), path, 12, 1, "squeeze"); err == nil {
		t.Error("an unknown fit is taken")
	}
	if _, err := ReadPicture(t.Context(), path, 0, 1, ""); err == nil {
		t.Error("size 0 is taken")
	}
}
