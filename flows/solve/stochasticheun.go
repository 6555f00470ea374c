package solve

// StochasticHeun is Heun's method for dx = f dt + σ(t) dW, y = x + h/2 (f(t, x) + f(t + h, x̃)) + ½(σ(t) + σ(t + h)) ΔW
// with x̃ = x + h f(t, x) + σ(t) ΔW: two evaluations a step. The noise doesn't depend on the state: strong order 1,
// weak order 2.
//
// Kloeden, Platen, Numerical Solution of Stochastic Differential Equations, 15.1.
type StochasticHeun struct {
	// Steps is their number; 0 is [DefaultSteps].
	Steps int
	// Grid has their times; nil is [UniformGrid].
	Grid Grid
}

var stochasticHeunTableau = stochastic(heunTableau)

// Name implements [Solver].
func (StochasticHeun) Name() string { return "stochastic-heun" }

// Tableau implements [Solver].
func (StochasticHeun) Tableau() *Tableau { return &stochasticHeunTableau }

// Controller implements [Solver].
func (s StochasticHeun) Controller() (Controller, error) {
	return newFixedSteps(s.Name(), s.Steps, s.Grid)
}
