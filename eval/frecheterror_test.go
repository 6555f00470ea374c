package eval_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

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
		if off(stated, spread, 0.2*spread) { // 150 draws know the spread to 6 per cent
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
	if want := deviation / math.Sqrt(1500); off(*e.StdErr, want, 1e-5*want) {
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
	for _, reference := range []eval.Gaussian{gaussianOf(t, few),
		{Mean: make([]float64, dim), Covariance: make([]float64, dim*dim)}} {
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

// function applies f to the eigenvalues of a symmetric matrix.
func function(t *testing.T, m *mat.SymDense, f func(float64) float64) *mat.SymDense {
	t.Helper()
	n := m.SymmetricDim()
	var e mat.EigenSym
	if !e.Factorize(m, true) {
		t.Fatal("no eigenvalues")
	}
	var vectors mat.Dense
	e.VectorsTo(&vectors)
	out := mat.NewSymDense(n, nil)
	for k, v := range e.Values(nil) {
		out.SymRankOne(out, f(v), vectors.ColView(k))
	}
	return out
}

// symmetric is the product of a, b and a.
func symmetric(a, b *mat.SymDense) *mat.SymDense {
	var product mat.Dense
	product.Product(a, b, a)
	n := a.SymmetricDim()
	out := mat.NewSymDense(n, nil)
	for i := range n {
		for j := i; j < n; j++ {
			out.SetSym(i, j, (product.At(i, j)+product.At(j, i))/2)
		}
	}
	return out
}

// With T = Σ^−½ (Σ^½ Σ' Σ^½)^½ Σ^−½ from eigenvectors, ψ is as its formula says; variances differ by up to 10⁶.
func TestFrechetErrorByItsFormula(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 11))
	for _, dim := range []int{2, 9, 30} {
		q := orthogonal(rng, dim)
		x := normal(rng, 400, dim, 0, 1)
		variances := make([]float64, dim)
		for i := range x.X {
			x.X[i] *= math.Pow(10, 3*float64(i%dim)/float64(dim))
		}
		for k := range variances {
			variances[k] = math.Pow(10, 6*rng.Float64())
		}
		x = rotated(x, q)
		g, reference := gaussianOf(t, x), withSpectrum(orthogonal(rng, dim), make([]float64, dim), variances)
		sigma := mat.NewSymDense(dim, g.Covariance)
		half := function(t, sigma, math.Sqrt)
		middle := function(t, symmetric(half, mat.NewSymDense(dim, reference.Covariance)), math.Sqrt)
		carry := symmetric(function(t, sigma, func(v float64) float64 { return 1 / math.Sqrt(v) }), middle)
		var psi []float64
		for i := range x.Len() {
			y := mat.NewVecDense(dim, nil)
			value := 0.0
			for k := range dim {
				v := x.X[i*dim+k] - g.Mean[k]
				y.SetVec(k, v)
				value += v*v + 2*(g.Mean[k]-reference.Mean[k])*v
			}
			psi = append(psi, value-mat.Inner(y, carry, y))
		}
		_, deviation := moments(psi)
		if got, want := *frechetWithError(t, x, reference).StdErr, deviation/20; off(got, want, 1e-5*want) {
			t.Errorf("%d dimensions: error %.9g, want %.9g", dim, got, want)
		}
	}
}
