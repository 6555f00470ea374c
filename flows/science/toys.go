package science

import (
	"math"
	"math/rand/v2"
)

// toys are distributions of the plane that standard normal noise is to become.
var toys = []Distribution{
	{"gaussian", 2, drawGaussian},
	{"eight-gaussians", 2, drawEightGaussians},
	{"moons", 2, drawMoons},
	{"checkerboard", 2, drawCheckerboard},
	{"spirals", 2, drawSpirals},
	{"pinwheel", 2, drawPinwheel},
}

func set(point []float32, x, y float64) { point[0], point[1] = float32(x), float32(y) }

// drawGaussian draws from N((3, 1), ½²).
func drawGaussian(rng *rand.Rand, point []float32) {
	set(point, 3+0.5*rng.NormFloat64(), 1+0.5*rng.NormFloat64())
}

// drawEightGaussians draws from one of N(c_k, 0.2²), k = 0 … 7, evenly around the circle of radius 2.
func drawEightGaussians(rng *rand.Rand, point []float32) {
	sin, cos := math.Sincos(float64(rng.IntN(8)) * math.Pi / 4)
	set(point, 2*cos+0.2*rng.NormFloat64(), 2*sin+0.2*rng.NormFloat64())
}

// drawMoons draws from two half circles of radius 1.5 that reach into each other, with noise of deviation 0.1: the
// upper one around (−¾, −⅜), the lower one, its mirror image through the origin, around (¾, ⅜).
func drawMoons(rng *rand.Rand, point []float32) {
	sin, cos := math.Sincos(math.Pi * rng.Float64())
	x, y := 1.5*cos-0.75, 1.5*sin-0.375
	if rng.IntN(2) == 1 {
		x, y = -x, -y
	}
	set(point, x+0.1*rng.NormFloat64(), y+0.1*rng.NormFloat64())
}

// drawCheckerboard draws uniformly from the squares [i, i+1) × [j, j+1) of [−2, 2)² for which i + j is even.
func drawCheckerboard(rng *rand.Rand, point []float32) {
	square := rng.IntN(8)
	j := square/2 - 2 // row
	i := square%2*2 - 2
	if j%2 != 0 {
		i++
	}
	set(point, float64(i)+rng.Float64(), float64(j)+rng.Float64())
}

// drawSpirals draws from two arms r = 2.5·(φ/3π), φ = 3π√u with u uniform, one the other turned by π, with noise of
// deviation 0.08.
func drawSpirals(rng *rand.Rand, point []float32) {
	along := math.Sqrt(rng.Float64())
	sin, cos := math.Sincos(3 * math.Pi * along)
	r := 2.5 * along
	if rng.IntN(2) == 1 {
		r = -r
	}
	set(point, r*cos+0.08*rng.NormFloat64(), r*sin+0.08*rng.NormFloat64())
}

// drawPinwheel draws from five arms: N(1, 0.3²) along and N(0, 0.1²) across, turned by 2πk/5 + ¼exp(a) where a is the
// coordinate along, then doubled. After Johnson et al., Composing graphical models with neural networks, 2016.
func drawPinwheel(rng *rand.Rand, point []float32) {
	along, across := 1+0.3*rng.NormFloat64(), 0.1*rng.NormFloat64()
	sin, cos := math.Sincos(2*math.Pi*float64(rng.IntN(5))/5 + 0.25*math.Exp(along))
	set(point, 2*(cos*along-sin*across), 2*(sin*along+cos*across))
}
