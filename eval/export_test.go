package eval

// Line is the fit of [FrechetLimit].
func Line(x, y []float64) (value Estimate, slope float64) { return line(x, y) }

// PowerAlong is W_p^p of two clouds' projections on a direction.
func PowerAlong(order float64, a, b Cloud, direction []float64) float64 {
	return onLine(order, sorted(a.project(direction), a.masses()), sorted(b.project(direction), b.masses()))
}
