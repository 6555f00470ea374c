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
	// Order p of the method: its global error is O(hᵖ).
	Order int
	// FSAL (first same as last): the last stage is f(t+h, y), so it serves as the next step's first.
	FSAL bool
}
