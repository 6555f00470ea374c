package arrayfile

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/amgen/amgen/internal/pixels"
)

// PixelRange are the numbers that stand for black and for white.
type PixelRange struct{ Low, High float64 }

// Ranges that arrays of images come in.
var (
	SignedPixels = PixelRange{-1, 1}
	UnitPixels   = PixelRange{0, 1}
	BytePixels   = PixelRange{0, 255}
)

// PixelComment begins the comment of a .npz that tells the range of its images; [PixelRange.Text] follows.
const PixelComment = "amgen: pixels "

func (r PixelRange) String() string { return fmt.Sprintf("%g to %g", r.Low, r.High) }

// Text is the range as [ParsePixelRange] reads it.
func (r PixelRange) Text() string { return fmt.Sprintf("%g,%g", r.Low, r.High) }

// ParsePixelRange reads LOW,HIGH: finite numbers that rise.
func ParsePixelRange(text string) (PixelRange, error) {
	if low, high, ok := strings.Cut(text, ","); ok {
		var r PixelRange
		var errLow, errHigh error
		r.Low, errLow = strconv.ParseFloat(strings.TrimSpace(low), 64)
		r.High, errHigh = strconv.ParseFloat(strings.TrimSpace(high), 64)
		if errLow == nil && errHigh == nil && r.sound() {
			return r, nil
		}
	}
	return PixelRange{}, fmt.Errorf("eval: a range of pixels, got %q; give the numbers of black and white, as -1,1 or "+
		"0,255", text)
}

func (r PixelRange) sound() bool {
	width := r.High - r.Low
	return width > 0 && !math.IsInf(width, 0)
}

// byte is the level of a number, clipped.
func (r PixelRange) byte(v float64) uint8 {
	return uint8(math.Round(255 * min(1, max(0, (v-r.Low)/(r.High-r.Low)))))
}

// beyond tells whether a number is farther from the range than a share of its width.
func (r PixelRange) beyond(v, share float64) bool {
	slack := share * (r.High - r.Low)
	return v < r.Low-slack || v > r.High+slack
}

// levels appends numbers as levels. Those from -1 to 1 are quantised as samples are.
func (r PixelRange) levels(to []uint8, values []float64) []uint8 {
	if r != SignedPixels {
		for _, v := range values {
			to = append(to, r.byte(v))
		}
		return to
	}
	narrow := make([]float32, len(values))
	for i, v := range values {
		narrow[i] = float32(v)
	}
	to = to[:len(to)+len(values)]
	pixels.Quantize(to[len(to)-len(values):], narrow)
	return to
}

// RangeError tells that the numbers of an array of images don't tell what is black and white.
type RangeError struct {
	// Name of the file, and What it has, with what else could be done.
	Name, What string
	// Ranges that may be meant, such as "-1,1 or 0,255"; "" where none is likely.
	Ranges string
	// Drawn says that the numbers look like a model's samples, which overshoot Ranges.
	Drawn bool
	// Hint ends the message where the array may be no images.
	Hint string
}

func (e *RangeError) Error() string {
	text := fmt.Sprintf("%s has %s give the numbers of black and white", e.Name, e.What)
	switch {
	case e.Drawn:
		text += fmt.Sprintf(", %s of a model's samples, or undo a normalisation by mean and deviation", e.Ranges)
	case e.Ranges != "":
		text += ", as " + e.Ranges
	}
	return text + e.Hint
}
