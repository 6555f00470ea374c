package solve

// EulerMaruyama is the Euler–Maruyama method for dx = f dt + σ(t) dW, y = x + h f(t, x) + σ(t) ΔW: one evaluation a
// step. The noise doesn't depend on the state, so it is Milstein's method too: strong order 1, weak order 1.
//
// Kloeden, Platen, Numerical Solution of Stochastic Differential Equations, 10.2.
type EulerMaruyama struct {
	// Steps is their number; 0 is [DefaultSteps].
	Steps int
	// Grid has their times; nil is [UniformGrid].
	Grid Grid
}

var eulerMaruyamaTableau = stochastic(eulerTableau)

// stochastic applies a method for ordinary equations to f dt + σ dW.
func stochastic(t Tableau) Tableau {
	t.Stochastic = true
	return t
}

// Name implements [Solver].
func (EulerMaruyama) Name() string { return "euler-maruyama" }

// Tableau implements [Solver].
func (EulerMaruyama) Tableau() *Tableau { return &eulerMaruyamaTableau }

// Controller implements [Solver].
func (s EulerMaruyama) Controller() (Controller, error) {
	return newFixedSteps(s.Name(), s.Steps, s.Grid)
}
