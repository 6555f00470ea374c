package curve

import (
	"math"
	"slices"
)

// Smooth replaces values by their exponential moving average, without the bias to zero of its beginning (Kingma and Ba
// 2015, section 3).
func Smooth(values []float64, weight float64) {
	mean, part := 0.0, 0.0
	for i, v := range values {
		mean, part = weight*mean+(1-weight)*v, weight*part+(1-weight)
		values[i] = mean / part
	}
}

// Thin are the indices of the values to draw, in order: the first and the last, and the least and the largest in each
// of so many buckets. All are drawn where that is no more.
func Thin(values []float64, buckets int) (kept []int) {
	n := len(values)
	if n <= 2*buckets {
		for i := range n {
			kept = append(kept, i)
		}
		return kept
	}
	kept = append(kept, 0, n-1)
	for b := range buckets {
		from, to := b*n/buckets, (b+1)*n/buckets
		least, largest := from, from
		for i := from; i < to; i++ {
			if values[i] < values[least] || math.IsNaN(values[least]) {
				least = i
			}
			if values[i] > values[largest] || math.IsNaN(values[largest]) {
				largest = i
			}
		}
		kept = append(kept, least, largest)
	}
	slices.Sort(kept)
	return slices.Compact(kept)
}
