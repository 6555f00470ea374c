package simd

import (
	"math"

	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/pkg/errors"
)

// maxBytes bounds the size of a value: more than any address space holds, and far enough from what an int counts.
const maxBytes = min(math.MaxInt/2, 1<<47)

// checkFits refuses shapes of too many bytes. Without elements a shape fits whatever its other axes.
func checkFits(what string, shape shapes.Shape) error {
	if shape.IsZeroSize() {
		return nil
	}
	left := maxBytes / shape.DType.Size()
	for _, d := range shape.Dimensions {
		if d > left {
			return errors.Errorf("simd: %s, got shape %s; give one of at most %d bytes", what, shape, maxBytes)
		}
		left /= d
	}
	return nil
}

// maxSpread bounds axes with padding and dilation, so that their lengths are computed without overflow.
const maxSpread = math.MaxInt / 4

// checkSpread refuses an axis of n elements, each followed by dilation-1 others but the last, that is too long with the
// padding at its ends.
func checkSpread(what string, axis, n, dilation, low, high int) error {
	length := math.Abs(float64(low)) + math.Abs(float64(high)) + float64(max(n, 1))*math.Abs(float64(dilation))
	if length > maxSpread {
		return errors.Errorf("simd: %s, got %d elements of dilation %d with padding %d and %d on axis %d; use a "+
			"shorter axis",
			what, n, dilation, low, high, axis)
	}
	return nil
}
