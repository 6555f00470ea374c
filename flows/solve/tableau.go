package solve

// Tableau is the Butcher tableau of an explicit Runge–Kutta method with s stages:
//
//	kᵢ = f(t + Cᵢh, x + h Σⱼ Aᵢⱼ kⱼ),   y = x + h Σᵢ Bᵢ kᵢ,   error ≈ h Σᵢ Eᵢ kᵢ.
type Tableau struct {
	// A holds the strictly lower triangle by rows: A[i] has i entries.
	A [][]float64

	// B are the weights of the solution, C the nodes.
	B, C []float64

	// E are B minus the weights of the embedded solution; nil where the method has none.
	E []float64

	// Dense are the polynomials of the solution between t and t + h, which needs no evaluation of its own:
	// x(t + θh) ≈ x + h Σᵢ bᵢ(θ) kᵢ, bᵢ(θ) = Σⱼ Dense[i][j] θʲ⁺¹, bᵢ(1) = Bᵢ. DenseOrder is its order.
	Dense      [][]float64
	DenseOrder int

	// Order p of the method: its global error is O(hᵖ). Of a stochastic method it is that without noise.
	Order int

	// FSAL (first same as last): the last stage is f(t+h, y), so it serves as the next step's first.
	FSAL bool

	// Stochastic: the method is for dx = f dt + σ(t) dW. It takes h kᵢ + σ(t + Cᵢh) ΔW for h kᵢ everywhere.
	Stochastic bool
}

// IsStochastic tells whether a solver follows noise. One that does refuses a problem without, and the other way
// round.
func IsStochastic(s Solver) bool { return s.Tableau().Stochastic }

// dense returns the weights bᵢ(θ).
func (tab *Tableau) dense(theta float64) []float64 {
	weights := make([]float64, len(tab.Dense))
	for i, polynomial := range tab.Dense {
		for j := len(polynomial) - 1; j >= 0; j-- {
			weights[i] = (weights[i] + polynomial[j]) * theta
		}
	}
	return weights
}
