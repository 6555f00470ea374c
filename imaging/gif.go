package imaging

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"io"
	"time"
)

// EncodeGIF writes frames, such as grids along a trajectory from noise to data, as an endless
// animation with one delay between frames and a longer pause on the last. Grey frames keep all their
// levels; colours are dithered to 216 and 40 greys, as GIF has no more. No frames, and frames of
// different sizes, are errors, and so are w's.
func EncodeGIF(w io.Writer, frames []image.Image, delay time.Duration) error {
	if len(frames) == 0 {
		return fmt.Errorf("imaging: animation, got no frames; give at least one")
	}
	anim := &gif.GIF{}
	for _, frame := range frames {
		frame = bare(frame)
		if frame.Bounds() != frames[0].Bounds() {
			return fmt.Errorf("imaging: animation, got frames of %v and %v; give one size", frames[0].Bounds(),
				frame.Bounds())
		}
		palette := greyPalette()
		if _, grey := frame.(*image.Gray); !grey {
			palette = colourPalette()
		}
		p := image.NewPaletted(frame.Bounds(), palette)
		if g, grey := frame.(*image.Gray); grey {
			copy(p.Pix, g.Pix) // the palette is the identity
		} else {
			draw.FloydSteinberg.Draw(p, p.Bounds(), frame, frame.Bounds().Min)
		}
		anim.Image = append(anim.Image, p)
		anim.Delay = append(anim.Delay, max(2, int(delay/(10*time.Millisecond)))) // viewers slow down below 20 ms
	}
	anim.Delay[len(frames)-1] += 100
	if err := gif.EncodeAll(w, anim); err != nil {
		return fmt.Errorf("imaging: GIF, got %w; check the space and the rights where it goes", err)
	}
	return nil
}

// WriteGIF is EncodeGIF to a file that appears or is replaced in one rename. Its errors are those of EncodeGIF and of
// the disk, and leave what was at path.
func WriteGIF(path string, frames []image.Image, delay time.Duration) error {
	return writeAtomic(path, func(w io.Writer) error { return EncodeGIF(w, frames, delay) })
}

func greyPalette() color.Palette {
	p := make(color.Palette, 256)
	for i := range p {
		p[i] = color.Gray{uint8(i)}
	}
	return p
}

// colourPalette is a 6×6×6 cube and 40 greys between its own.
func colourPalette() color.Palette {
	p := make(color.Palette, 0, 256)
	for i := range 216 {
		p = append(p, color.RGBA{uint8(i / 36 * 51), uint8(i / 6 % 6 * 51), uint8(i % 6 * 51), 255})
	}
	for i := range 40 {
		g := uint8((i*255 + 127) / 40)
		p = append(p, color.RGBA{g, g, g, 255})
	}
	return p
}
