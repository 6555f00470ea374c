package arrays

import (
	"fmt"

	"github.com/gomlx/gomlx/pkg/core/dtypes/bfloat16"
	"github.com/x448/float16"

	"github.com/amgen/amgen/backends/simd/internal/pool"
)

// Convert converts src to the element type of dst; both are slices of the same length of any GoMLX element type.
//
// As in XLA: a float that becomes an integer is truncated towards zero and saturates, NaN becomes 0; integers
// wrap; anything but zero (NaN too) becomes true; true becomes 1; a complex number that becomes real loses its
// imaginary part. To a float, values round to the nearest, ties to even, once, also from float64 to 16 bits
// (integers beyond 2⁵³ on their way to 16 bits round twice).
func Convert(p *pool.Pool, dst, src any) error {
	n := length(src)
	if n < 0 || length(dst) != n {
		return fmt.Errorf("cannot convert %T to %T", src, dst)
	}
	p.Run(ceilDiv(n, grain), func(piece int) {
		lo, hi := piece*grain, min(n, (piece+1)*grain)
		switch d := dst.(type) {
		case []float32:
			if convertDirect(d[lo:hi], src, lo, hi) {
				return
			}
		case []float64:
			if convertDirect(d[lo:hi], src, lo, hi) {
				return
			}
		}
		var t tile
		for ; lo < hi; lo += tileSize {
			end := min(hi, lo+tileSize)
			t.load(src, lo, end)
			t.store(dst, lo, end)
		}
	})
	return nil
}

// convertDirect converts Go's own real numbers to a float, where Go's rules are XLA's.
func convertDirect[D float32 | float64](dst []D, src any, lo, hi int) bool {
	switch s := src.(type) {
	case []int8:
		cast(dst, s[lo:hi])
	case []int16:
		cast(dst, s[lo:hi])
	case []int32:
		cast(dst, s[lo:hi])
	case []int64:
		cast(dst, s[lo:hi])
	case []uint8:
		cast(dst, s[lo:hi])
	case []uint16:
		cast(dst, s[lo:hi])
	case []uint32:
		cast(dst, s[lo:hi])
	case []uint64:
		cast(dst, s[lo:hi])
	case []float32:
		cast(dst, s[lo:hi])
	case []float64:
		cast(dst, s[lo:hi])
	default:
		return false
	}
	return true
}

// cast converts by Go's rules.
func cast[D, S Real](dst []D, src []S) {
	for i, v := range src {
		dst[i] = D(v)
	}
}

// length of a slice of a supported element type, or −1.
func length(flat any) int {
	switch s := flat.(type) {
	case []bool:
		return len(s)
	case []int8:
		return len(s)
	case []int16:
		return len(s)
	case []int32:
		return len(s)
	case []int64:
		return len(s)
	case []uint8:
		return len(s)
	case []uint16:
		return len(s)
	case []uint32:
		return len(s)
	case []uint64:
		return len(s)
	case []float16.Float16:
		return len(s)
	case []bfloat16.BFloat16:
		return len(s)
	case []float32:
		return len(s)
	case []float64:
		return len(s)
	case []complex64:
		return len(s)
	case []complex128:
		return len(s)
	}
	return -1
}
