package imaging

import (
	"bufio"
	"image"
	"image/color"
	"image/gif"
	"io"
)

// decodeGIF reads the first frame and draws it on the canvas, as Pillow does: around the frame lies the transparent
// colour, or colour 0. The standard decoder gives the frame alone and forgets what colour the transparent pixels have.
func decodeGIF(r io.ReaderAt, size int64) (image.Image, error) {
	config, err := gif.DecodeConfig(io.NewSectionReader(r, 0, size))
	if err != nil {
		return nil, err
	}
	see := gifTransparency(io.NewSectionReader(r, 0, size))
	frame, err := gif.Decode(bufio.NewReader(io.NewSectionReader(opaqueGIF{r, see.flags}, 0, size)))
	if err != nil {
		return nil, err
	}
	m, ok := frame.(*image.Paletted)
	if !ok {
		return frame, nil
	}
	if see.flags > 0 {
		c := color.NRGBAModel.Convert(m.Palette[see.index]).(color.NRGBA)
		c.A = 0
		m.Palette[see.index] = c
	}
	canvas := image.Rect(0, 0, config.Width, config.Height)
	if m.Rect == canvas {
		return m, nil
	}
	out := image.NewPaletted(canvas, m.Palette)
	for i := range out.Pix {
		out.Pix[i] = see.index
	}
	for y := m.Rect.Min.Y; y < m.Rect.Max.Y; y++ {
		at := m.PixOffset(m.Rect.Min.X, y)
		copy(out.Pix[out.PixOffset(m.Rect.Min.X, y):], m.Pix[at:at+m.Rect.Dx()])
	}
	return out, nil
}

// transparency tells which colour of a GIF's first frame is transparent, and where the byte is whose lowest bit says
// that there is one; that is 0 if there is none.
type transparency struct {
	flags int64
	index uint8
}

// gifTransparency looks for the graphic control extension before the first frame. What isn't a GIF has none: the
// decoder will say so.
func gifTransparency(r io.Reader) transparency {
	in := bufio.NewReader(r)
	at := int64(0)
	read := func(n int) []byte {
		b := make([]byte, n)
		if _, err := io.ReadFull(in, b); err != nil {
			return nil
		}
		at += int64(n)
		return b
	}
	colours := func(flags byte) int {
		if flags&0x80 == 0 {
			return 0
		}
		return 2 << (flags & 7)
	}
	header := read(13)
	if header == nil {
		return transparency{}
	}
	known := colours(header[10])
	if read(3*known) == nil {
		return transparency{}
	}
	var found transparency
	for {
		switch block := read(1); {
		case block == nil || block[0] != 0x21 && block[0] != 0x2c:
			return transparency{}
		case block[0] == 0x2c:
			if frame := read(9); frame != nil && colours(frame[8]) > 0 {
				known = colours(frame[8])
			}
			if int(found.index) >= known { // a colour that is none
				return transparency{}
			}
			return found
		}
		label := read(1)
		for {
			length := read(1)
			if label == nil || length == nil {
				return transparency{}
			}
			if length[0] == 0 {
				break
			}
			start := at
			data := read(int(length[0]))
			if label[0] == 0xf9 && len(data) >= 4 {
				if found = (transparency{}); data[0]&1 != 0 {
					found = transparency{start, data[3]}
				}
			}
		}
	}
}

// opaqueGIF is a GIF's file without the bit that makes a colour transparent; flags is 0 if none is.
type opaqueGIF struct {
	io.ReaderAt
	flags int64
}

func (o opaqueGIF) ReadAt(p []byte, at int64) (int, error) {
	n, err := o.ReaderAt.ReadAt(p, at)
	if i := o.flags - at; o.flags > 0 && i >= 0 && i < int64(n) {
		p[i] &^= 1
	}
	return n, err
}
