package imaging

import "image"

// jpegRGB converts the planes of a JPEG to RGB as libjpeg does, which Pillow, torchvision and OpenCV read by: chroma
// that has half the resolution is interpolated by a triangle filter ("fancy upsampling", jdsample.c), other ratios are
// repeated, and the colours are those of JFIF in fixed point (jdcolor.c). image/color repeats all chroma instead, which
// is several levels away on smooth pictures.
func jpegRGB(img *image.YCbCr) *image.RGBA {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	u := upsampler{img: img, w: w, h: h, cw: w, ch: h}
	switch img.SubsampleRatio {
	case image.YCbCrSubsampleRatio422:
		u.cw = (w + 1) / 2
	case image.YCbCrSubsampleRatio420:
		u.cw, u.ch = (w+1)/2, (h+1)/2
	case image.YCbCrSubsampleRatio440:
		u.ch = (h + 1) / 2
	case image.YCbCrSubsampleRatio411, image.YCbCrSubsampleRatio410:
		u.repeat = true
	}
	cb, cr := make([]uint8, w+2), make([]uint8, w+2)
	sums := make([]int32, u.cw)
	for y := range h {
		u.row(cb, sums, img.Cb, y)
		u.row(cr, sums, img.Cr, y)
		at := img.YOffset(img.Rect.Min.X, img.Rect.Min.Y+y)
		ycc(out.Pix[y*out.Stride:y*out.Stride+4*w], img.Y[at:at+w], cb, cr)
	}
	return out
}

// upsampler brings rows of chroma, of cw×ch values, to the resolution of luma, w×h.
type upsampler struct {
	img          *image.YCbCr
	w, h, cw, ch int
	repeat       bool // a ratio that isn't interpolated
}

// row writes row y of a plane of chroma to out, which holds one value more than w. sums is of cw values.
func (u *upsampler) row(out []uint8, sums []int32, plane []uint8, y int) {
	half, halved := u.ch < u.h, u.cw < u.w
	minX, minY := u.img.Rect.Min.X, u.img.Rect.Min.Y
	line := func(cy int) []uint8 { // of chroma, below the first and above the last clamped
		at := min(max(cy, 0), u.ch-1) * u.img.CStride
		return plane[at : at+u.cw]
	}
	switch {
	case halved && u.cw <= 2 || u.repeat:
		for x := range u.w {
			out[x] = plane[u.img.COffset(minX+x, minY+y)]
		}
	case halved && half:
		near, far := line(y/2), line(y/2-1+2*(y%2))
		for i, v := range near {
			sums[i] = 3*int32(v) + int32(far[i])
		}
		triangle(out, sums, 8, 7, 4)
	case halved:
		for i, v := range line(y) {
			sums[i] = int32(v)
		}
		triangle(out, sums, 1, 2, 2)
	case half:
		near, far, bias := line(y/2), line(y/2-1+2*(y%2)), int32(1+y%2)
		for i, v := range near {
			out[i] = uint8((3*int32(v) + int32(far[i]) + bias) >> 2)
		}
	default:
		copy(out, line(y))
	}
}

// triangle writes two values for each of more than two: ¾ of it and ¼ of its neighbour on that side, with the roundings
// of libjpeg, even and odd, in units of 1/2^shift.
func triangle(out []uint8, sums []int32, even, odd int32, shift uint) {
	last := len(sums) - 1
	out[0] = uint8((4*sums[0] + even) >> shift)
	for i := range last {
		this, next := sums[i], sums[i+1]
		out[2*i+1] = uint8((3*this + next + odd) >> shift)
		out[2*i+2] = uint8((3*next + this + even) >> shift)
	}
	out[2*last+1] = uint8((4*sums[last] + odd) >> shift)
}

// chromaTerms are what a value of chroma adds to a colour, as libjpeg's tables have it: rounded to integers for red
// and blue, in units of 2⁻¹⁶ for the two parts of green.
var chromaTerms = func() (t struct{ red, blue, greenB, greenR [256]int32 }) {
	const half = 1 << 15
	for i := range int32(256) {
		x := i - 128
		t.red[i], t.blue[i] = (91881*x+half)>>16, (116130*x+half)>>16
		t.greenB[i], t.greenR[i] = -22554*x+half, -46802*x
	}
	return t
}()

// ycc writes a row of RGBA.
func ycc(out, luma, cb, cr []uint8) {
	t := &chromaTerms
	cb, cr = cb[:len(luma)], cr[:len(luma)]
	for x, l := range luma {
		v, b, r := int32(l), cb[x], cr[x]
		p := out[4*x : 4*x+4 : 4*x+4]
		p[0], p[1], p[2], p[3] = clip8(v+t.red[r]), clip8(v+(t.greenB[b]+t.greenR[r])>>16), clip8(v+t.blue[b]), 255
	}
}

func clip8(v int32) uint8 {
	if uint32(v) <= 255 {
		return uint8(v)
	}
	return uint8(^(v >> 31)) // 0 below, 255 above
}

// cmykRGB converts CMYK as Pillow does: (255 − K)·(255 − C)/255, rounded.
func cmykRGB(img *image.CMYK) *image.RGBA {
	b := img.Bounds()
	out := image.NewRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	for y := range b.Dy() {
		at := img.PixOffset(b.Min.X, b.Min.Y+y)
		from, to := img.Pix[at:at+4*b.Dx()], out.Pix[y*out.Stride:]
		for i := 0; i < len(from); i += 4 {
			white := 255 - int32(from[i+3])
			for c := range 3 {
				v := int32(from[i+c])*white + 128
				to[i+c] = clip8(white - (v>>8+v)>>8)
			}
			to[i+3] = 255
		}
	}
	return out
}
