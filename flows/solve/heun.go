package solve

// Heun is the explicit trapezoidal rule, y = x + h/2 (f(t, x) + f(t + h, x + h f(t, x))): order 2, two
// evaluations a step.
type Heun struct {
	// Steps is their number; 0 is [DefaultSteps].
	Steps int
	// Grid has their times; nil is [UniformGrid].
	Grid Grid
}

var heunTableau = Tableau{
	A:     [][]float64{{}, {1}},
	B:     []float64{0.5, 0.5},
	C:     []float64{0, 1},
	Order: 2,

	Dense:      [][]float64{{1, -0.5}, {0, 0.5}},
	DenseOrder: 2,
}

// Name implements [Solver].
func (Heun) Name() string { return "heun" }

// Tableau implements [Solver].
func (Heun) Tableau() *Tableau { return &heunTableau }

// Controller implements [Solver].
func (s Heun) Controller() (Controller, error) { return newFixedSteps(s.Name(), s.Steps, s.Grid) }
