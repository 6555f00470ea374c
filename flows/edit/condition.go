package edit

import "math"

// coefficients are those of a path at a time.
type coefficients struct{ a, b, slopeA, slopeB float64 }

func (w *walk) at(t float64) coefficients {
	a, b, slopeA, slopeB := w.Schedule(t)
	return coefficients{a, b, slopeA, slopeB}
}

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
// given x were normal: by V u with Π V u = Π(known − data), where V is the covariance of x₁ given x, and Π the
// projection onto what is measured. V u = (a²/b) ∂x̂₁/∂x u by Tweedie's formula. ∂x̂₁/∂x is symmetric, since the velocity
// is a gradient, so a difference quotient of the velocity along u gives it. The equation is solved by some iterations of
// conjugate gradients (MMPS, Rozet et al. 2024, arXiv:2405.13712, with automatic differentiation there).
func (w *walk) condition(t float64, at coefficients, data, v []float32) error {
	if w.Iterations == 0 || at.b < leastSignal {
		return nil
	}
	size, n := len(w.x)/len(w.known), len(w.known)
	gaps := make([]float32, len(data)) // Π(known − data), the residual
	for i := range n {
		own := gaps[i*size : (i+1)*size]
		copy(own, data[i*size:(i+1)*size])
		w.known[i].Project(own)
		for j := range own {
			own[j] -= data[i*size+j]
		}
	}
	direction := append([]float32(nil), gaps...)
	squares := make([]float64, n)
	for i := range n {
		squares[i] = dot(gaps[i*size:(i+1)*size], gaps[i*size:(i+1)*size])
	}
	move := make([]float32, len(data))
	for range w.Iterations {
		along, err := w.covariance(t, at, direction, v)
		if err != nil {
			return err
		}
		for i := range n {
			p, q, r := direction[i*size:(i+1)*size], along[i*size:(i+1)*size], gaps[i*size:(i+1)*size]
			curvature := dot(p, q)
			if !(curvature > 0) || squares[i] == 0 { // solved, or the network's V isn't positive there
				clear(p)
				continue
			}
			step := squares[i] / curvature
			projected := w.measured(i, q)
			for j := range p {
				move[i*size+j] += float32(step) * q[j]
				r[j] -= float32(step) * projected[j]
			}
			before := squares[i]
			squares[i] = dot(r, r)
			for j := range p {
				p[j] = r[j] + float32(squares[i]/before)*p[j]
			}
		}
	}
	for i, m := range move {
		data[i] += m
	}
	return nil
}

// covariance is V u of each example.
func (w *walk) covariance(t float64, at coefficients, u, v []float32) ([]float32, error) {
	size := len(w.x) / len(w.known)
	moved, steps := append([]float32(nil), w.x...), make([]float64, len(w.known))
	for i := range w.known {
		own := u[i*size : (i+1)*size]
		length := math.Sqrt(dot(own, own) / float64(size))
		if length == 0 {
			continue
		}
		steps[i] = differenceStep * at.a / length
		for j, d := range own {
			moved[i*size+j] += float32(steps[i]) * d
		}
	}
	shifted, err := w.velocity(t, moved)
	if err != nil {
		return nil, err
	}
	scale := at.a * at.a / at.b / (at.a*at.slopeB - at.slopeA*at.b)
	out := make([]float32, len(u))
	for i, step := range steps {
		if step == 0 {
			continue
		}
		for j := i * size; j < (i+1)*size; j++ {
			slope := (float64(shifted[j]) - float64(v[j])) / step
			out[j] = float32(scale * (at.a*slope - at.slopeA*float64(u[j])))
		}
	}
	return out, nil
}

// differenceStep is the step of difference quotients, in the noise that a state has.
const differenceStep = 0.05

// measured is Π z of example i.
func (w *walk) measured(i int, z []float32) []float32 {
	rest := append([]float32(nil), z...)
	w.known[i].Project(rest)
	offset := make([]float32, len(z))
	w.known[i].Project(offset)
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

// clip brings values to [-bound, bound]; 0 is no bound.
func clip(x []float32, bound float64) {
	if bound == 0 {
		return
	}
	for i, v := range x {
		x[i] = min(max(v, float32(-bound)), float32(bound))
	}
}
