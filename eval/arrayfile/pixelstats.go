package arrayfile

import (
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/amgen/amgen/internal/npy"
)

// darkest is the highest whole number that may be all there are of another scale than 255.
const darkest = 31

// Shares of pixels that may lie beyond a range, by more than some of its width.
const (
	halfLevel  = 0.5 / 255
	farBeyond  = 0.05 // of the width
	mostFar    = 0.01 // of the pixels, where the range is concluded
	mostOver   = 0.12 // of the pixels, where they are as samples of a model that was trained for a minute
	mostBeyond = 0.5  // of the pixels, where the range is given
)

// pixelStats are what the range of pixels is concluded from.
type pixelStats struct {
	kind      string // NumPy's
	n         int
	low, high float64
	whole     bool // whole numbers alone
	binary    bool // 0 and 1 alone
	bad       int  // not finite
	far       map[PixelRange]int
	distinct  map[float64]bool // of the first numbers
	looked    int              // how many these are
}

func (s *pixelStats) add(values []float64) {
	for _, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			s.bad++
			continue
		}
		s.whole = s.whole && v == math.Trunc(v)
		s.binary = s.binary && (v == 0 || v == 1)
		s.low, s.high = min(s.low, v), max(s.high, v)
	}
	if s.kind == "bool" || s.kind == "uint8" {
		return
	}
	if s.distinct == nil {
		s.distinct, s.looked = map[float64]bool{}, len(values)
		for _, v := range values {
			s.distinct[v] = true
		}
	}
	for r := range s.far {
		count := 0
		for _, v := range values {
			if r.beyond(v, farBeyond) {
				count++
			}
		}
		s.far[r] += count
	}
}

// within tells whether nearly all pixels are in a range or close to it.
func (s *pixelStats) within(r PixelRange) bool { return float64(s.far[r]) <= mostFar*float64(s.n) }

// overshoots tells whether numbers go beyond the range from -1 to 1 as a model's do, at both ends and not in steps.
// Normalised images have as many values as there were levels, and natural ones more of them outside.
func (s *pixelStats) overshoots() bool {
	return s.low <= -1 && float64(s.far[SignedPixels]) <= mostOver*float64(s.n) &&
		len(s.distinct) > min(s.looked/2, 1<<12)
}

// conclude tells the range where it is certain.
func (s *pixelStats) conclude() (PixelRange, error) {
	integers := strings.Contains(s.kind, "int")
	// What is a little below 0 and at most a little above 1 isn't from -1 to 1; nor is what is hardly below 0.
	const hardly, twiceDivided = -0.5, 0.1
	switch {
	case s.bad > 0:
		return PixelRange{}, fmt.Errorf("%d of %d pixels that are NaN or infinite; leave those images out", s.bad, s.n)
	case s.kind == "bool":
		return UnitPixels, nil
	case s.binary:
		return unclear("0,1 or 0,255",
			"no pixels but 0 and 1, which may be black and white or two of 255 levels; save "+
				"them as bool, or")
	case s.kind == "int8":
		return unclear("-128,127", "pixels of int8 from %g to %g; save them as uint8, or", s.low, s.high)
	case s.whole && s.low >= 0 && s.high <= 255 && (s.kind == "uint8" || s.high > darkest):
		return BytePixels, nil
	case s.whole && s.low >= 0 && s.high <= 255:
		return unclear(fmt.Sprintf("0,%g or 0,255", s.high), "whole pixels from %g to %g, which may be all levels or "+
			"the "+
			"darkest of 255;", s.low, s.high)
	case !integers && s.low < hardly && (s.within(SignedPixels) || s.overshoots()):
		return SignedPixels, nil
	case !integers && s.high >= twiceDivided && s.within(UnitPixels) && s.high <= 1+farBeyond && s.low >= -farBeyond:
		return UnitPixels, nil
	case !integers && s.high > darkest && s.within(BytePixels) && !BytePixels.beyond(s.low, farBeyond) &&
		!BytePixels.beyond(s.high, farBeyond):
		return BytePixels, nil
	}
	if s.kind == "float32" && s.low < hardly && len(s.distinct) > min(s.looked/2, 1<<12) { // as samples are
		return PixelRange{}, &RangeError{Drawn: true, Ranges: SignedPixels.Text(),
			What: fmt.Sprintf("pixels from %.4g to %.4g, "+
				"and what is black and white isn't clear;", s.low, s.high)}
	}
	return unclear(s.suggestions(), "pixels from %.4g to %.4g, and what is black and white isn't clear; undo a "+
		"normalisation by mean and deviation, or",
		s.low, s.high)
}

// unclear is a [RangeError] whose file isn't known here.
func unclear(ranges, format string, args ...any) (PixelRange, error) {
	return PixelRange{}, &RangeError{What: fmt.Sprintf(format, args...), Ranges: ranges}
}

// suggestions are ranges that may be meant.
func (s *pixelStats) suggestions() string {
	var texts []string
	for _, r := range []PixelRange{SignedPixels, UnitPixels, BytePixels, {0, 65535}} {
		if !r.beyond(s.low, 2) && !r.beyond(s.high, 2) && s.high > r.High/40 && (s.low < -farBeyond) == (r.Low < 0) {
			texts = append(texts, r.Text())
		}
	}
	if texts == nil {
		return "-1,1"
	}
	return strings.Join(texts, " or ")
}

// readPixels are the first n pixels as levels from 0 to 255, by a range that is given or concluded, and what is to be
// said about them. That samples which were drawn overshoot a little isn't. It reads the array twice, so as not to hold
// it as numbers.
func readPixels(open func() (*npy.Reader, io.Closer, error), n int, given *PixelRange, drawn bool) (pixels []uint8,
	notes []string, err error) {
	stats := pixelStats{n: n, low: math.Inf(1), high: math.Inf(-1), whole: true, binary: true,
		far: map[PixelRange]int{SignedPixels: 0, UnitPixels: 0, BytePixels: 0}}
	if err := eachBlock(open, n, func(kind string, values []float64) {
		stats.kind = kind
		stats.add(values)
	}); err != nil {
		return nil, nil, err
	}
	r := BytePixels
	if given != nil && stats.bad == 0 && stats.kind != "bool" {
		r = *given
	} else if r, err = stats.conclude(); err != nil {
		return nil, nil, err
	}
	pixels = make([]uint8, 0, n)
	clipped, slack, by := 0, halfLevel, ""
	if drawn {
		slack, by = farBeyond, fmt.Sprintf(" by more than %g %% of its width", 100*farBeyond)
	}
	err = eachBlock(open, n, func(_ string, values []float64) {
		for _, v := range values {
			if r.beyond(v, slack) {
				clipped++
			}
		}
		pixels = r.levels(pixels, values)
	})
	if err != nil {
		return nil, nil, err
	}
	if float64(clipped) > mostBeyond*float64(n) && !drawn {
		_, err := unclear("", "pixels from %.4g to %.4g, most of them beyond %s;", stats.low, stats.high, r)
		return nil, nil, err
	}
	if clipped > 0 {
		notes = append(notes, fmt.Sprintf("%d of %d pixels, from %.4g to %.4g, were beyond %s%s and are clipped",
			clipped, n, stats.low, stats.high, r, by))
	}
	if given == nil && r == BytePixels && stats.high <= darkest {
		notes = append(notes, fmt.Sprintf("the brightest pixel is %g of 255", stats.high))
	}
	if given == nil && stats.kind != "bool" && stats.kind != "uint8" && r != SignedPixels {
		notes = append(notes, fmt.Sprintf("pixels of %s from %.4g to %.4g are taken for %s", stats.kind, stats.low,
			stats.high, r))
	}
	return pixels, notes, nil
}

// eachBlock calls f with the type and the numbers of an array, some at a time. An array that doesn't end after n is an
// error.
func eachBlock(open func() (*npy.Reader, io.Closer, error), n int, f func(kind string, values []float64)) error {
	r, closer, err := open()
	if err != nil {
		return err
	}
	defer closer.Close()
	block := make([]float64, 1<<16)
	for n > 0 {
		block = block[:min(n, len(block))]
		if err := npy.Read(r, block); err != nil {
			return err
		}
		f(r.Type, block)
		n -= len(block)
	}
	return r.End()
}
