package solve

// RK4 is the classical Runge–Kutta method: order 4, four evaluations a step.
type RK4 struct {
	// Steps is their number; 0 is [DefaultSteps].
	Steps int
	// Grid has their times; nil is [UniformGrid].
	Grid Grid
}

var rk4Tableau = Tableau{
	A: [][]float64{
		{},
		{0.5},
		{0, 0.5},
		{0, 0, 1},
	},
	B:     []float64{1. / 6, 1. / 3, 1. / 3, 1. / 6},
	C:     []float64{0, 0.5, 0.5, 1},
	Order: 4,

	Dense:      [][]float64{{1, -3. / 2, 2. / 3}, {0, 1, -2. / 3}, {0, 1, -2. / 3}, {0, -1. / 2, 2. / 3}},
	DenseOrder: 3,
}

// Name implements [Solver].
func (RK4) Name() string { return "rk4" }

// Tableau implements [Solver].
func (RK4) Tableau() *Tableau { return &rk4Tableau }

// Controller implements [Solver].
func (s RK4) Controller() (Controller, error) { return newFixedSteps(s.Name(), s.Steps, s.Grid) }
