package solve

// Euler is the explicit Euler method, y = x + h f(t, x): order 1, one evaluation a step.
type Euler struct {
	// Steps is their number; 0 is [DefaultSteps].
	Steps int
	// Grid has their times; nil is [UniformGrid].
	Grid Grid
}

var eulerTableau = Tableau{
	A:     [][]float64{{}},
	B:     []float64{1},
	C:     []float64{0},
	Order: 1,

	Dense:      [][]float64{{1}},
	DenseOrder: 1,
}

// Name implements [Solver].
func (Euler) Name() string { return "euler" }

// Tableau implements [Solver].
func (Euler) Tableau() *Tableau { return &eulerTableau }

// Controller implements [Solver].
func (e Euler) Controller() (Controller, error) { return newFixedSteps(e.Name(), e.Steps, e.Grid) }
