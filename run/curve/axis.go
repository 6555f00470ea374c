package curve

import (
	"math"
	"slices"

	"gonum.org/v1/plot/plotter"
)

// xys are the finite values of points.
func xys(points []Point, value func(Point) *float64) (list plotter.XYs) {
	for _, p := range points {
		if v := value(p); v != nil && !math.IsNaN(*v) && !math.IsInf(*v, 0) {
			list = append(list, plotter.XY{X: float64(p.Step), Y: *v})
		}
	}
	return list
}

// RunningMedian is the median of the losses around each point.
func RunningMedian(points []Point) (list plotter.XYs) {
	half := min(25, len(points)/30) // of the window
	for i, p := range points {
		var near []float64
		for _, q := range points[max(0, i-half):min(len(points), i+half+1)] {
			near = append(near, q.Loss)
		}
		slices.Sort(near)
		list = append(list, plotter.XY{X: float64(p.Step), Y: near[len(near)/2]})
	}
	return list
}

// early is the part of the steps in which a loss falls so far that the rest would be flat beside it.
const early = 0.1

// late are the values of a list after that, or all where there are none.
func late(points []Point, list plotter.XYs) plotter.XYs {
	begin := early * float64(points[len(points)-1].Step)
	later := slices.DeleteFunc(slices.Clone(list), func(q plotter.XY) bool { return q.X < begin })
	if len(later) == 0 {
		return list
	}
	return later
}

// Axis is the range of losses: of the points after the first tenth of the steps those from the 2nd to the 98th
// percentile, and all of the curves' there. outside counts the points beyond it.
func Axis(points []Point, curves plotter.XYs) (low, high float64, outside int) {
	var sorted []float64
	for _, q := range late(points, xys(points, func(p Point) *float64 { return &p.Loss })) {
		sorted = append(sorted, q.Y)
	}
	slices.Sort(sorted)
	cut := len(sorted) / 50
	low, high = bounds(late(points, curves))
	low, high = margins(min(low, sorted[cut]), max(high, sorted[len(sorted)-1-cut]))
	for _, p := range points {
		if p.Loss < low || p.Loss > high {
			outside++
		}
	}
	return low, high, outside
}

// bounds are the least and the largest value.
func bounds(list plotter.XYs) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, q := range list {
		low, high = min(low, q.Y), max(high, q.Y)
	}
	return low, high
}

// margins are a little beyond both ends of a range, which may be a single number.
func margins(low, high float64) (float64, float64) {
	margin := max(0.05*(high-low), 1e-6*math.Abs(high), 1e-9)
	return low - margin, high + margin
}

// Range is the range of an axis that shows all values.
func Range(list plotter.XYs) (low, high float64) { return margins(bounds(list)) }
