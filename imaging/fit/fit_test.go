package fit

import (
	"image"
	"testing"
)

// TestCount counts by hand: 10×10 stays, 20×20 is scaled down, 5×10 is enlarged and cropped, 30×10 is cropped alone.
func TestCount(t *testing.T) {
	pictures := []image.Point{{10, 10}, {20, 20}, {5, 10}, {30, 10}}
	for fit, want := range map[Fit]Counts{
		"":      {Fit: Crop, Reduced: 1, Enlarged: 1, Reshaped: 2},
		Pad:     {Fit: Pad, Reduced: 2, Enlarged: 0, Reshaped: 2},     // 30×10 to 10×3, 5×10 as it is
		Stretch: {Fit: Stretch, Reduced: 2, Enlarged: 1, Reshaped: 2}, // 30×10 in width, 5×10 in width
	} {
		want.Size, want.Pictures = 10, 4
		want.Smallest, want.Median, want.Largest = image.Pt(5, 10), image.Pt(30, 10), image.Pt(20, 20)
		if got := Count(fit, 10, pictures); got != want {
			t.Errorf("%q: %+v, want %+v", fit, got, want)
		}
	}
	if got := Count(Crop, 10, pictures[:1]).String(); got != "" {
		t.Errorf("a picture of the size: %q", got)
	}
	got, want := Count(Crop, 10, pictures).String(), "4 pictures to 10×10 (width×height before: 5×10 to 20×20, "+
		"median 30×10): 1 scaled down, 1 enlarged, 2 cropped to the centre"
	if got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
