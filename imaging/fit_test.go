package imaging

import (
	"image"
	"image/color"
	"strings"
	"testing"
)

// levels is a grey picture whose level at (x, y) a function tells.
func levels(w, h int, at func(x, y int) uint8) image.Image {
	m := image.NewGray(image.Rect(0, 0, w, h))
	for i := range w * h {
		m.SetGray(i%w, i/w, color.Gray{at(i%w, i/w)})
	}
	return m
}

// TestFitCopies: where nothing is scaled, each fit copies pixels, and padding is black.
func TestFitCopies(t *testing.T) {
	img := levels(5, 8, func(x, y int) uint8 { return uint8(100 + 10*y + x) })
	for _, test := range []struct {
		fit  Fit
		size int
		want func(x, y int) uint8
	}{
		{Crop, 5, func(x, y int) uint8 { return uint8(100 + 10*(y+1) + x) }}, // rows 1 to 5 of 8
		{"", 5, func(x, y int) uint8 { return uint8(100 + 10*(y+1) + x) }},
		{Pad, 8, func(x, y int) uint8 {
			if x < 1 || x > 5 { // one column to the left, two to the right
				return 0
			}
			return uint8(100 + 10*y + x - 1)
		}},
	} {
		out := make([]uint8, test.size*test.size)
		fitInto(img, test.fit, test.size, 1, out)
		for i, got := range out {
			if x, y := i%test.size, i/test.size; got != test.want(x, y) {
				t.Errorf("%q: level %d at (%d, %d), want %d", test.fit, got, x, y, test.want(x, y))
			}
		}
	}
}

// TestFitScales: a picture of four quarters keeps them at double and at half the size, stretched in each direction by
// itself; padding scales both directions alike. The kernel reaches two pixels beyond an edge at most.
func TestFitScales(t *testing.T) {
	quarters := func(w, h int) func(x, y int) uint8 {
		return func(x, y int) uint8 { return uint8(50 + 50*(x/(w/2)) + 100*(y/(h/2))) }
	}
	for _, test := range []struct {
		fit       Fit
		w, h      int
		size      int
		rows      image.Point // that the picture fills, from and to
		reach     int         // of an edge, in pixels
		isBlackAt func(y int) bool
	}{
		{Stretch, 64, 16, 32, image.Pt(0, 32), 4, nil},
		{Stretch, 16, 8, 32, image.Pt(0, 32), 8, nil},
		{Pad, 64, 32, 32, image.Pt(8, 24), 3, func(y int) bool { return y < 8 || y >= 24 }},
		{Pad, 16, 8, 32, image.Pt(8, 24), 5, func(y int) bool { return y < 8 || y >= 24 }},
	} {
		out := make([]uint8, test.size*test.size)
		fitInto(levels(test.w, test.h, quarters(test.w, test.h)), test.fit, test.size, 1, out)
		want := quarters(test.size, test.rows.Y-test.rows.X)
		for i, got := range out {
			x, y := i%test.size, i/test.size
			if test.isBlackAt != nil && test.isBlackAt(y) {
				if got != 0 {
					t.Errorf("%s %d×%d: level %d at (%d, %d), want black", test.fit, test.w, test.h, got, x, y)
				}
				continue
			}
			middle := (test.rows.X + test.rows.Y) / 2
			if abs(2*x+1-test.size) < 2*test.reach || abs(2*(y-middle)+1) < 2*test.reach {
				continue
			}
			if w := want(x, y-test.rows.X); abs(int(got)-int(w)) > 1 { // rounding of the weights
				t.Errorf("%s %d×%d: level %d at (%d, %d), want %d", test.fit, test.w, test.h, got, x, y, w)
			}
		}
	}
}

func abs(v int) int { return max(v, -v) }

// TestFitted counts by hand: 10×10 stays, 20×20 is scaled down, 5×10 is enlarged and cropped, 30×10 is cropped alone.
func TestFitted(t *testing.T) {
	pictures := []image.Point{{10, 10}, {20, 20}, {5, 10}, {30, 10}}
	for fit, want := range map[Fit]Fitted{
		"":      {Fit: Crop, Reduced: 1, Enlarged: 1, Reshaped: 2},
		Pad:     {Fit: Pad, Reduced: 2, Enlarged: 0, Reshaped: 2},     // 30×10 to 10×3, 5×10 as it is
		Stretch: {Fit: Stretch, Reduced: 2, Enlarged: 1, Reshaped: 2}, // 30×10 in width, 5×10 in width
	} {
		want.Size, want.Pictures = 10, 4
		want.Smallest, want.Median, want.Largest = image.Pt(5, 10), image.Pt(30, 10), image.Pt(20, 20)
		if got := fittedOf(fit, 10, pictures); got != want {
			t.Errorf("%q: %+v, want %+v", fit, got, want)
		}
	}
	if got := fittedOf(Crop, 10, pictures[:1]).String(); got != "" {
		t.Errorf("a picture of the size: %q", got)
	}
	got, want := fittedOf(Crop, 10, pictures).String(), "4 pictures to 10×10 (width×height before: 5×10 to 20×20, "+
		"median 30×10): 1 scaled down, 1 enlarged, 2 cropped to the centre"
	if got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestFitExtremes: no side vanishes, however long the other one is, and a fit that there isn't is refused.
func TestFitExtremes(t *testing.T) {
	for _, fit := range Fits {
		for _, p := range []image.Point{{1000, 1}, {1, 1000}, {1, 1}} {
			out := make([]uint8, 9)
			fitInto(levels(p.X, p.Y, func(x, y int) uint8 { return 200 }), fit, 3, 1, out)
			if out[4] != 200 {
				t.Errorf("%s of %v: %v, want 200 in the middle", fit, p, out)
			}
		}
	}
	dir := write(t, map[string][]byte{"a.png": encoded(t, "png", plain(3, 3, color.White))})
	_, err := Load(t.Context(), "folder:"+dir, Train, Options{Fit: "zoom"})
	if err == nil || !strings.Contains(err.Error(), "crop, pad and stretch") {
		t.Errorf("fit zoom: %v", err)
	}
	if _, err := Load(t.Context(), "mnist", Train, Options{Fit: Pad, Offline: true}); err == nil ||
		!strings.Contains(err.Error(), "leave it out") {
		t.Errorf("fit of mnist: %v", err)
	}
}
