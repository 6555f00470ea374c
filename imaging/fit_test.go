package imaging

import (
	"image"
	"image/color"
	"strings"
	"testing"

	"github.com/amgen/amgen/imaging/fit"
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
		fit  fit.Fit
		size int
		want func(x, y int) uint8
	}{
		{fit.Crop, 5, func(x, y int) uint8 { return uint8(100 + 10*(y+1) + x) }}, // rows 1 to 5 of 8
		{"", 5, func(x, y int) uint8 { return uint8(100 + 10*(y+1) + x) }},
		{fit.Pad, 8, func(x, y int) uint8 {
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
		fit       fit.Fit
		w, h      int
		size      int
		rows      image.Point // that the picture fills, from and to
		reach     int         // of an edge, in pixels
		isBlackAt func(y int) bool
	}{
		{fit.Stretch, 64, 16, 32, image.Pt(0, 32), 4, nil},
		{fit.Stretch, 16, 8, 32, image.Pt(0, 32), 8, nil},
		{fit.Pad, 64, 32, 32, image.Pt(8, 24), 3, func(y int) bool { return y < 8 || y >= 24 }},
		{fit.Pad, 16, 8, 32, image.Pt(8, 24), 5, func(y int) bool { return y < 8 || y >= 24 }},
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

// TestFitExtremes: no side vanishes, however long the other one is, and a fit that there isn't is refused.
func TestFitExtremes(t *testing.T) {
	for _, how := range fit.All {
		for _, p := range []image.Point{{1000, 1}, {1, 1000}, {1, 1}} {
			out := make([]uint8, 9)
			fitInto(levels(p.X, p.Y, func(x, y int) uint8 { return 200 }), how, 3, 1, out)
			if out[4] != 200 {
				t.Errorf("%s of %v: %v, want 200 in the middle", how, p, out)
			}
		}
	}
	dir := write(t, map[string][]byte{"a.png": encoded(t, "png", plain(3, 3, color.White))})
	_, err := Load(t.Context(), "folder:"+dir, Train, Options{Fit: "zoom"})
	if err == nil || !strings.Contains(err.Error(), "crop, pad, stretch") {
		t.Errorf("fit zoom: %v", err)
	}
	if _, err := Load(t.Context(), "mnist", Train, Options{Fit: fit.Pad, Offline: true}); err == nil ||
		!strings.Contains(err.Error(), "leave it out") {
		t.Errorf("fit of mnist: %v", err)
	}
}
