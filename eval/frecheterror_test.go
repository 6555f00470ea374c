package eval_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/amgen/amgen/eval"
)

func frechetWithError(t testing.TB, c eval.Cloud, reference eval.Gaussian) eval.Estimate {
	t.Helper()
	e, err := eval.FrechetWithError(gaussianOf(t, c), reference, c)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// The stated error is the deviation of the distance over draws, with skewed samples, another mean and another shape.
func TestFrechetErrorIsTheDeviation(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 11))
	const dim, n, draws = 6, 500, 150
	q := orthogonal(rng, dim)
	reference := withSpectrum(orthogonal(rng, dim), make([]float64, dim), []float64{0.1, 0.5, 1, 2, 3, 9})
	draw := func(shift float64) eval.Cloud {
		c := eval.Cloud{Dim: dim, X: make([]float64, n*dim)}
		for i := range c.X {
			c.X[i] = shift + rng.ExpFloat64()*float64(1+i%dim)/3
		}
		return rotated(c, q)
	}
	for _, shift := range []float64{0, 2} {
		var values, errors []float64
		for range draws {
			e := frechetWithError(t, draw(shift), reference)
			values, errors = append(values, e.Value), append(errors, *e.StdErr)
		}
		_, spread := moments(values)
		stated, _ := moments(errors)
		if math.Abs(stated-spread) > 0.2*spread { // 150 draws know the spread to 6 per cent
			t.Errorf("shift %g: deviation over draws %g, stated %g", shift, spread, stated)
		}
	}
}

// In one dimension the distance is (μ − μ')² + (σ − σ')², so ψ is 2(μ − μ')y + (1 − σ'/σ)y².
func TestFrechetErrorOnALine(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 11))
	c := normal(rng, 1500, 1, 1, 2)
	g := gaussianOf(t, c)
	reference := eval.Gaussian{Mean: []float64{0.5}, Covariance: []float64{9}}
	var psi []float64
	for _, x := range c.X {
		y := x - g.Mean[0]
		psi = append(psi, 2*(g.Mean[0]-0.5)*y+(1-3/math.Sqrt(g.Covariance[0]))*y*y)
	}
	_, deviation := moments(psi)
	e := frechetWithError(t, c, reference)
	if want := deviation / math.Sqrt(1500); math.Abs(*e.StdErr-want) > 1e-5*want {
		t.Errorf("error %.9g, want %.9g", *e.StdErr, want)
	}
	if plain := frechet(t, g, reference); plain.Value != e.Value {
		t.Errorf("value %g, without an error %g", e.Value, plain.Value)
	}
}

// A reference of any rank will do, even a point; generated samples that don't span the space have no error.
func TestFrechetErrorOfSingular(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 11))
	const dim = 20
	many, few := normal(rng, 3000, dim, 0, 1), normal(rng, 12, dim, 0, 1)
	for _, reference := range []eval.Gaussian{gaussianOf(t, few), {Mean: make([]float64, dim), Covariance: make([]float64, dim*dim)}} {
		e := frechetWithError(t, many, reference)
		if e.StdErr == nil || !(*e.StdErr > 0) || e.Warning == "" {
			t.Errorf("%+v", e)
		}
	}
	if e := frechetWithError(t, few, gaussianOf(t, many)); e.StdErr != nil || e.Warning == "" {
		t.Errorf("few samples: %+v", e)
	}
	_, err := eval.FrechetWithError(gaussianOf(t, many), gaussianOf(t, few), normal(rng, 5, 3, 0, 1))
	checkError(t, "dimensions", err, "samples of 3 dimensions and statistics of 20")
}

func BenchmarkFrechetWithError(b *testing.B) {
	for _, dim := range []int{84, 2048} {
		rng := rand.New(rand.NewPCG(5, 11))
		x := normal(rng, 2*dim, dim, 0, 1)
		generated, reference := gaussianOf(b, x), gaussianOf(b, normal(rng, 2*dim, dim, 0.1, 1))
		b.Run(fmt.Sprintf("dim=%d", dim), func(b *testing.B) {
			for b.Loop() {
				if _, err := eval.FrechetWithError(generated, reference, x); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
