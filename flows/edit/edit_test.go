package edit

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/amgen/amgen/flows"
)

// gaussian is data N(mean, covariance), whose velocity on a path is known.
type gaussian struct {
	mean []float64
	cov  *mat.SymDense
	path flows.Scheduled
}

// velocity is E[ȧ x₀ + ḃ x₁ | x_t = x] of each example: with S = b²C + a²I it is ḃ m + (bḃ C + aȧ I) S⁻¹ (x − b m).
func (g gaussian) velocity(t float64, x []float32) ([]float32, error) {
	n := len(g.mean)
	a, b, slopeA, slopeB := g.path.Schedule(t)
	var s, c mat.Dense
	s.Scale(b*b, g.cov)
	c.Scale(b*slopeB, g.cov)
	for i := range n {
		s.Set(i, i, s.At(i, i)+a*a)
		c.Set(i, i, c.At(i, i)+a*slopeA)
	}
	var inverse, gain mat.Dense
	if err := inverse.Inverse(&s); err != nil {
		return nil, err
	}
	gain.Mul(&c, &inverse)
	out := make([]float32, len(x))
	for k := 0; k < len(x); k += n {
		for i := range n {
			v := slopeB * g.mean[i]
			for j := range n {
				v += gain.At(i, j) * (float64(x[k+j]) - b*g.mean[j])
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
// mean and covariance, on each path and with repeated steps too. As many iterations of conjugate gradients as there are
// known values solve for them exactly, which leaves the error of the steps, about a hundredth, and that of 4000
// samples. The noise of vp falls unevenly, and takes more steps.
func TestGaussian(t *testing.T) {
	g := gaussian{mean: []float64{0.2, -0.3, 0.1, 0.4}, cov: mat.NewSymDense(4, []float64{
		0.30, 0.10, 0.20, -0.12, 0.10, 0.25, 0.15, 0.05, 0.20, 0.15, 0.35, 0.02, -0.12, 0.05, 0.02, 0.28})}
	levels := []uint8{200, 60, 0, 0}
	mean, covariance := g.given([]float64{middle(levels[0]), middle(levels[1])})
	const tolerance = 0.02
	for _, c := range []struct {
		path           flows.Scheduled
		steps, repeats int
	}{{flows.Linear{}, 100, 1}, {flows.Linear{}, 100, 2}, {flows.Trig{}, 100, 1}, {flows.VP{}, 250, 1}} {
		g.path = c.path
		name := fmt.Sprintf("%s, %d times", c.path.(flows.Path).Name(), c.repeats)
		r := Restoration{Schedule: c.path.Schedule, Steps: c.steps, Repeats: c.repeats, Iterations: 2}
		out := g.fill(t, r, levels)
		n := float64(len(out) / 4)
		var sum [2]float64
		var products [2][2]float64
		for i := 0; i < len(out); i += 4 {
			if out[i] != float32(middle(levels[0])) || out[i+1] != float32(middle(levels[1])) {
				t.Fatalf("%s: what is known is %v", name, out[i:i+2])
			}
			for j := range 2 {
				sum[j] += float64(out[i+2+j]) / n
				for k := range 2 {
					products[j][k] += (float64(out[i+2+j]) - mean[j][0]) * (float64(out[i+2+k]) - mean[k][0]) / n
				}
			}
		}
		for j := range 2 {
			if d := math.Abs(sum[j] - mean[j][0]); d > tolerance {
				t.Errorf("%s: mean %d is %.4f, want %.4f", name, j, sum[j], mean[j][0])
			}
			for k := range 2 {
				if d := math.Abs(products[j][k] - covariance[j][k]); d > tolerance {
					t.Errorf("%s: covariance %d,%d is %.4f, want %.4f", name, j, k, products[j][k], covariance[j][k])
				}
			}
		}
	}
}

// fill fills in the last two of four coordinates of 4000 samples.
func (g gaussian) fill(t *testing.T, r Restoration, levels []uint8) []float32 {
	t.Helper()
	const n = 4000
	known, rngs, x := make([]Known, n), make([]*rand.Rand, n), make([]float32, 4*n)
	for i := range n {
		known[i], rngs[i] = Pixels{levels, []bool{false, false, true, true}}, rand.New(rand.NewPCG(uint64(i), 1))
		copy(x[4*i:], normal(rngs[i], 4))
	}
	out, err := r.Restore(t.Context(), g.velocity, known, x, rngs)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
