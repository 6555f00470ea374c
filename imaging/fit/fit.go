// Package fit brings pictures of all sizes to squares of one size.
package fit

import (
	"fmt"
	"image"
	"slices"
	"strings"
)

// Fit says how a picture of a folder becomes the square of a size that a network takes.
type Fit string

// Fits of pictures that aren't square. A square picture is scaled to the size by each of them.
const (
	Crop    Fit = "crop"    // scale the shorter side to the size, and cut the longer one off at both ends alike
	Pad     Fit = "pad"     // scale the longer side to the size, and lay black bars along it
	Stretch Fit = "stretch" // scale each side to the size, which changes proportions
)

// All lists them, the default first.
var All = []Fit{Crop, Pad, Stretch}

// Names lists their names, after "" for the default.
func Names() []string {
	names := []string{""}
	for _, f := range All {
		names = append(names, string(f))
	}
	return names
}

// Check returns an error for a fit that there isn't, of the pictures of a data set; an empty one is the default.
func (f Fit) Check(name string) error {
	if f == "" || slices.Contains(All, f) {
		return nil
	}
	return fmt.Errorf("imaging: fit of the pictures of %s, got %q; use one of %s", name, f,
		strings.Join(Names()[1:], ", "))
}

// Areas are the part of a picture that is kept, and the part of the square of a size that it fills.
func (f Fit) Areas(picture image.Rectangle, size int) (from, to image.Rectangle) {
	from, to = picture, image.Rect(0, 0, size, size)
	w, h := picture.Dx(), picture.Dy()
	switch f {
	case Stretch:
	case Pad: // the odd pixel of black goes to the right and below
		long := max(w, h)
		scaled := image.Pt(max(1, (2*w*size+long)/(2*long)), max(1, (2*h*size+long)/(2*long)))
		to.Min = image.Pt((size-scaled.X)/2, (size-scaled.Y)/2)
		to.Max = to.Min.Add(scaled)
	default:
		side := min(w, h)
		from.Min = from.Min.Add(image.Pt((w-side)/2, (h-side)/2))
		from.Max = from.Min.Add(image.Pt(side, side))
	}
	return from, to
}

// Scratch is how many bytes scaling a picture takes: four numbers for each pixel that is scaled in one direction.
func (f Fit) Scratch(picture image.Point, size int) int64 {
	from, to := f.Areas(image.Rectangle{Max: picture}, size)
	if from.Size() == to.Size() {
		return 0
	}
	return int64(max(to.Dx(), to.Dy())) * int64(max(from.Dx(), from.Dy())) * 32
}

// Counts are what was done to the pictures of a folder so that all have one size. The zero value is of none.
type Counts struct {
	Fit      Fit
	Size     int // the height and width that all have now
	Pictures int
	Reduced  int // pictures that were scaled down
	Enlarged int // pictures of which a side was scaled up
	Reshaped int // pictures that were cropped, padded or stretched
	// Sizes of the files: with the fewest pixels, in the middle, with the most.
	Smallest, Median, Largest image.Point
}

// Count counts pictures by the sizes that they had.
func Count(fit Fit, size int, pictures []image.Point) Counts {
	if fit == "" {
		fit = Crop
	}
	f := Counts{Fit: fit, Size: size, Pictures: len(pictures)}
	if len(pictures) == 0 {
		return f
	}
	for _, p := range pictures {
		from, to := fit.Areas(image.Rectangle{Max: p}, size)
		switch {
		case from.Dx() < to.Dx() || from.Dy() < to.Dy():
			f.Enlarged++
		case from.Size() != to.Size():
			f.Reduced++
		}
		if p.X != p.Y {
			f.Reshaped++
		}
	}
	sorted := slices.SortedFunc(slices.Values(pictures), func(a, b image.Point) int {
		if d := a.X*a.Y - b.X*b.Y; d != 0 {
			return d
		}
		return a.X - b.X
	})
	f.Smallest, f.Median, f.Largest = sorted[0], sorted[len(sorted)/2], sorted[len(sorted)-1]
	return f
}

// String says in one line what was done; it is empty if every picture stayed as it was.
func (f Counts) String() string {
	var done []string
	add := func(n int, what string) {
		if n > 0 {
			done = append(done, fmt.Sprintf("%d %s", n, what))
		}
	}
	add(f.Reduced, "scaled down")
	add(f.Enlarged, "enlarged")
	add(f.Reshaped, map[Fit]string{Crop: "cropped to the centre", Pad: "padded with black",
		Stretch: "stretched"}[f.Fit])
	if done == nil {
		return ""
	}
	side := func(p image.Point) string { return fmt.Sprintf("%d×%d", p.X, p.Y) }
	sizes := "all " + side(f.Median)
	if f.Smallest != f.Largest {
		sizes = fmt.Sprintf("%s to %s, median %s", side(f.Smallest), side(f.Largest), side(f.Median))
	}
	return fmt.Sprintf("%d pictures to %d×%d (width×height before: %s): %s", f.Pictures, f.Size, f.Size, sizes,
		strings.Join(done, ", "))
}
