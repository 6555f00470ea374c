// Package wfr has curves of particles that move and change their mass, between snapshots of a population: geodesics of
// the Wasserstein–Fisher–Rao metric.
//
// Between two times, the metric's squared distance is the least of ½∫∫ (‖v‖² + δ² g²) dρ_t dt over all velocities v and
// growth rates g with ∂ₜρ = −∇·(vρ) + gρ. δ is a length, the cost of growth: mass never moves farther than πδ.
// Chizat, Peyré, Schmitzer and Vialard, An interpolating distance between optimal transport and Fisher–Rao metrics,
// 2018; Liero, Mielke and Savaré, Optimal entropy-transport problems, 2018.
package wfr

import "math"

// Geodesic is the shortest curve between a mass at one point and a mass at another.
//
// With θ = d/2δ, d the distance, it is the straight line (1−t)√m₀ + t√m₁ e^{iθ} of the complex plane: the squared
// modulus is the mass m(t), the angle over θ the part of the way. θ is below π/2; beyond, mass dies and is born
// instead.
type Geodesic struct {
	Delta    float64
	From, To []float64
	// MassFrom and MassTo are the masses at t = 0 and t = 1, not both 0. Where one is 0 both points are the same.
	MassFrom, MassTo float64
}

// Point is a geodesic at a time.
type Point struct {
	X, Velocity  []float64
	Mass, Growth float64 // Growth is d log mass/dt
}

// At is the geodesic at t, from 0 to 1.
func (g Geodesic) At(t float64) Point {
	l := g.line()
	re, im := (1-t)*l.start+t*l.cos, t*l.sin
	p := Point{Mass: re*re + im*im, X: make([]float64, len(g.From)), Velocity: make([]float64, len(g.From))}
	p.Growth = 2 * (re*(l.cos-l.start) + im*l.sin) / p.Mass
	done := 0.0 // angle/θ
	if l.sin > 0 {
		done = math.Atan2(im, re) * l.sinc / l.sin
	} else if re > 0 {
		done = t * l.sinc / re
	}
	for k, x := range g.From {
		way := g.To[k] - x
		p.X[k], p.Velocity[k] = x+done*way, way*l.start*l.sinc/p.Mass
	}
	return p
}

// line is a geodesic as a line of the complex plane, from (start, 0) to (cos, sin); sinc is sin/θ.
type line struct{ start, cos, sin, sinc float64 }

func (g Geodesic) line() line {
	square := 0.0
	for k, x := range g.From {
		square += (g.To[k] - x) * (g.To[k] - x)
	}
	angle := min(math.Sqrt(square)/(2*g.Delta), math.Pi/2)
	end := math.Sqrt(g.MassTo)
	l := line{start: math.Sqrt(g.MassFrom), cos: end * math.Cos(angle), sin: end * math.Sin(angle), sinc: end}
	if angle > 0 {
		l.sinc = l.sin / angle
	}
	return l
}
