package imaging

import "math"

// histogramStats are the mean and population deviation of n values in 0…255, given by their
// histogram, divided by 255. Integers are summed exactly, so the order of images cannot matter.
func histogramStats(hist *[256]int, n float64) (mean, std float64) {
	var sum, squares int
	for v, count := range hist {
		sum += v * count
		squares += v * v * count
	}
	mean = float64(sum) / n
	return mean / 255, math.Sqrt(max(0, float64(squares)/n-mean*mean)) / 255
}
