package edit

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// walk is a restoration under way.
type walk struct {
	Restoration
	velocity Velocity
	known    []Known
	rngs     []*rand.Rand
	x        []float32
	size     int // of an example
}

// coefficients are those of a path at a time.
type coefficients struct{ a, b, slopeA, slopeB float64 }

func (w *walk) time(k int) float64 { return float64(k) / float64(w.Steps) }

// at are the coefficients at time k.
func (w *walk) at(k int) coefficients {
	if k == w.Steps {
		return coefficients{a: 0, b: 1} // whatever rounding leaves
	}
	a, b, slopeA, slopeB := w.Schedule(w.time(k))
	return coefficients{a, b, slopeA, slopeB}
}

// of is example i of a batch.
func (w *walk) of(i int, batch []float32) []float32 { return batch[i*w.size : (i+1)*w.size] }

// evaluate is the velocity at x.
func (w *walk) evaluate(t float64, x []float32) ([]float32, error) {
	v, err := w.velocity(t, x)
	if err == nil && len(v) != len(x) {
		err = fmt.Errorf("edit: %d velocities of %d numbers at t=%.6g; give one each", len(v), len(x), t)
	}
	return v, err
}

// step goes from time k to k + 1.
func (w *walk) step(k int) error {
	t, from, to := w.time(k), w.at(k), w.at(k+1)
	v, err := w.evaluate(t, w.x)
	if err != nil {
		return err
	}
	data := from.data(w.x, v)
	if err := w.condition(t, from, data, v); err != nil {
		return err
	}
	kept, added := noiseOf(from, to)
	broken := false
	for i, known := range w.known {
		x, data := w.of(i, w.x), w.of(i, data)
		clip(data, w.Bound)
		known.Project(data)
		for j, end := range data {
			noise := (float64(x[j]) - from.b*float64(end)) / from.a
			next := to.b*float64(end) + kept*noise
			if added > 0 {
				next += added * w.rngs[i].NormFloat64()
			}
			x[j] = float32(next)
			broken = broken || math.IsNaN(next) || math.IsInf(next, 0)
		}
	}
	if broken {
		return fmt.Errorf("edit: the velocity at t=%.6g isn't finite; take another checkpoint", t)
	}
	return nil
}

// noiseOf is how much of the noise of a state is kept in the next, and how much is new: of variance a'² in all, of
// which a'² (1 − (b a')²/(b' a)²) is new.
func noiseOf(from, to coefficients) (kept, added float64) {
	share := from.b * to.a / (to.b * from.a)
	return to.a * share, to.a * math.Sqrt(max(0, 1-share*share))
}

// back takes the state from time k + 1 to k, by noise.
func (w *walk) back(k int) {
	from, to := w.at(k+1), w.at(k)
	scale := to.b / from.b
	added := math.Sqrt(max(0, to.a*to.a-scale*scale*from.a*from.a))
	for i, rng := range w.rngs {
		x := w.of(i, w.x)
		for j := range x {
			x[j] = float32(scale*float64(x[j]) + added*rng.NormFloat64())
		}
	}
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
