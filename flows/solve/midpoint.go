package solve

// Midpoint is the explicit midpoint method, y = x + h f(t + h/2, x + h/2 f(t, x)): order 2, two evaluations a step.
type Midpoint struct {
	// Steps is their number; 0 is [DefaultSteps].
	Steps int
	// Grid has their times; nil is [UniformGrid].
	Grid Grid
}

var midpointTableau = Tableau{
	A:     [][]float64{{}, {0.5}},
	B:     []float64{0, 1},
	C:     []float64{0, 0.5},
	Order: 2,

	Dense:      [][]float64{{1, -1}, {0, 1}},
	DenseOrder: 2,
}

// Name implements [Solver].
func (Midpoint) Name() string { return "midpoint" }

// Tableau implements [Solver].
func (Midpoint) Tableau() *Tableau { return &midpointTableau }

// Controller implements [Solver].
func (m Midpoint) Controller() (Controller, error) { return newFixedSteps(m.Name(), m.Steps, m.Grid) }
