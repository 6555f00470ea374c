package science_test

import (
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/amgen/amgen/flows/science"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	"github.com/google/go-cmp/cmp"
)

// quadrature integrates each of f times the density at t by the trapezoidal rule, spacing 0.15 (¾ a₀) within 9 (45 a₀),
// where exp(−2r/3a₀) has fallen to 1e-13.
func quadrature(t float64, f []func(x, y, z float64) float64) []float64 {
	const half, h = 60, 0.15
	sums := make([]float64, len(f))
	for i := -half; i <= half; i++ {
		for j := -half; j <= half; j++ {
			for k := -half; k <= half; k++ {
				x, y, z := h*float64(i), h*float64(j), h*float64(k)
				mass := h * h * h * science.Hydrogen{}.Density(t, x, y, z)
				for m, f := range f {
					sums[m] += f(x, y, z) * mass
				}
			}
		}
	}
	return sums
}

// truth of the moments, in units of 5 a₀: ⟨r²⟩ of a state is n²(5n² + 1 − 3l(l+1))/2 a₀², 126 and 30; the share of z²
// in it is 3/7 for Y₂₋₁ and 3/5 for Y₁₀; the two states meet in ⟨x⟩ alone, by ∫ z²x² e^(−5r/6) = 4π/15·6!·(6/5)⁷.
func hydrogenTruth(t float64) map[string]float64 {
	cross := 4 / (81 * math.Sqrt(30)) / (2 * math.Sqrt(6)) * math.Sqrt(15/(8*math.Pi)*3/(4*math.Pi)) *
		4 * math.Pi / 15 * 720 * math.Pow(1.2, 7)
	phase := (14000 * t) * 5 / 72 / (16 * math.Pi * math.Pi)
	return map[string]float64{
		"1": 1, "r²": (126 + 30) / 2 / 25., "z²": (54 + 18) / 2 / 25., "z": 0, "x": cross * math.Cos(phase) / 5,
		"y": -cross * math.Sin(phase) / 5,
	}
}

var hydrogenMoments = map[string]func(x, y, z float64) float64{
	"1":  func(_, _, _ float64) float64 { return 1 },
	"r²": func(x, y, z float64) float64 { return x*x + y*y + z*z },
	"z²": func(_, _, z float64) float64 { return z * z },
	"x":  func(x, _, _ float64) float64 { return x },
	"y":  func(_, y, _ float64) float64 { return y },
	"z":  func(_, _, z float64) float64 { return z },
}

func TestHydrogenDensity(t *testing.T) {
	for _, at := range []float64{0, 0.3} {
		truth := hydrogenTruth(at)
		names := slices.Collect(maps.Keys(truth))
		var f []func(x, y, z float64) float64
		for _, name := range names {
			f = append(f, hydrogenMoments[name])
		}
		for m, got := range quadrature(at, f) {
			if want := truth[names[m]]; off(got, want, 1e-4) {
				t.Errorf("t = %g: ⟨%s⟩ = %g by quadrature, want %g", at, names[m], got, want)
			}
		}
	}
	if turn := (science.Hydrogen{}).Phase(1) / (2 * math.Pi); off(turn, 0.98, 0.005) {
		t.Errorf("the way is %g of a beat, want about one", turn)
	}
	// The density turns: what is at angle φ − phase at t was at φ at the start.
	rng := rand.New(rand.NewPCG(1, 4))
	for range 100 {
		s, angle, z, at := rng.Float64(), 2*math.Pi*rng.Float64(), rng.NormFloat64(), rng.Float64()
		sin, cos := math.Sincos(angle)
		before := science.Hydrogen{}.Density(0, s*cos, s*sin, z)
		sin, cos = math.Sincos(angle - science.Hydrogen{}.Phase(at))
		if after := (science.Hydrogen{}).Density(at, s*cos, s*sin, z); off(before, after, 1e-12) {
			t.Errorf("density %g at the start, turned %g", before, after)
		}
	}
}

// The velocity moves the density: ∂ₜρ + ∇·(ρv) = 0, by central differences.
func TestHydrogenVelocity(t *testing.T) {
	const h = 1e-4
	rng := rand.New(rand.NewPCG(5, 6))
	flux := func(at, x, y, z float64) [3]float64 {
		vx, vy, vz := science.Hydrogen{}.Velocity(at, x, y, z)
		density := science.Hydrogen{}.Density(at, x, y, z)
		return [3]float64{density * vx, density * vy, density * vz}
	}
	for range 100 {
		p, at := [3]float64{rng.NormFloat64(), rng.NormFloat64(), rng.NormFloat64()}, h+(1-2*h)*rng.Float64()
		after := science.Hydrogen{}.Density(at+h, p[0], p[1], p[2])
		change := (after - science.Hydrogen{}.Density(at-h, p[0], p[1], p[2])) / (2 * h)
		divergence, size := 0.0, math.Abs(change)
		for axis := range p {
			up, down := p, p
			up[axis] += h
			down[axis] -= h
			d := (flux(at, up[0], up[1], up[2])[axis] - flux(at, down[0], down[1], down[2])[axis]) / (2 * h)
			divergence, size = divergence+d, size+math.Abs(d)
		}
		if off(change+divergence, 0, 1e-5*size) {
			t.Errorf("t = %g, %v: ∂ₜρ = %g, ∇·(ρv) = %g", at, p, change, divergence)
		}
	}
}

// Moments of the samples within 5 standard errors; successive samples of a chain hang together, so an error is that of
// the means of whole chains. A step that is neither tiny nor wild is accepted between 20 and 60 times in a hundred.
func TestHydrogenSamples(t *testing.T) {
	const n, chain = 64 * 400, 64
	for _, at := range []float64{0, 0.6} {
		points, accepted := science.Hydrogen{}.Samples(at, 1, n)
		if !(accepted >= 0.2 && accepted <= 0.6) {
			t.Errorf("t = %g: %g of all steps are accepted", at, accepted)
		}
		for name, want := range hydrogenTruth(at) {
			f, sum, squares := hydrogenMoments[name], 0.0, 0.0
			for i := 0; i < n; i += chain {
				mean := 0.0
				for k := i; k < i+chain; k++ {
					mean += f(points[3*k], points[3*k+1], points[3*k+2]) / chain
				}
				sum += mean
				squares += mean * mean
			}
			mean := sum / (n / chain)
			stderr := math.Sqrt(max(0, squares/(n/chain)-mean*mean) / (n / chain))
			if off(mean, want, 5*stderr+1e-12) || !(stderr <= 0.05) {
				t.Errorf("t = %g: ⟨%s⟩ = %.4f ± %.4f of samples, want %.4f", at, name, mean, stderr, want)
			}
		}
		same := 0 // neighbours in one half of space, every other one of independent pairs
		for i := 0; i+1 < n; i += 2 {
			if points[3*i+2]*points[3*i+5] > 0 {
				same++
			}
		}
		if share := float64(same) / (n / 2); off(share, 0.5, 5*0.5/math.Sqrt(n/2)) {
			t.Errorf("t = %g: %.3f of neighbours are in one half of space, want ½", at, share)
		}
		few, _ := science.Hydrogen{}.Samples(at, 1, 70)
		other, _ := science.Hydrogen{}.Samples(at, 2, 70)
		if !cmp.Equal(few, points[:3*70]) || cmp.Equal(few, other) {
			t.Error("samples aren't a function of the seed and their number")
		}
	}
}

// On a half line the walk has the exponential's mean and variance, and the acceptance of detailed balance: the flow
// from x to x + d is e^(−max(x, x + d)) for either sign of d, so E e^(−|d|) of all steps with d above 0 are taken and,
// by symmetry, as many below.
func TestMetropolis(t *testing.T) {
	const n, step = 64 * 500, 1.5
	m := science.Metropolis{Dim: 1, Start: 1, Step: step, BurnIn: 200, Thin: 10, Density: func(x []float64) float64 {
		if x[0] < 0 {
			return 0
		}
		return math.Exp(-x[0])
	}}
	x, accepted := m.Sample("test", 1, n)
	mean, square := 0.0, 0.0
	for _, v := range x {
		if !(v >= 0) {
			t.Fatalf("sample %g where the density is 0", v)
		}
		mean += v / n
		square += v * v / n
	}
	// E e^(−|d|) = 2 e^(σ²/2) Φ(−σ) for d ~ N(0, σ²).
	want := math.Exp(step*step/2) * math.Erfc(step/math.Sqrt2)
	if off(mean, 1, 0.05) || off(square, 2, 0.2) || off(accepted, want, 0.01) {
		t.Errorf("mean %g, second moment %g, accepted %g, want 1, 2 and %g", mean, square, accepted, want)
	}
}

// x_t is the sample of the nearest time.
func TestGridPath(t *testing.T) {
	path := science.GridPath{}
	if path.KnowsVelocity() {
		t.Error("samples have no velocity")
	}
	data := make([][][]float32, 6)
	for i := range data {
		for k := range 5 {
			data[i] = append(data[i], []float32{float32(10 * i), float32(k)})
		}
	}
	start, x, _, end := curvesAt(t, path, tensors.FromAnyValue(data), []float32{0, 0.12, 0.13, 0.5, 0.9, 1})
	for i, k := range []float64{0, 0, 1, 2, 4, 4} {
		for what, pair := range map[string][2][]float64{
			"x": {x[i], {float64(10 * i), k}}, "start": {start[i], {float64(10 * i), 0}},
			"end": {end[i], {float64(10 * i), 4}},
		} {
			if !cmp.Equal(pair[0], pair[1]) {
				t.Errorf("%s of example %d: %v, want %v", what, i, pair[0], pair[1])
			}
		}
	}
}
