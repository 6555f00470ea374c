package edit

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/amgen/amgen/flows"
)

// gaussian is data N(mean, covariance), whose velocity on the linear path is known.
type gaussian struct {
	mean []float64
	cov  *mat.SymDense
}

// velocity is E[x₁ − x₀ | x_t = x] of each example: with S = t²C + (1−t)²I it is m + (tC − (1−t)I) S⁻¹ (x − t m).
func (g gaussian) velocity(t float64, x []float32) ([]float32, error) {
	n := len(g.mean)
	var s, c mat.Dense
	s.Scale(t*t, g.cov)
	c.Scale(t, g.cov)
	for i := range n {
		s.Set(i, i, s.At(i, i)+(1-t)*(1-t))
		c.Set(i, i, c.At(i, i)-(1-t))
	}
	var inverse, gain mat.Dense
	if err := inverse.Inverse(&s); err != nil {
		return nil, err
	}
	gain.Mul(&c, &inverse)
	out := make([]float32, len(x))
	for k := 0; k < len(x); k += n {
		for i := range n {
			v := g.mean[i]
			for j := range n {
				v += gain.At(i, j) * (float64(x[k+j]) - t*g.mean[j])
			}
			out[k+i] = float32(v)
		}
	}
	return out, nil
}

// given is the exact mean and covariance of the last two of four coordinates, given the first two.
func (g gaussian) given(known []float64) (mean, covariance [2][2]float64) {
	a, b, d := g.cov.At(0, 0), g.cov.At(0, 1), g.cov.At(1, 1)
	det := a*d - b*b
	inverse := [2][2]float64{{d / det, -b / det}, {-b / det, a / det}}
	var gain [2][2]float64
	for i := range 2 {
		for j := range 2 {
			for k := range 2 {
				gain[i][j] += g.cov.At(2+i, k) * inverse[k][j]
			}
		}
	}
	for i := range 2 {
		mean[i][0] = g.mean[2+i]
		for j := range 2 {
			mean[i][0] += gain[i][j] * (known[j] - g.mean[j])
			covariance[i][j] = g.cov.At(2+i, 2+j)
			for k := range 2 {
				covariance[i][j] -= gain[i][k] * g.cov.At(k, 2+j)
			}
		}
	}
	return mean, covariance
}

// TestGaussian fills in two of four normal coordinates, given the two others: the results have the exact conditional
// mean and covariance. As many iterations of conjugate gradients as there are known values solve for them exactly,
// which leaves the error of 100 steps, about a hundredth, and that of 4000 samples.
func TestGaussian(t *testing.T) {
	g := gaussian{[]float64{0.2, -0.3, 0.1, 0.4}, mat.NewSymDense(4, []float64{
		0.30, 0.10, 0.20, -0.12, 0.10, 0.25, 0.15, 0.05, 0.20, 0.15, 0.35, 0.02, -0.12, 0.05, 0.02, 0.28})}
	const n = 4000
	levels := []uint8{200, 60, 0, 0}
	fill := []bool{false, false, true, true}
	mean, covariance := g.given([]float64{middle(levels[0]), middle(levels[1])})
	for name, repeats := range map[string]int{"once": 1, "twice": 2} {
		known, rngs := make([]Known, n), make([]*rand.Rand, n)
		x := make([]float32, 4*n)
		for i := range n {
			known[i], rngs[i] = Pixels{levels, fill}, rand.New(rand.NewPCG(uint64(i), 1))
			for j := range 4 {
				x[4*i+j] = float32(rngs[i].NormFloat64())
			}
		}
		r := Restoration{Schedule: flows.Linear{}.Schedule, Steps: 100, Repeats: repeats, Iterations: 2}
		out, err := r.Restore(t.Context(), g.velocity, known, x, rngs)
		if err != nil {
			t.Fatal(err)
		}
		var sum [2]float64
		var products [2][2]float64
		for i := range n {
			for j, level := range levels[:2] {
				if out[4*i+j] != float32(middle(level)) {
					t.Fatalf("%s: known coordinate %d of sample %d is %g, want "+
						"%g", name, j, i, out[4*i+j], middle(level))
				}
			}
			for j := range 2 {
				sum[j] += float64(out[4*i+2+j]) / n
				for k := range 2 {
					products[j][k] += (float64(out[4*i+2+j]) - mean[j][0]) * (float64(out[4*i+2+k]) - mean[k][0]) / n
				}
			}
		}
		for j := range 2 {
			if d := math.Abs(sum[j] - mean[j][0]); d > 0.02 {
				t.Errorf("%s: mean of coordinate %d is %.4f, want %.4f", name, 2+j, sum[j], mean[j][0])
			}
			for k := range 2 {
				if d := math.Abs(products[j][k] - covariance[j][k]); d > 0.02 {
					t.Errorf("%s: covariance %d,%d is %.4f, want "+
						"%.4f", name, 2+j, 2+k, products[j][k], covariance[j][k])
				}
			}
		}
	}
}
