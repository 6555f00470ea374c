package solve

import "math"

// firstStep guesses the length of the first step from the field near (t, x), with one evaluation: small enough
// that an explicit Euler step is off by about 1 % of the tolerance's scale, by the estimated first and second
// derivatives. dir is ±1, first = f(t, x).
//
// Hairer, Nørsett, Wanner, Solving Ordinary Differential Equations I, 2nd ed., II.4, "starting step size".
func (s *stepper[T]) firstStep(t, dir, interval float64, x, first T, atol, rtol float64) (float64, error) {
	space := s.problem.Space
	d0, err := space.Norm([]float64{1}, []T{x}, x, x, atol, rtol)
	if err != nil {
		return 0, err
	}
	d1, err := space.Norm([]float64{1}, []T{first}, x, x, atol, rtol)
	if err != nil {
		return 0, err
	}
	h0 := 1e-6
	if d0 >= 1e-5 && d1 >= 1e-5 {
		h0 = 0.01 * d0 / d1
	}
	h0 = min(h0, interval)
	x1, err := space.Advance(x, []float64{dir * h0}, []T{first})
	if err != nil {
		return 0, err
	}
	defer s.release(x1)
	second, err := s.eval(t+dir*h0, t, x1)
	if err != nil {
		return 0, err
	}
	defer s.release(second)
	d2, err := space.Norm([]float64{1 / h0, -1 / h0}, []T{second, first}, x, x, atol, rtol)
	if err != nil {
		return 0, err
	}
	d := max(d1, d2)
	if math.IsNaN(d) || math.IsInf(d, 0) { // leave it to the loop to name the place
		return h0, nil
	}
	h1 := max(1e-6, 1e-3*h0)
	if d > 1e-15 {
		h1 = math.Pow(0.01/d, 1/float64(s.tableau.Order))
	}
	return min(100*h0, h1, interval), nil
}
