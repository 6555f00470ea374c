package imaging

import (
	"fmt"
	"image"
	"image/color"
)

// opaque drops what a decoded picture has of transparency, as Pillow's convert("RGB") does: a pixel keeps the colour
// that the file has for it, however little it covers. The result is grey or opaque RGB, of 8 or 16 bits; transparent
// tells whether a pixel lost anything. toRGB converts planes of luma and chroma, by the rules of the file's format.
func opaque(img image.Image, toRGB func(*image.YCbCr) *image.RGBA) (out image.Image, transparent bool, err error) {
	switch m := img.(type) {
	case *image.Gray, *image.Gray16, *image.RGBA, *image.RGBA64: // of decoders, which premultiply nothing
		return m, false, nil
	case *image.NRGBA:
		for i := 3; i < len(m.Pix); i += 4 {
			transparent = transparent || m.Pix[i] != 255
			m.Pix[i] = 255
		}
		return &image.RGBA{Pix: m.Pix, Stride: m.Stride, Rect: m.Rect}, transparent, nil
	case *image.NRGBA64:
		for i := 6; i < len(m.Pix); i += 8 {
			transparent = transparent || m.Pix[i]&m.Pix[i+1] != 255
			m.Pix[i], m.Pix[i+1] = 255, 255
		}
		return &image.RGBA64{Pix: m.Pix, Stride: m.Stride, Rect: m.Rect}, transparent, nil
	case *image.Paletted:
		out, transparent := palettedRGB(m)
		return out, transparent, nil
	case *image.YCbCr:
		return toRGB(m), false, nil
	case *image.NYCbCrA:
		for y := range m.Rect.Dy() {
			for _, a := range m.A[y*m.AStride : y*m.AStride+m.Rect.Dx()] {
				transparent = transparent || a != 255
			}
		}
		return toRGB(&m.YCbCr), transparent, nil
	case *image.CMYK:
		return cmykRGB(m), false, nil
	}
	return nil, false, fmt.Errorf("pixels of kind %T", img)
}

// palettedRGB looks the pixels up.
func palettedRGB(m *image.Paletted) (out *image.RGBA, transparent bool) {
	colours := make([]color.NRGBA, len(m.Palette))
	for i, c := range m.Palette {
		colours[i] = color.NRGBAModel.Convert(c).(color.NRGBA)
	}
	b := m.Bounds()
	out = image.NewRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	for y := range b.Dy() {
		at := m.PixOffset(b.Min.X, b.Min.Y+y)
		row := out.Pix[y*out.Stride:]
		for x, index := range m.Pix[at : at+b.Dx()] {
			c := colours[index]
			p := row[4*x : 4*x+4 : 4*x+4]
			p[0], p[1], p[2], p[3] = c.R, c.G, c.B, 255
			transparent = transparent || c.A != 255
		}
	}
	return out, transparent
}
