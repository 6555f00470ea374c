package torture

import (
	"fmt"
	"image"
	"image/color"
	"os"
	"path/filepath"
	"testing"

	"github.com/amgen/amgen/imaging"
)

// writeDiscs writes n grey images of 28×28 pixels, something to learn.
func writeDiscs(t *testing.T, dir string, n int) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for i := range n {
		img := image.NewGray(image.Rect(0, 0, 28, 28))
		for y := range 28 {
			for x := range 28 {
				if (x-14)*(x-14)+(y-14)*(y-14) < (4+i)*(4+i) {
					img.SetGray(x, y, color.Gray{Y: 255})
				}
			}
		}
		if err := imaging.WritePNG(filepath.Join(dir, fmt.Sprintf("%03d.png", i)), img); err != nil {
			t.Fatal(err)
		}
	}
}
