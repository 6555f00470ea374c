package science

import "math"

// Hydrogen is the probability density |ψ|² of an electron in equal parts of the states (n, l, m) = (3, 2, −1) and
// (2, 1, 0) of hydrogen,
//
//	ψ = (R₃₂ Y₂₋₁ e^(−iE₃τ) + R₂₁ Y₁₀ e^(−iE₂τ))/√2,   E_n = −1/(2 a₀² n²),   a₀ = 4π,   τ = 14 000 t,
//
// in atomic units but for the Bohr radius a₀; t from 0 to 1 is 0.98 of a beat. As the states differ by one in m, the
// density turns about the z axis without changing its shape. Neklyudov et al. 2023, section 5.
//
// Points are in units of 5 a₀, in which a coordinate deviates by about 1.
type Hydrogen struct{}

const (
	bohrRadius     = 4 * math.Pi
	hydrogenTime   = 14000.0
	hydrogenLength = 5.0 // of the unit of points, in a₀
)

// Phase is (E₃ − E₂)τ at t, the angle by which the density has turned from the x towards the −y axis.
func (Hydrogen) Phase(t float64) float64 {
	return hydrogenTime * t * (1./4 - 1./9) / (2 * bohrRadius * bohrRadius)
}

// The wave functions are z·s·e^(∓iφ) e^(−r/3) and z e^(−r/2), r in a₀ and s = √(x² + y²), times these.
var (
	wave32 = 4 / (81 * math.Sqrt(30)) * math.Sqrt(15/(8*math.Pi))
	wave21 = 1 / (2 * math.Sqrt(6)) * math.Sqrt(3/(4*math.Pi))
)

// Density is |ψ|² at t and a point; its integral is 1.
func (h Hydrogen) Density(t, x, y, z float64) float64 {
	x, y, z = hydrogenLength*x, hydrogenLength*y, hydrogenLength*z
	r := math.Sqrt(x*x + y*y + z*z)
	sin, cos := math.Sincos(h.Phase(t))
	a, b := wave32*math.Exp(-r/3), wave21*math.Exp(-r/2)
	u, v := a*x+b*cos, a*y-b*sin
	return hydrogenLength * hydrogenLength * hydrogenLength / 2 * z * z * (u*u + v*v)
}

// Velocity is ∇ arg ψ at t and a point, in units of points for one of t: de Broglie and Bohm's field, which moves |ψ|²
// along. It has a curl where ψ is 0, in contrast to the gradient field that Action Matching learns.
func (h Hydrogen) Velocity(t, x, y, z float64) (vx, vy, vz float64) {
	x, y, z = hydrogenLength*x, hydrogenLength*y, hydrogenLength*z
	r := math.Sqrt(x*x + y*y + z*z)
	sin, cos := math.Sincos(h.Phase(t))
	a, b := wave32*math.Exp(-r/3), wave21*math.Exp(-r/2)
	u, v := a*x+b*cos, a*y-b*sin // ψ is z(u − iv), but for a phase
	// The derivatives of u and v by r, beside those by x and y, which are a.
	ur, vr := -a/3*x-b/2*cos, -a/3*y+b/2*sin
	scale := hydrogenTime / (hydrogenLength * bohrRadius * bohrRadius) / (u*u + v*v)
	radial := (v*ur - u*vr) / r
	return scale * (v*a + radial*x), scale * (-u*a + radial*y), scale * radial * z
}

// Samples draws points of |ψ|² at t for a seed, three coordinates after three, by random-walk Metropolis, and tells the
// share of proposals that were accepted. Points of different times are independent.
//
// The density is even in z and 0 where z is, which a walk seldom passes: neighbours in a chain would share their half
// of space, and sets of them differ in the masses of the halves by far more than chance. So a fair coin gives each its
// sign.
func (h Hydrogen) Samples(t float64, seed int64, count int) (points []float64, accepted float64) {
	return h.samples(t, seed, 0, count)
}

// samples draws points first, first+1, … of a seed.
func (h Hydrogen) samples(t float64, seed int64, first, count int) (points []float64, accepted float64) {
	m := Metropolis{
		Dim: 3, Start: 1, Step: 0.8, BurnIn: 400, Thin: 25,
		Density: func(p []float64) float64 { return h.Density(t, p[0], p[1], p[2]) },
	}
	seed ^= int64(math.Float64bits(t))
	points, accepted = m.sample("hydrogen", seed, first, count)
	for k := range count {
		if generator("hydrogen half", seed, uint64(first+k)).Uint64()&1 == 1 {
			points[3*k+2] = -points[3*k+2]
		}
	}
	return points, accepted
}
