package imaging

import (
	"bytes"
	"image"
	"image/color"
	"testing"

	"golang.org/x/image/draw"
)

// TestSquareIntoAsIs: images of the wanted size are copied, which is what the kernel makes of them, in 8 bits and in
// 16.
func TestSquareIntoAsIs(t *testing.T) {
	const side = 16
	small, wide, grey := image.NewRGBA(image.Rect(3, 2, 3+side, 5+side)), image.NewRGBA64(image.Rect(0, 0, side, side)),
		image.NewGray16(image.Rect(0, 0, side, side))
	for i := range side * side {
		x, y, v := i%side, i/side, uint8(i)
		small.Set(3+x, 3+y, color.RGBA{v, 255 - v, v ^ 0x55, 255})
		wide.SetRGBA64(x, y, color.RGBA64{uint16(i) * 251, 65535 - uint16(i)*257, uint16(i)*256 + 255, 65535})
		grey.SetGray16(x, y, color.Gray16{uint16(i)*256 + 254})
	}
	for _, img := range []image.Image{small, wide, grey} {
		got, want := make([]uint8, side*side*3), make([]uint8, side*side*3)
		fitInto(img, "", side, 3, got)
		scaled := image.NewRGBA(image.Rect(0, 0, side, side))
		b := img.Bounds()
		y := b.Min.Y + (b.Dy()-side)/2
		draw.CatmullRom.Scale(scaled, scaled.Bounds(), img, image.Rect(b.Min.X, y, b.Max.X, y+side), draw.Src, nil)
		copyPixels(want, scaled, scaled.Bounds(), 3)
		if !bytes.Equal(got, want) {
			t.Errorf("%T: other pixels", img)
		}
	}
}
