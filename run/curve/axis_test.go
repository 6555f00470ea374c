package curve

import (
	"bytes"
	"image/png"
	"math"
	"testing"

	"gonum.org/v1/plot/plotter"
)

// falling is a loss that falls from 0 in the first few of 200 steps, then creeps from −660 to −680, with one wild step.
func falling() (points []Point) {
	for k := 1; k <= 200; k++ {
		loss := -660 - 0.1*float64(k)
		if k < 15 {
			loss = -44 * float64(k)
		}
		if k == 150 {
			loss = 1e6
		}
		points = append(points, Point{Step: k, Loss: loss})
	}
	return points
}

// The axis has what comes after the first steps, whatever these and single wild ones are, and says what is beyond it.
func TestAxis(t *testing.T) {
	points := falling()
	low, high, outside := Axis(points, RunningMedian(points))
	if low > -680 || low < -685 || high < -662 || high > -655 {
		t.Errorf("the axis spans %g to %g, want −680 to −662 and a little more", low, high)
	}
	if outside != 15 { // the first 14, and the wild one
		t.Errorf("%d of the points are said to lie outside, want 15", outside)
	}
	// a held-out loss is shown wherever it is
	if _, high, _ = Axis(points, plotter.XYs{{X: 100, Y: -500}, {X: 2, Y: 0}}); high < -500 || high > -480 {
		t.Errorf("with a held-out loss of −500 the axis ends at %g", high)
	}
	// few points, equal ones
	if low, high, outside = Axis(points[:2], nil); low > -88 || high < -44 || outside != 0 {
		t.Errorf("of two points the axis spans %g to %g, and %d lie outside", low, high, outside)
	}
	same := []Point{{Step: 1, Loss: 3}, {Step: 2, Loss: 3}}
	if low, high, _ = Axis(same, nil); !(low < 3 && high > 3) {
		t.Errorf("of equal points the axis spans %g to %g", low, high)
	}
}

// Losses that aren't numbers are left out. A FID adds axes below.
func TestPNG(t *testing.T) {
	v, nan := 5., math.NaN()
	if picture, err := PNG([]Point{{Step: 1, Loss: 1}, {Step: 2, Loss: nan}}); picture != nil || err != nil {
		t.Errorf("one point makes a picture of %d bytes (%v)", len(picture), err)
	}
	heights := map[bool]int{}
	for _, fid := range []bool{false, true} {
		points := falling()
		points[0].HeldOut, points[5].HeldOut = &v, &nan
		if fid {
			points[9].FID = &v
		}
		picture, err := PNG(points)
		if err != nil {
			t.Fatal(err)
		}
		image, err := png.Decode(bytes.NewReader(picture))
		if err != nil {
			t.Fatal(err)
		}
		heights[fid] = image.Bounds().Dy()
	}
	if heights[true] <= heights[false] {
		t.Errorf("heights %v, want a higher picture with a FID", heights)
	}
}
