package imaging

import "image"

// webpRGB converts the planes of a lossy WebP to RGB as libwebp does: chroma is interpolated by (9, 3, 3, 1)/16 in the
// two steps of upsampling.c, and the colours are those of BT.601 with luma from 16 to 235 (yuv.h). image/color takes
// luma from 0 to 255, as JPEG has it, which makes black 16 and white 235.
func webpRGB(img *image.YCbCr) *image.RGBA {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	line := func(cy int) (cb, cr []uint8) {
		at := min(max(cy, 0), (h+1)/2-1) * img.CStride
		return img.Cb[at : at+(w+1)/2], img.Cr[at : at+(w+1)/2]
	}
	cb, cr := make([]uint8, w+2), make([]uint8, w+2)
	for y := range h {
		nearB, nearR := line(y / 2)
		farB, farR := line(y/2 - 1 + 2*(y%2))
		interpolate(cb, nearB, farB)
		interpolate(cr, nearR, farR)
		at := img.YOffset(img.Rect.Min.X, img.Rect.Min.Y+y)
		yuv(out.Pix[y*out.Stride:y*out.Stride+4*w], img.Y[at:at+w], cb, cr)
	}
	return out
}

// interpolate writes two values for each of chroma in the row that is nearer; out holds them.
func interpolate(out, near, far []uint8) {
	last := len(near) - 1
	edge := func(i int) uint8 { return uint8((3*int(near[i]) + int(far[i]) + 2) >> 2) }
	out[0] = edge(0)
	for i := range last {
		n0, n1, f0, f1 := int(near[i]), int(near[i+1]), int(far[i]), int(far[i+1])
		all := n0 + n1 + f0 + f1 + 8
		out[2*i+1] = uint8(((all+2*(n1+f0))>>3 + n0) >> 1)
		out[2*i+2] = uint8(((all+2*(n0+f1))>>3 + n1) >> 1)
	}
	out[2*last+1] = edge(last)
}

// yuv writes a row of RGBA.
func yuv(out, luma, cb, cr []uint8) {
	clip := func(v int) uint8 { return uint8(min(max(v>>6, 0), 255)) }
	for x, l := range luma {
		y, u, v := int(l)*19077>>8, int(cb[x]), int(cr[x])
		p := out[4*x : 4*x+4 : 4*x+4]
		p[0] = clip(y + v*26149>>8 - 14234)
		p[1] = clip(y - u*6419>>8 - v*13320>>8 + 8708)
		p[2] = clip(y + u*33050>>8 - 17685)
		p[3] = 255
	}
}
