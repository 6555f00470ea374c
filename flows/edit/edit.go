// Package edit uses a trained flow on given images: it fills in what is missing of an image, and starts from an image
// in place of noise.
//
// It needs the velocity alone, on a path x_t = a(t) x₀ + b(t) x₁ from noise x₀ ~ N(0, I) to data x₁.
// [Restoration.Restore] draws images of which something is [Known]: the pixels outside a mask, the grey of a colour
// image, the means of blocks.
// [Noised] puts an image on its way, and [Slerp] goes from one noise to another.
package edit

import (
	"cmp"
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

// Restoration says how [Restoration.Restore] solves. Schedule has to be set; other fields have defaults.
type Restoration struct {
	// Schedule is that of the path, see [solve.Schedule].
	Schedule solve.Schedule
	// Steps is the number of steps from t = 0 to 1; 0 is [DefaultSteps].
	Steps int
	// Repeats is how often each step is made, from new noise each time, so that what is filled in agrees with what is
	// known; 0 is [DefaultRepeats].
	Repeats int
	// Iterations is the number of iterations of conjugate gradients by which each prediction of the data is told what
	// is known, an evaluation of the velocity each; 0 is [DefaultIterations], and a negative number is none.
	Iterations int
	// Bound, unless 0, is the largest absolute value of data: predictions are clipped to it.
	Bound float64
	// OnStep, unless nil, is told the share of the work that is done after each step.
	OnStep func(done float64)
}

// Defaults of [Restoration], as measured on MNIST (docs/guide/edit.md).
const (
	DefaultSteps      = 25
	DefaultRepeats    = 4
	DefaultIterations = 1
)

// WithDefaults is the restoration with its defaults where it has zeros.
func (r Restoration) WithDefaults() Restoration {
	r.Steps, r.Repeats = cmp.Or(r.Steps, DefaultSteps), cmp.Or(r.Repeats, DefaultRepeats)
	r.Iterations = cmp.Or(r.Iterations, DefaultIterations)
	return r
}

func (r Restoration) check(x []float32, known []Known, rngs []*rand.Rand) error {
	switch {
	case r.Schedule == nil:
		return errors.New("edit: a path without a schedule; give one from noise, such as the linear one")
	case r.Steps < 1 || r.Repeats < 1:
		return fmt.Errorf("edit: %d steps, %d times each; give 1 or more", r.Steps, r.Repeats)
	case len(known) == 0 || len(rngs) != len(known) || len(x)%len(known) != 0:
		return fmt.Errorf("edit: %d numbers of %d images with %d generators; give as many of each", len(x), len(known),
			len(rngs))
	}
	for i, k := range known {
		if k == nil {
			return fmt.Errorf("edit: nothing is known of image %d; give Pixels, Grey or Blocks", i)
		}
		if err := k.Check(len(x) / len(known)); err != nil {
			return err
		}
	}
	return nil
}

// Evaluations is how often a restoration asks for the velocity, at most.
func (r Restoration) Evaluations() int {
	r = r.WithDefaults()
	return r.Repeats * r.Steps * (1 + max(0, r.Iterations))
}

// Restore makes samples that have the known values, from noise x of a batch, [len(known), size]. Example i draws its
// further noise from rngs[i]. The result is new.
//
// From a state x at t it predicts the data as x̂₁ = E[x₁ | x, known], as if x₁ given x were normal, and puts in what is
// known exactly. The next state, at t' with b' > b, is b' x̂₁ and noise: that of x, x̂₀ = (x − b x̂₁)/a, and as much
// new noise as leaves it the state of the path that it is (ancestral sampling). So what is known moves along its own
// path, and the last state, at t = 1, has it. A repetition takes the state back to t by noise and makes the step again,
// as RePaint does (Lugmayr et al. 2022, arXiv:2201.09865).
func (r Restoration) Restore(ctx context.Context, velocity Velocity, known []Known, x []float32,
	rngs []*rand.Rand) ([]float32, error) {
	r = r.WithDefaults()
	if err := r.check(x, known, rngs); err != nil {
		return nil, err
	}
	w := walk{Restoration: r, velocity: velocity, known: known, rngs: rngs, x: slices.Clone(x),
		size: len(x) / len(known)}
	for k := range r.Steps {
		for again := range r.Repeats {
			if err := solve.Cause(ctx); err != nil {
				return nil, fmt.Errorf("edit: stopped at t=%.6g: %w", w.time(k), err)
			}
			if again > 0 {
				w.back(k)
			}
			if err := w.step(k); err != nil {
				return nil, err
			}
			if r.OnStep != nil {
				r.OnStep(float64(k*r.Repeats+again+1) / float64(r.Repeats*r.Steps))
			}
		}
	}
	return w.x, nil
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
