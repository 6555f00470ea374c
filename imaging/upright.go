package imaging

import "image"

// upright turns and mirrors a picture by an EXIF orientation, 1 to 8, as Pillow's ImageOps.exif_transpose does. The
// picture is one of those that opaque makes.
func upright(img image.Image, orientation int) image.Image {
	if orientation < 2 || orientation > 8 {
		return img
	}
	b := img.Bounds()
	w, h := b.Dx(), b.Dy()
	area := image.Rect(0, 0, w, h)
	if orientation >= 5 {
		area = image.Rect(0, 0, h, w)
	}
	switch m := img.(type) {
	case *image.Gray:
		out := image.NewGray(area)
		turn(out.Pix, out.Stride, m.Pix[m.PixOffset(b.Min.X, b.Min.Y):], m.Stride, 1, w, h, orientation)
		return out
	case *image.Gray16:
		out := image.NewGray16(area)
		turn(out.Pix, out.Stride, m.Pix[m.PixOffset(b.Min.X, b.Min.Y):], m.Stride, 2, w, h, orientation)
		return out
	case *image.RGBA:
		out := image.NewRGBA(area)
		turn(out.Pix, out.Stride, m.Pix[m.PixOffset(b.Min.X, b.Min.Y):], m.Stride, 4, w, h, orientation)
		return out
	case *image.RGBA64:
		out := image.NewRGBA64(area)
		turn(out.Pix, out.Stride, m.Pix[m.PixOffset(b.Min.X, b.Min.Y):], m.Stride, 8, w, h, orientation)
		return out
	}
	return img
}

// turn copies w×h pixels of so many bytes each to where they belong.
func turn(out []uint8, stride int, in []uint8, inStride, bytes, w, h, orientation int) {
	right, down := w-1, h-1
	var start, dx, dy int // of the first pixel, and for a step to the right and down in the file, in the result
	switch orientation {
	case 2:
		start, dx, dy = right*bytes, -bytes, stride
	case 3:
		start, dx, dy = right*bytes+down*stride, -bytes, -stride
	case 4:
		start, dx, dy = down*stride, bytes, -stride
	case 5:
		dx, dy = stride, bytes
	case 6: // by 90° clockwise
		start, dx, dy = down*bytes, stride, -bytes
	case 7:
		start, dx, dy = down*bytes+right*stride, -stride, -bytes
	case 8: // by 90° counterclockwise
		start, dx, dy = right*stride, -stride, bytes
	}
	for y := range h {
		row := in[y*inStride:][:w*bytes]
		at := start + y*dy
		for ; len(row) > 0; at += dx {
			if bytes == 4 {
				*(*[4]uint8)(out[at:]) = [4]uint8(row)
			} else {
				copy(out[at:at+bytes], row)
			}
			row = row[bytes:]
		}
	}
}
