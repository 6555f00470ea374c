package edit

import (
	"math"
	"slices"
)

// data predicts x₁ from states and their velocities: its mean, (a v − ȧ x)/(a ḃ − ȧ b).
func (c coefficients) data(x, v []float32) []float32 {
	scale := 1 / (c.a*c.slopeB - c.slopeA*c.b)
	out := make([]float32, len(x))
	for i := range out {
		out[i] = float32((c.a*float64(v[i]) - c.slopeA*float64(x[i])) * scale)
	}
	return out
}

// leastSignal is the b from which on a state tells enough of the data for its covariance.
const leastSignal = 0.04

// condition moves predictions of the data, the means of x₁ given x, to the means given x and what is known, as if x₁
// given x were normal: by V u, with u so that Π V u = Π(known − data). V is the covariance of x₁ given x, and Π the
// projection onto what is measured. By Tweedie's formula V u = (a²/b) ∂x̂₁/∂x u. The Jacobian is symmetric where the
// velocity is the gradient of an action, so that a difference quotient along u gives the product. Iterations of
// conjugate gradients solve the equation (MMPS, Rozet et al. 2024, arXiv:2405.13712, with automatic differentiation
// there).
func (w *walk) condition(t float64, at coefficients, data, v []float32) error {
	if w.Iterations < 0 || at.b < leastSignal {
		return nil
	}
	solutions := make([]gradients, len(w.known))
	directions := make([]float32, len(data))
	for i, known := range w.known {
		own := w.of(i, directions)
		copy(own, w.of(i, data))
		known.Project(own)
		for j, d := range w.of(i, data) {
			own[j] -= d
		}
		solutions[i] = newGradients(known, own)
	}
	for range w.Iterations {
		along, err := w.covariance(t, at, directions, v)
		if err != nil {
			return err
		}
		for i := range solutions {
			solutions[i].iterate(w.of(i, along), w.of(i, data))
		}
	}
	return nil
}

// covariance is V u of each example.
func (w *walk) covariance(t float64, at coefficients, u, v []float32) ([]float32, error) {
	moved, steps := slices.Clone(w.x), make([]float64, len(w.known))
	for i := range w.known {
		own := w.of(i, u)
		length := math.Sqrt(dot(own, own) / float64(w.size))
		if length == 0 {
			continue
		}
		steps[i] = differenceStep * at.a / length
		for j, x := range w.of(i, moved) {
			moved[i*w.size+j] = x + float32(steps[i])*own[j]
		}
	}
	shifted, err := w.evaluate(t, moved)
	if err != nil {
		return nil, err
	}
	scale := at.a * at.a / at.b / (at.a*at.slopeB - at.slopeA*at.b)
	out := make([]float32, len(u))
	for i, step := range steps {
		for j := i * w.size; step > 0 && j < (i+1)*w.size; j++ {
			slope := (float64(shifted[j]) - float64(v[j])) / step
			out[j] = float32(scale * (at.a*slope - at.slopeA*float64(u[j])))
		}
	}
	return out, nil
}

// differenceStep is the step of difference quotients, as a share of the noise that a state has.
const differenceStep = 0.05

// gradients is a solution of Π V u = r by conjugate gradients, of one example.
type gradients struct {
	known               Known
	direction, residual []float32
	squares             float64 // of the residual
}

// newGradients begins with u = 0. The direction is the residual; iterate changes it in place.
func newGradients(known Known, direction []float32) gradients {
	return gradients{known, direction, slices.Clone(direction), dot(direction, direction)}
}

// iterate takes V times the direction, and moves x by its part of V u.
func (g *gradients) iterate(along, x []float32) {
	curvature := dot(g.direction, along)
	if !(curvature > 0) || g.squares == 0 { // it is solved, or the network's V isn't positive along it
		clear(g.direction)
		return
	}
	step := float32(g.squares / curvature)
	measured := g.measured(along)
	for j := range x {
		x[j] += step * along[j]
		g.residual[j] -= step * measured[j]
	}
	before := g.squares
	g.squares = dot(g.residual, g.residual)
	for j := range g.direction {
		g.direction[j] = g.residual[j] + float32(g.squares/before)*g.direction[j]
	}
}

// measured is Π z.
func (g *gradients) measured(z []float32) []float32 {
	rest, offset := slices.Clone(z), make([]float32, len(z))
	g.known.Project(rest)
	g.known.Project(offset)
	for j := range rest {
		rest[j] = z[j] - rest[j] + offset[j]
	}
	return rest
}

func dot(a, b []float32) (sum float64) {
	for i, x := range a {
		sum += float64(x) * float64(b[i])
	}
	return sum
}
