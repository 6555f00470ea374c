package science

import (
	"math"
	"testing"

	"github.com/gomlx/gomlx/pkg/core/tensors"
	"github.com/google/go-cmp/cmp"
)

const drawn = 20000

func toy(t *testing.T, name string) [][2]float64 {
	t.Helper()
	for _, d := range toys {
		if d.Name == name {
			return drawFrom(t, d)
		}
	}
	t.Fatalf("no toy %s", name)
	return nil
}

func drawFrom(t *testing.T, d Distribution) [][2]float64 {
	t.Helper()
	x, err := d.Points(1, 0, drawn)
	if err != nil {
		t.Fatal(err)
	}
	points := make([][2]float64, drawn)
	for i, v := range tensors.MustCopyFlatData[float32](x) {
		points[i/2][i%2] = float64(v)
	}
	return points
}

// moments of f over the points: the mean, its standard error and the deviation.
func moments(points [][2]float64, f func(x, y float64) float64) (mean, stderr, deviation float64) {
	sum, squares := 0.0, 0.0
	for _, p := range points {
		v := f(p[0], p[1])
		sum += v
		squares += v * v
	}
	n := float64(len(points))
	deviation = math.Sqrt(max(0, squares/n-sum*sum/n/n))
	return sum / n, deviation / math.Sqrt(n), deviation
}

// off tells whether a number isn't within a tolerance of what is wanted; NaN is within none.
func off(got, want, tolerance float64) bool { return !(math.Abs(got-want) <= tolerance) }

// expect compares the mean of f with the truth within 4 standard errors.
func expect(t *testing.T, what string, points [][2]float64, want float64, f func(x, y float64) float64) {
	t.Helper()
	mean, stderr, _ := moments(points, f)
	if off(mean, want, 4*stderr+1e-12) {
		t.Errorf("%s: mean %.5f ± %.5f, want %.5f", what, mean, stderr, want)
	}
}

func indicator(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func TestGaussianToy(t *testing.T) {
	points := toy(t, "gaussian")
	expect(t, "x", points, 3, func(x, _ float64) float64 { return x })
	expect(t, "y", points, 1, func(_, y float64) float64 { return y })
	expect(t, "variance", points, 0.5, func(x, y float64) float64 { return (x-3)*(x-3) + (y-1)*(y-1) })
	expect(t, "covariance", points, 0, func(x, y float64) float64 { return (x - 3) * (y - 1) })
}

// Turned back by its own multiple of 45°, each point is N((2, 0), 0.2²); the next centre is 3.8 deviations from the
// line between, so 1 in 7 000 is taken for a neighbour's.
func TestEightGaussians(t *testing.T) {
	points := toy(t, "eight-gaussians")
	for k := range 8 {
		sin, cos := math.Sincos(float64(k) * math.Pi / 4)
		expect(t, "share", points, 1./8, func(x, y float64) float64 {
			return indicator(math.Hypot(x-2*cos,
				y-2*sin) < 0.765)
		})
	}
	expect(t, "square", points, 4+2*0.04, func(x, y float64) float64 { return x*x + y*y })
	expect(t, "x", points, 0, func(x, _ float64) float64 { return x })
	expect(t, "near a centre", points, 2*0.04, func(x, y float64) float64 {
		least := math.Inf(1)
		for k := range 8 {
			sin, cos := math.Sincos(float64(k) * math.Pi / 4)
			least = min(least, (x-2*cos)*(x-2*cos)+(y-2*sin)*(y-2*sin))
		}
		return least
	})
}

// The moons are symmetric about the origin. The square of the distance from a noisy point to its circle is the noise's
// variance, but for 0.1²/4·1.5² of it; the moons cross no closer than 0.3.
func TestMoons(t *testing.T) {
	points := toy(t, "moons")
	expect(t, "x", points, 0, func(x, _ float64) float64 { return x })
	expect(t, "y", points, 0, func(_, y float64) float64 { return y })
	// E x² = 1.5²/2 + ¾² + 0.1², E y² = 1.5²/2 − 2·1.5·⅜·(2/π) + ⅜² + 0.1²
	expect(t, "x²", points, 1.125+0.5625+0.01, func(x, _ float64) float64 { return x * x })
	expect(t, "y²", points, 1.125-2*1.5*0.375*2/math.Pi+0.140625+0.01, func(_, y float64) float64 { return y * y })
	mean, _, _ := moments(points, func(x, y float64) float64 {
		upper, lower := math.Hypot(x+0.75, y+0.375)-1.5, math.Hypot(x-0.75, y-0.375)-1.5
		return min(upper*upper, lower*lower)
	})
	if off(mean, 0.01, 0.001) {
		t.Errorf("squared distance to the circles %g, want 0.01", mean)
	}
}

// Every point is in a black square, each has an eighth of them, and within it they are uniform.
func TestCheckerboard(t *testing.T) {
	points := toy(t, "checkerboard")
	squares := map[[2]float64]int{}
	for _, p := range points {
		i, j := math.Floor(p[0]), math.Floor(p[1])
		if math.Mod(i+j, 2) != 0 || !(i >= -2 && i <= 1 && j >= -2 && j <= 1) {
			t.Fatalf("point %v is off", p)
		}
		squares[[2]float64{i, j}]++
	}
	if len(squares) != 8 {
		t.Errorf("%d squares, want 8", len(squares))
	}
	for square, n := range squares {
		if want := drawn / 8; off(float64(n), float64(want), 4*math.Sqrt(float64(want))) {
			t.Errorf("square %v has %d points of %d", square, n, drawn)
		}
	}
	part := func(v float64) float64 { return v - math.Floor(v) - 0.5 }
	expect(t, "variance in a square", points, 1./12, func(x, _ float64) float64 { return part(x) * part(x) })
	expect(t, "covariance in a square", points, 0, func(x, y float64) float64 { return part(x) * part(y) })
}

// Along the arms r² is uniform up to 2.5², and the arms answer each other through the origin. Away from the middle the
// distance to an arm is the noise's, but for the curvature.
func TestSpirals(t *testing.T) {
	points := toy(t, "spirals")
	expect(t, "x", points, 0, func(x, _ float64) float64 { return x })
	expect(t, "r²", points, 2.5*2.5/2+2*0.0064, func(x, y float64) float64 { return x*x + y*y })
	outside, squares := 0.0, 0.0
	for _, p := range points {
		r := math.Hypot(p[0], p[1])
		if r < 0.8 || r > 2.3 {
			continue
		}
		// The two arms together cross a ray where φ is its angle plus a multiple of π: 2.5/3 of radius apart.
		phase := math.Mod(3*r/2.5-math.Atan2(p[1], p[0])/math.Pi+4, 1)
		d := 2.5 / 3 * min(phase, 1-phase)
		slope := 2.5 / (3 * math.Pi * r) // of the arm against the circle
		outside++
		squares += d * d / (1 + slope*slope)
	}
	if got := squares / outside; off(got, 0.0064, 0.0006) {
		t.Errorf("squared distance to the arms %g, want 0.0064", got)
	}
}

// Turned back, an arm is N((1, 0), (0.3², 0.1²)).
func TestPinwheel(t *testing.T) {
	points := toy(t, "pinwheel")
	expect(t, "r²", points, 4*(1+0.09+0.01), func(x, y float64) float64 { return x*x + y*y })
	// |along| is the radius within a per cent, so the arm's angle is known; the fifth of a turn that remains is the
	// angle across: atan(across/along).
	var residual []float64
	for _, p := range points {
		r := math.Hypot(p[0], p[1]) / 2
		if r < 0.6 || r > 1.4 {
			continue
		}
		angle := (math.Atan2(p[1], p[0]) - 0.25*math.Exp(r)) / (2 * math.Pi / 5)
		residual = append(residual, (angle-math.Round(angle))*(2*math.Pi/5)*r)
	}
	sum, squares := 0.0, 0.0
	for _, v := range residual {
		sum += v / float64(len(residual))
		squares += v * v / float64(len(residual))
	}
	if len(residual) < drawn/2 || off(sum, 0, 0.005) || off(math.Sqrt(squares), 0.1, 0.01) {
		t.Errorf("across the arms: mean %g, deviation %g over %d points, want 0 and 0.1", sum, math.Sqrt(squares),
			len(residual))
	}
	// Five arms alike: E exp(5iφ) is not 0, E exp(iφ) is.
	expect(t, "x", points, 0, func(x, _ float64) float64 { return x })
	expect(t, "y", points, 0, func(_, y float64) float64 { return y })
	five, _, _ := moments(points, func(x, y float64) float64 {
		return math.Cos(5 * (math.Atan2(y, x) - 0.25*math.Exp(math.Hypot(x, y)/2)))
	})
	if !(five >= 0.7) {
		t.Errorf("five-fold order %g, want near 1", five)
	}
}

// Point k of a seed is the same alone and in a row; another seed has others; a batch is the points from batch·step on.
func TestPointsAreBySeedAndNumber(t *testing.T) {
	for _, d := range append(toys[:len(toys):len(toys)], MassMixture{}.Marginal(0.5)) {
		points := func(seed int64, first, count int) []float32 {
			x, err := d.Points(seed, first, count)
			if err != nil {
				t.Fatal(err)
			}
			return tensors.MustCopyFlatData[float32](x)
		}
		all := points(3, 0, 12)
		if diff := cmp.Diff(all[2*7:2*8], points(3, 7, 1)); diff != "" {
			t.Errorf("%s: point 7 alone is another:\n%s", d.Name, diff)
		}
		if cmp.Equal(all, points(4, 0, 12)) {
			t.Errorf("%s: two seeds give the same points", d.Name)
		}
		batches, err := d.Batches(4, 3)
		if err != nil {
			t.Fatal(err)
		}
		if err := batches.Seek(1); err != nil {
			t.Fatal(err)
		}
		_, inputs, _, _ := batches.Yield()
		if diff := cmp.Diff(all[2*4:2*8], tensors.MustCopyFlatData[float32](inputs[0])); diff != "" ||
			batches.Step() != 2 {
			t.Errorf("%s: batch 1, then step %d:\n%s", d.Name, batches.Step(), diff)
		}
		batches.Reset()
		if batches.Step() != 0 || batches.Seek(-1) == nil {
			t.Errorf("%s: reset to step %d; or step −1 is none", d.Name, batches.Step())
		}
		for _, bad := range [][2]int{{-1, 2}, {0, 0}} {
			if _, err := d.Points(1, bad[0], bad[1]); err == nil {
				t.Errorf("%s: no error for points %v", d.Name, bad)
			}
		}
		if _, err := d.Batches(0, 1); err == nil {
			t.Errorf("%s: no error for an empty batch", d.Name)
		}
	}
}

func TestMassMixtureMarginals(t *testing.T) {
	for _, at := range []float64{0, 0.5, 1} {
		points := drawFrom(t, MassMixture{}.Marginal(at))
		expect(t, "mass on the right", points, 0.2+0.6*at, func(x, _ float64) float64 { return indicator(x > 0) })
		expect(t, "variance", points, 0.5, func(x, y float64) float64 { return (math.Abs(x)-2)*(math.Abs(x)-2) + y*y })
	}
}
