package eval

// Line is the fit of [FrechetLimit].
func Line(x, y []float64) (value Estimate, slope float64) { return line(x, y) }

// PowerAlong is W_p^p of two clouds' projections on a direction.
func PowerAlong(order float64, a, b Cloud, direction []float64) float64 {
	return onLine(order, sorted(a.project(direction), a.masses()), sorted(b.project(direction), b.masses()))
}

// Some are the features of n images from all over a store.
func Some(s *Store, n int) (Cloud, error) {
	g := newGathering(s.About, need{some: n})
	err := s.each(g.take)
	return g.some, err
}
