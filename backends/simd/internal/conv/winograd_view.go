package conv

import "github.com/amgen/amgen/backends/simd/internal/kernels"

// pictures are images whose channels are contiguous, zero around.
type pictures struct {
	data            []float32
	at              int // where row 0, column 0 of image 0 is
	image, row, col int // elements from one to the next
	height, width   int
	padTop, padLeft int // rows and columns that the first tiles start before the image
	channels        int
	side            int // of the tiles, which start tileSide after each other
}

// inputs are the input operand of a plane, of so many contiguous channels.
func (c *plane) inputs(image, channels int) pictures {
	return pictures{at: c.inAt, image: image, row: c.h.inStep, col: c.w.inStep, height: c.h.in,
		width:  c.w.in,
		padTop: c.h.pad, padLeft: c.w.pad, channels: channels, side: tileSide + 2}
}

// cotangents are the kernel operand of a gradient as images.
func (c *plane) cotangents() pictures {
	return pictures{at: c.kernelAt, image: c.kernelChannel, row: c.h.kernelStep, col: c.w.kernelStep,
		height: c.h.taps, width: c.w.taps, channels: c.features, side: tileSide}
}

// scratchSize is the number of elements that transform needs.
func (v *pictures) scratchSize(across int) int {
	return kernels.WinogradTmp + v.side*v.columns(across)*v.channels
}

// columns is the number of columns that so many tiles cover.
func (v *pictures) columns(tiles int) int { return tileSide*(tiles-1) + v.side }

// start is about where the data of a unit's tiles starts, without the rows that they share with the unit before.
func (v *pictures) start(t tiling, unit int) int {
	return v.at + unit/t.down*v.image + unit%t.down*tileSide*v.row
}

// transform makes planes of the tiles of a unit.
func (v *pictures) transform(scratch []float32, t tiling, unit int, planes []float32, step int) {
	w := v.copied(scratch[kernels.WinogradTmp:], t, unit)
	w.Planes, w.Step, w.Tmp = planes, step, scratch[:kernels.WinogradTmp]
	if v.side == tileSide {
		w.Cotangent()
	} else {
		w.Input()
	}
}

// copied copies the rows and columns that a unit's tiles cover, with the zeros around, and returns the tiles. Reading
// the tiles within the image where they are measured no faster, on two kinds of processors.
func (v *pictures) copied(buffer []float32, t tiling, unit int) kernels.WinogradTiles {
	at, top := v.at+unit/t.down*v.image, unit%t.down*tileSide-v.padTop
	columns := v.columns(t.across)
	size := columns * v.channels
	first, last := clamp(v.padLeft, columns), clamp(v.padLeft+v.width, columns) // columns of the image
	for i := range v.side {
		row := buffer[i*size:][:size]
		if top+i < 0 || top+i >= v.height || first >= last {
			clear(row)
			continue
		}
		clear(row[:first*v.channels])
		clear(row[last*v.channels:])
		from := at + (top+i)*v.row + (first-v.padLeft)*v.col
		if v.col == v.channels {
			copy(row[first*v.channels:last*v.channels], v.data[from:])
			continue
		}
		for x := range last - first {
			copy(row[(first+x)*v.channels:][:v.channels], v.data[from+x*v.col:])
		}
	}
	return kernels.WinogradTiles{Image: buffer, Row: size, Col: v.channels, Next: tileSide * v.channels,
		Tiles: t.across, Channels: v.channels}
}
