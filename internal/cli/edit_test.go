package cli

import (
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/amgen/amgen/imaging"
)

// readPNG is a picture's pixels.
func readPNG(t *testing.T, path string) image.Image {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func greyAt(img image.Image, x, y int) int {
	return int(color.GrayModel.Convert(img.At(x, y)).(color.Gray).Y)
}

// TestEditKeepsWhatIsKnown: in the files that are written, pixels outside of a mask are those of the picture, the grey of
// a coloured picture is the given one, and the mean of each block of an enlarged picture is its pixel.
func TestEditKeepsWhatIsKnown(t *testing.T) {
	t.Chdir(t.TempDir())
	writeDiscs(t, "discs", 6)
	given := filepath.Join("discs", "004.png")
	disc := readPNG(t, given)
	// A mask that is no rectangle.
	mask := image.NewGray(image.Rect(0, 0, 28, 28))
	for y := range 28 {
		for x := range 28 {
			if (x*y)%3 == 1 || x > y+5 {
				mask.SetGray(x, y, color.Gray{Y: 255})
			}
		}
	}
	if err := imaging.WritePNG("mask.png", mask); err != nil {
		t.Fatal(err)
	}
	mustRun(t, exitDone, "edit", "inpaint", "--model", "mnist", "--image", given, "--mask", "mask.png", "--steps", "3",
		"-o", "filled.png")
	filled, changed := readPNG(t, "filled.png"), 0
	for y := range 28 {
		for x := range 28 {
			got, want := greyAt(filled, x, y), greyAt(disc, x, y)
			if mask.GrayAt(x, y).Y == 0 && got != want {
				t.Fatalf("inpaint: known pixel %d,%d is %d, want %d", x, y, got, want)
			}
			if got != want {
				changed++
			}
		}
	}
	if changed == 0 {
		t.Error("inpaint: nothing was filled in")
	}

	small := image.NewGray(image.Rect(0, 0, 7, 7))
	for i := range small.Pix {
		small.Pix[i] = uint8(i * 37)
	}
	if err := imaging.WritePNG("small.png", small); err != nil {
		t.Fatal(err)
	}
	mustRun(t, exitDone, "edit", "upscale", "--model", "mnist", "--image", "small.png", "--steps", "3", "-o",
		"large.png")
	large := readPNG(t, "large.png")
	for y := range 7 {
		for x := range 7 {
			sum := 0
			for k := range 16 {
				sum += greyAt(large, 4*x+k%4, 4*y+k/4)
			}
			if want := 16 * int(small.GrayAt(x, y).Y); sum != want {
				t.Fatalf("upscale: block %d,%d sums up to %d, want %d", x, y, sum, want)
			}
		}
	}

	mustRun(t, exitDone, "train", "--dataset", "folder:discs", "--preset", "tiny", "--channels", "3", "--size", "28",
		"--base", "8", "--multipliers", "1,1", "--attention", "0", "--batch", "4", "--steps", "1", "--sample-every", "0",
		"--out", "colour")
	mustRun(t, exitDone, "edit", "colorize", "--run", "colour", "--image", given, "--steps", "3", "-o", "coloured.png")
	coloured := readPNG(t, "coloured.png")
	for y := range 28 {
		for x := range 28 {
			if got, want := greyAt(coloured, x, y), greyAt(disc, x, y); got != want {
				t.Fatalf("colorize: pixel %d,%d has grey %d, want %d", x, y, got, want)
			}
		}
	}
}
