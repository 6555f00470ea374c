package wfr_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/amgen/amgen/flows/wfr"
)

// off tells whether a number isn't within a tolerance of what is wanted; NaN is within none.
func off(got, want, tolerance float64) bool { return !(math.Abs(got-want) <= tolerance) }

// random is a geodesic between masses of 1/20 to 20 that aren't too far apart to move.
func random(rng *rand.Rand, dim int) wfr.Geodesic {
	g := wfr.Geodesic{Delta: 0.3 + 3*rng.Float64(), MassFrom: math.Exp(6*rng.Float64() - 3),
		MassTo: math.Exp(6*rng.Float64() - 3), From: make([]float64, dim), To: make([]float64, dim)}
	way, norm := make([]float64, dim), 0.0
	for k := range dim {
		g.From[k], way[k] = rng.NormFloat64(), rng.NormFloat64()
		norm += way[k] * way[k]
	}
	d := 0.95 * math.Pi * g.Delta * rng.Float64()
	for k := range dim {
		g.To[k] = g.From[k] + way[k]*d/math.Sqrt(norm)
	}
	return g
}

// A particle that starts with the geodesic's velocity and growth, and follows the equations of motion of the metric,
//
//	ẋ = v,  v̇ = −g v,  ṁ = g m,  ġ = ‖v‖²/2δ² − g²/2
//
// (of ∂ₜs + ½‖∇s‖² + s²/2δ² = 0 with v = ∇s, g = s/δ²), has the place and the mass of the closed form at every time.
// The fourth-order Runge-Kutta method with 4 000 steps integrates them, to far below 1e-6.
func TestGeodesicObeysTheEquationsOfMotion(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for range 30 {
		const dim, steps = 3, 4000
		g := random(rng, dim)
		start := g.At(0)
		state := append(append([]float64(nil), start.X...), start.Velocity...)
		state = append(state, math.Log(start.Mass), start.Growth)
		field := func(y []float64) []float64 {
			out, growth, square := make([]float64, len(y)), y[2*dim+1], 0.0
			for k := range dim {
				v := y[dim+k]
				out[k], out[dim+k] = v, -growth*v
				square += v * v
			}
			out[2*dim], out[2*dim+1] = growth, square/(2*g.Delta*g.Delta)-growth*growth/2
			return out
		}
		for i := range steps {
			state = rungeKutta(field, state, 1./steps)
			if i%500 != 499 {
				continue
			}
			at := g.At(float64(i+1) / steps)
			for k := range dim {
				if off(at.X[k], state[k], 1e-6) || off(at.Velocity[k], state[dim+k], 1e-5*(1+math.Abs(state[dim+k]))) {
					t.Fatalf("%+v: x %v, v %v; integrated %v", g, at.X, at.Velocity, state)
				}
			}
			if off(at.Mass/math.Exp(state[2*dim]), 1, 1e-6) ||
				off(at.Growth, state[2*dim+1], 1e-5*(1+math.Abs(at.Growth))) {
				t.Fatalf("%+v: mass %g, growth %g; integrated %v", g, at.Mass, at.Growth, state)
			}
		}
		for k := range dim {
			if off(state[k], g.To[k], 1e-6) {
				t.Errorf("ends at %v, want %v", state[:dim], g.To)
			}
		}
		if off(math.Exp(state[2*dim])/g.MassTo, 1, 1e-6) {
			t.Errorf("ends with mass %g, want %g", math.Exp(state[2*dim]), g.MassTo)
		}
	}
}

func rungeKutta(field func([]float64) []float64, y []float64, h float64) []float64 {
	moved := func(k []float64, h float64) []float64 {
		out := make([]float64, len(y))
		for i := range y {
			out[i] = y[i] + h*k[i]
		}
		return out
	}
	a := field(y)
	b := field(moved(a, h/2))
	c := field(moved(b, h/2))
	d := field(moved(c, h))
	out := make([]float64, len(y))
	for i := range y {
		out[i] = y[i] + h/6*(a[i]+2*b[i]+2*c[i]+d[i])
	}
	return out
}

// The action of the geodesic, m(‖v‖² + δ²g²)/2, is the same at all times and is the static cost of the metric,
// 2δ²(m₀ + m₁ − 2√(m₀m₁) cos(d/2δ)).
func TestGeodesicHasTheCostOfTheMetric(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2))
	for range 100 {
		g := random(rng, 2)
		d := math.Hypot(g.To[0]-g.From[0], g.To[1]-g.From[1])
		square := g.Delta * g.Delta
		want := 2 * square * (g.MassFrom + g.MassTo - 2*math.Sqrt(g.MassFrom*g.MassTo)*math.Cos(d/(2*g.Delta)))
		for _, at := range []float64{0, 0.2, 0.7, 1} {
			p := g.At(at)
			v := p.Velocity[0]*p.Velocity[0] + p.Velocity[1]*p.Velocity[1]
			if got := p.Mass / 2 * (v + square*p.Growth*p.Growth); off(got/want, 1, 1e-9) {
				t.Fatalf("%+v at %g: action %g, want %g", g, at, got, want)
			}
		}
	}
}

// Mass that dies or is born where it is: (1−t)² and t² of it.
func TestDeathAndBirth(t *testing.T) {
	dying := wfr.Geodesic{Delta: 1, From: []float64{3}, To: []float64{3}, MassFrom: 2}.At(0.25)
	born := wfr.Geodesic{Delta: 1, From: []float64{3}, To: []float64{3}, MassTo: 2}.At(0.25)
	if off(dying.Mass, 2*0.5625, 1e-12) || off(dying.Growth, -2/0.75, 1e-12) || dying.Velocity[0] != 0 ||
		off(born.Mass, 2*0.0625, 1e-12) || off(born.Growth, 2/0.25, 1e-12) || born.X[0] != 3 {
		t.Errorf("dying %+v, born %+v", dying, born)
	}
}
