package solve

import "math"

// DPMSolver2M is DPM-Solver++(2M) in data prediction, of order 2 with one evaluation a step, for the flow along a path
// x_t = a(t) x₀ + b(t) x₁ from noise to data. With λ = log(b/a), a step from t to t′ is
//
//	x ← (a′/a) x + (b′ − a′b/a) D,   D = (1 + 1/2r) x̂ − (1/2r) x̂₋₁,   r = (λ − λ₋₁)/(λ′ − λ),
//
// where x̂ = (a f − ȧ x)/(a ḃ − ȧ b), which is E[x₁ | x_t] for the path's own flow, x + (1 − t) f on a linear one, and
// x̂₋₁ that of the step before. Where λ is infinite D = x̂: in the last step if a = 0 at its end, so the result is a
// data prediction, and in the first two steps if b = 0 at the start.
//
// It needs the [Schedule] of the path and goes towards the data only.
//
// Lu et al. 2022, DPM-Solver++: Fast Solver for Guided Sampling of Diffusion Probabilistic Models, algorithm 2.
type DPMSolver2M struct {
	// Steps is their number; 0 is [DefaultSteps].
	Steps int
	// Grid has their times; nil is [UniformGrid].
	Grid Grid
}

var (
	dpmSolver2MTableau = newestOf(2)

	_ multistep = DPMSolver2M{}
)

// Name implements [Solver].
func (DPMSolver2M) Name() string { return "dpm++2m" }

// Tableau implements [Solver].
func (DPMSolver2M) Tableau() *Tableau { return &dpmSolver2MTableau }

// Controller implements [Solver].
func (s DPMSolver2M) Controller() (Controller, error) {
	return newFixedSteps(s.Name(), s.Steps, s.Grid)
}

func (DPMSolver2M) memory() int    { return 2 }
func (DPMSolver2M) corrects() bool { return false }

func (DPMSolver2M) kept(path Schedule, t float64) (ofX, ofF float64) {
	a, b, slopeA, slopeB := path(t)
	determinant := a*slopeB - slopeA*b
	return -slopeA / determinant, a / determinant
}

func (DPMSolver2M) weights(path Schedule, times []float64, from, end, want float64) (ofX float64, weights []float64) {
	a, b, _, _ := path(from)
	aWant, bWant, _, _ := path(want)
	ofX = aWant / a
	weight := bWant - ofX*b
	if aEnd, _, _, _ := path(end); len(times) < 2 || aEnd == 0 {
		return ofX, []float64{weight}
	}
	aBefore, bBefore, _, _ := path(times[1])
	lambda, lambdaBefore := math.Log(b/a), math.Log(bBefore/aBefore)
	part := (math.Log(bWant/aWant) - lambda) / (2 * (lambda - lambdaBefore)) // 1/2r, 0 where λ₋₁ is −∞
	return ofX, []float64{weight * (1 + part), -weight * part}
}
