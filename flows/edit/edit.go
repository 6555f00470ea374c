// Package edit uses a trained flow on given images: it fills in what is missing of an image, and starts from an image in
// place of noise.
//
// It needs the velocity alone, on a path x_t = a(t) x₀ + b(t) x₁ from noise x₀ ~ N(0, I) to data x₁. [Restore] holds what
// is [Known] of x₁ through a whole solution: the pixels outside a mask, the grey of a colour image, the means of blocks.
// [Noised] puts an image on its way, and [Slerp] goes from one noise to another.
package edit

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/amgen/amgen/flows/solve"
)

// Velocity is dx/dt of a batch of states at t. It leaves x as it is.
type Velocity func(t float64, x []float32) ([]float32, error)

// Restoration says how [Restore] solves. Schedule has to be set; other fields have defaults.
type Restoration struct {
	// Schedule is that of the path, see [solve.Schedule].
	Schedule solve.Schedule
	// Steps is the number of steps from t = 0 to 1; 0 is [DefaultSteps].
	Steps int
	// Repeats is how often each stretch of Jump steps is solved, with new noise each time, so that what is filled in
	// agrees with what is known; 0 is [DefaultRepeats], and 1 solves it once.
	Repeats int
	// Jump is the number of steps of a stretch; 0 is [DefaultJump].
	Jump int
	// Iterations is the number of conjugate-gradient iterations by which each prediction of the data is told what is known,
	// an evaluation of the velocity each; 0 is none.
	Iterations int
	// Bound, unless 0, is the largest absolute value of data: predictions are clipped to it.
	Bound float64
	// Fresh is the share of new noise in a step, from 0, none, to 1, as much as a step can take.
	Fresh float64
	// OnStep, unless nil, is told the share of the work that is done after each step.
	OnStep func(done float64)
}

// Defaults of [Restoration], as measured on MNIST.
const (
	DefaultSteps   = 50
	DefaultRepeats = 4
	DefaultJump    = 5
)

// WithDefaults is the restoration with its defaults where it has zeros.
func (r Restoration) WithDefaults() Restoration {
	for _, d := range []struct {
		value    *int
		standard int
	}{{&r.Steps, DefaultSteps}, {&r.Repeats, DefaultRepeats}, {&r.Jump, DefaultJump}} {
		if *d.value == 0 {
			*d.value = d.standard
		}
	}
	return r
}

func (r Restoration) check() error {
	switch {
	case r.Schedule == nil:
		return errors.New("edit: a path without a schedule; give one from noise, such as the linear one")
	case r.Steps < 1 || r.Repeats < 1 || r.Jump < 1:
		return fmt.Errorf("edit: %d steps, in stretches of %d, %d times each; give 1 or more of each", r.Steps, r.Jump,
			r.Repeats)
	case !(r.Fresh >= 0 && r.Fresh <= 1):
		return fmt.Errorf("edit: a share of new noise of %g; give one from 0 to 1", r.Fresh)
	}
	return nil
}

// Evaluations is how often a restoration asks for the velocity.
func (r Restoration) Evaluations() int {
	r = r.WithDefaults()
	return r.Repeats * r.Steps * (1 + r.Iterations)
}

// Restore makes samples that have the known values, from noise x of a batch, [len(known), size]. Example i draws its
// further noise from rngs[i]. The result is new.
//
// From state x at t it predicts the data, x̂₁ = (a v − ȧ x)/(a ḃ − ȧ b), and puts in what is known: x̂₁' = known(x̂₁). The
// next state at t' is b' x̂₁' + a' x̂₀ with the noise x̂₀ = (x − b x̂₁')/a. So what is known moves along its own path, and
// the last state, at t = 1, has it. This is DDNM's null-space projection (Wang et al. 2023, arXiv:2212.00490). After
// each stretch but its last repetition, new noise takes the state back to where the stretch began, as in RePaint
// (Lugmayr et al. 2022, arXiv:2201.09865).
func (r Restoration) Restore(ctx context.Context, velocity Velocity, known []Known, x []float32,
	rngs []*rand.Rand) ([]float32, error) {
	r = r.WithDefaults()
	if err := r.check(); err != nil {
		return nil, err
	}
	if len(known) == 0 || len(rngs) != len(known) || len(x)%len(known) != 0 {
		return nil, fmt.Errorf("edit: %d numbers of %d images with %d generators; give as many of each", len(x),
			len(known), len(rngs))
	}
	w := walk{Restoration: r, velocity: velocity, known: known, rngs: rngs, x: slices.Clone(x)}
	for first := 0; first < r.Steps; first += r.Jump {
		last := min(first+r.Jump, r.Steps)
		for again := range r.Repeats {
			if again > 0 {
				w.back(last, first)
			}
			for k := first; k < last; k++ {
				if ctx.Err() != nil {
					return nil, fmt.Errorf("edit: stopped at t=%.6g: %w", w.time(k), errors.Join(ctx.Err(),
						context.Cause(ctx)))
				}
				if err := w.step(k); err != nil {
					return nil, err
				}
			}
		}
	}
	return w.x, nil
}

// walk is a restoration under way.
type walk struct {
	Restoration
	velocity Velocity
	known    []Known
	rngs     []*rand.Rand
	x        []float32
	done     int
}

func (w *walk) time(k int) float64 { return float64(k) / float64(w.Steps) }

// examples hands each example of the batch to do.
func (w *walk) examples(do func(i int, x []float32)) {
	size := len(w.x) / len(w.known)
	for i := range w.known {
		do(i, w.x[i*size:(i+1)*size])
	}
}

// step goes from time k to k + 1.
func (w *walk) step(k int) error {
	t := w.time(k)
	v, err := w.velocity(t, w.x)
	if err != nil {
		return err
	}
	if len(v) != len(w.x) {
		return fmt.Errorf("edit: %d velocities of %d numbers at t=%.6g; give one each", len(v), len(w.x), t)
	}
	at := w.at(t)
	toA, toB := w.ends(k + 1)
	kept, added := w.noise(at.a, at.b, toA, toB)
	data := at.data(w.x, v)
	if err := w.condition(t, at, data, v); err != nil {
		return err
	}
	size := len(w.x) / len(w.known)
	var broken bool
	w.examples(func(i int, x []float32) {
		data := data[i*size : (i+1)*size]
		clip(data, w.Bound)
		w.known[i].Project(data)
		for j, end := range data {
			noise := (float64(x[j]) - at.b*float64(end)) / at.a
			next := toB*float64(end) + kept*noise
			if added > 0 {
				next += added * w.rngs[i].NormFloat64()
			}
			x[j] = float32(next)
			broken = broken || math.IsNaN(next) || math.IsInf(next, 0)
		}
	})
	if broken {
		return fmt.Errorf("edit: the velocity at t=%.6g isn't finite; take another checkpoint", t)
	}
	w.done++
	if w.OnStep != nil {
		w.OnStep(float64(w.done) / float64(w.Evaluations()))
	}
	return nil
}

// ends are a and b at time k.
func (w *walk) ends(k int) (a, b float64) {
	if k == w.Steps {
		return 0, 1 // whatever rounding leaves
	}
	a, b, _, _ = w.Schedule(w.time(k))
	return a, b
}

// noise is how much of the noise of (a, b) is kept at (toA, toB), and how much is new.
func (w *walk) noise(a, b, toA, toB float64) (kept, added float64) {
	if w.Fresh == 0 || toA == 0 {
		return toA, 0
	}
	share := b * toA / (toB * a)
	added = w.Fresh * toA * math.Sqrt(max(0, 1-share*share))
	return math.Sqrt(max(0, toA*toA-added*added)), added
}

// back takes the state from time k back to an earlier one, by noise.
func (w *walk) back(k, to int) {
	a, b := w.ends(k)
	toA, toB := w.ends(to)
	scale := toB / b
	added := math.Sqrt(max(0, toA*toA-scale*scale*a*a))
	w.examples(func(i int, x []float32) {
		for j := range x {
			x[j] = float32(scale*float64(x[j]) + added*w.rngs[i].NormFloat64())
		}
	})
}

// Noised puts data x₁ on its way at t, with noise x₀: x_t = a x₀ + b x₁. At t = 1 it is x₁ itself.
func Noised(schedule solve.Schedule, t float64, noise, data []float32) []float32 {
	a, b, _, _ := schedule(t)
	if t == 1 {
		a, b = 0, 1
	}
	out := make([]float32, len(data))
	for i := range out {
		out[i] = float32(a*float64(noise[i]) + b*float64(data[i]))
	}
	return out
}

// Slerp is the point at a share of the way from a to b, from 0 to 1, along the great circle, with a length between
// theirs. Between two noises it is as long as a noise, which a point on the straight line isn't.
func Slerp(a, b []float32, share float64) []float32 {
	switch share {
	case 0:
		return slices.Clone(a)
	case 1:
		return slices.Clone(b)
	}
	var aa, bb, ab float64
	for i := range a {
		x, y := float64(a[i]), float64(b[i])
		aa, bb, ab = aa+x*x, bb+y*y, ab+x*y
	}
	first, second := 1-share, share
	cosine := ab / math.Sqrt(aa*bb)
	if angle := math.Acos(max(-1, min(1, cosine))); angle > 1e-6 && angle < math.Pi-1e-6 {
		length := math.Pow(bb/aa, share/2) // of the result, in that of a
		first = length * math.Sin((1-share)*angle) / math.Sin(angle)
		second = length * math.Sqrt(aa/bb) * math.Sin(share*angle) / math.Sin(angle)
	}
	out := make([]float32, len(a))
	for i := range out {
		out[i] = float32(first*float64(a[i]) + second*float64(b[i]))
	}
	return out
}
