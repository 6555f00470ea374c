package solve

// Dopri5 is the Dormand–Prince 5(4) pair with a proportional-integral controller: order 5, six new evaluations
// a step tried and two to begin with.
//
// Dormand, Prince, A family of embedded Runge–Kutta formulae, J. Comput. Appl. Math. 6 (1980).
type Dopri5 struct {
	// RTol and ATol, both positive, bound the error of each step by ATol + RTol·|x|, in the norm of the [Space].
	RTol, ATol float64
}

var dopri5Tableau = Tableau{
	A: [][]float64{
		{},
		{1. / 5},
		{3. / 40, 9. / 40},
		{44. / 45, -56. / 15, 32. / 9},
		{19372. / 6561, -25360. / 2187, 64448. / 6561, -212. / 729},
		{9017. / 3168, -355. / 33, 46732. / 5247, 49. / 176, -5103. / 18656},
		{35. / 384, 0, 500. / 1113, 125. / 192, -2187. / 6784, 11. / 84},
	},
	B:     []float64{35. / 384, 0, 500. / 1113, 125. / 192, -2187. / 6784, 11. / 84, 0},
	C:     []float64{0, 1. / 5, 3. / 10, 4. / 5, 8. / 9, 1, 1},
	E:     []float64{71. / 57600, 0, -71. / 16695, 71. / 1920, -17253. / 339200, 22. / 525, -1. / 40},
	Order: 5,
	FSAL:  true,
}

// Name implements [Solver].
func (Dopri5) Name() string { return "dopri5" }

// Tableau implements [Solver].
func (Dopri5) Tableau() *Tableau { return &dopri5Tableau }

// Controller implements [Solver].
func (s Dopri5) Controller() (Controller, error) {
	return newPIControl(s.Name(), dopri5Tableau.Order, s.RTol, s.ATol)
}
