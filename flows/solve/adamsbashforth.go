package solve

import "math"

// AB2 is the Adams–Bashforth method of order 2, with one evaluation a step, on steps of any lengths:
//
//	y = x + ∫ p(s) ds over the step, where p interpolates f at the beginning of this step and of the one before.
//
// The first step is Heun's. Its second evaluation, at the end of an Euler step, serves as the second step's first, so
// from 2 steps on there are as many evaluations as steps.
//
// Hairer, Nørsett, Wanner, Solving Ordinary Differential Equations I, 2nd ed., III.1 and III.5.
type AB2 struct {
	// Steps is their number; 0 is [DefaultSteps].
	Steps int
	// Grid has their times; nil is [UniformGrid].
	Grid Grid
}

// AB3 is the Adams–Bashforth method of order 3, with one evaluation a step: like [AB2], through the evaluations of
// three steps. The first step is Heun's as there, the second one is that of AB2.
type AB3 struct {
	// Steps is their number; 0 is [DefaultSteps].
	Steps int
	// Grid has their times; nil is [UniformGrid].
	Grid Grid
}

var (
	ab2Tableau = newestOf(2)
	ab3Tableau = newestOf(3)

	_, _ multistep = AB2{}, AB3{}
)

// newestOf is the tableau of the newest evaluation of a multistep method, of that order between its steps too.
func newestOf(order int) Tableau {
	tab := eulerTableau
	tab.Order, tab.DenseOrder = order, order
	return tab
}

// Name implements [Solver].
func (AB2) Name() string { return "ab2" }

// Tableau implements [Solver].
func (AB2) Tableau() *Tableau { return &ab2Tableau }

// Controller implements [Solver].
func (s AB2) Controller() (Controller, error) { return newFixedSteps(s.Name(), s.Steps, s.Grid) }

// Name implements [Solver].
func (AB3) Name() string { return "ab3" }

// Tableau implements [Solver].
func (AB3) Tableau() *Tableau { return &ab3Tableau }

// Controller implements [Solver].
func (s AB3) Controller() (Controller, error) { return newFixedSteps(s.Name(), s.Steps, s.Grid) }

func (AB2) memory() int    { return 2 }
func (AB3) memory() int    { return 3 }
func (AB2) corrects() bool { return true }
func (AB3) corrects() bool { return true }

func (AB2) kept(Schedule, float64) (ofX, ofF float64) { return 0, 1 }
func (AB3) kept(Schedule, float64) (ofX, ofF float64) { return 0, 1 }

func (AB2) weights(_ Schedule, times []float64, from, _, want float64) (ofX float64, weights []float64) {
	return 1, integrals(times, from, want)
}

func (AB3) weights(_ Schedule, times []float64, from, _, want float64) (ofX float64, weights []float64) {
	return 1, integrals(times, from, want)
}

// integrals are those, from one time to another, of the Lagrange polynomials of at most four times. Gauss's rule of
// two points is exact for them.
func integrals(times []float64, from, to float64) []float64 {
	weights := make([]float64, len(times))
	middle, half := (from+to)/2, (to-from)/2
	for _, s := range []float64{middle - half/math.Sqrt(3), middle + half/math.Sqrt(3)} {
		for j, tj := range times {
			value := half
			for m, tm := range times {
				if m != j {
					value *= (s - tm) / (tj - tm)
				}
			}
			weights[j] += value
		}
	}
	return weights
}
