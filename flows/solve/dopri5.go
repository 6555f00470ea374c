package solve

// Dopri5 is the Dormand–Prince 5(4) pair with a proportional-integral controller: order 5, six new evaluations
// a step tried and two to begin with.
//
// Dormand, Prince, A family of embedded Runge–Kutta formulae, J. Comput. Appl. Math. 6 (1980). Its solution
// between steps, of order 4, is Shampine's, Some practical Runge–Kutta formulas, Math. Comp. 46 (1986).
type Dopri5 struct {
	// RTol and ATol bound the error of each step by ATol + RTol·|x|, in the norm of the [Space]; 0 is
	// [DefaultTolerance].
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

	Dense: [][]float64{
		{1, -8048581381. / 2820520608, 8663915743. / 2820520608, -12715105075. / 11282082432},
		{},
		{0, 131558114200. / 32700410799, -68118460800. / 10900136933, 87487479700. / 32700410799},
		{0, -1754552775. / 470086768, 14199869525. / 1410260304, -10690763975. / 1880347072},
		{0, 127303824393. / 49829197408, -318862633887. / 49829197408, 701980252875. / 199316789632},
		{0, -282668133. / 205662961, 2019193451. / 616988883, -1453857185. / 822651844},
		{0, 40617522. / 29380423, -110615467. / 29380423, 69997945. / 29380423},
	},
	DenseOrder: 4,
}

// Name implements [Solver].
func (Dopri5) Name() string { return "dopri5" }

// Tableau implements [Solver].
func (Dopri5) Tableau() *Tableau { return &dopri5Tableau }

// Controller implements [Solver].
func (s Dopri5) Controller() (Controller, error) {
	return newPIControl(s.Name(), dopri5Tableau.Order, s.RTol, s.ATol)
}
