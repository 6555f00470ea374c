package eval_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/amgen/amgen/eval"
)

func frechet(t *testing.T, a, b eval.Gaussian) eval.Estimate {
	t.Helper()
	e, err := eval.Frechet(a, b)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// gaussianOf has the moments of a cloud.
func gaussianOf(t testing.TB, c eval.Cloud) eval.Gaussian {
	t.Helper()
	m, err := eval.MomentsOf(c)
	if err != nil {
		t.Fatal(err)
	}
	g, err := m.Gaussian()
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// orthogonal is a random rotation, [dim, dim].
func orthogonal(rng *rand.Rand, dim int) *mat.Dense {
	m := mat.NewDense(dim, dim, nil)
	for i := range dim {
		for j := range dim {
			m.Set(i, j, rng.NormFloat64())
		}
	}
	var qr mat.QR
	qr.Factorize(m)
	var q mat.Dense
	qr.QTo(&q)
	return &q
}

// withSpectrum has covariance Q diag(variances) Qᵀ.
func withSpectrum(q *mat.Dense, mean, variances []float64) eval.Gaussian {
	dim := len(variances)
	g := eval.Gaussian{Mean: mean, Covariance: make([]float64, dim*dim)}
	for i := range dim {
		for j := i; j < dim; j++ {
			for k, v := range variances {
				g.Covariance[i*dim+j] += q.At(i, k) * v * q.At(j, k)
			}
			g.Covariance[j*dim+i] = g.Covariance[i*dim+j]
		}
	}
	return g
}

// Covariances that commute have Σ (√λ₁ − √λ₂)², whatever their common axes; variances of 0 and of 10¹² times another
// are among them.
func TestFrechetOfCommutingGaussians(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 5))
	for _, dim := range []int{1, 2, 7, 40} {
		for _, least := range []float64{1, 1e-12, 0} {
			one, other := make([]float64, dim), make([]float64, dim)
			meanOne, meanOther := make([]float64, dim), make([]float64, dim)
			want := 0.0
			for k := range dim {
				one[k], other[k] = rng.Float64()*5, rng.Float64()*3
				if k%3 == 1 {
					one[k] *= least
				}
				if k%3 == 2 {
					other[k] *= least
				}
				meanOne[k], meanOther[k] = rng.NormFloat64(), rng.NormFloat64()
				want += math.Pow(math.Sqrt(one[k])-math.Sqrt(other[k]), 2) + math.Pow(meanOne[k]-meanOther[k], 2)
			}
			q := orthogonal(rng, dim)
			// A variance of 1e-12 is known to 1e-16 or so, of which Σ₁Σ₂ takes the root: 1e-8 a dimension.
			got := frechet(t, withSpectrum(q, meanOne, one), withSpectrum(q, meanOther, other))
			if off(got.Value, want, 1e-8*float64(dim)) {
				t.Errorf("%d dimensions, least %g: %.15g, want %.15g", dim, least, got.Value, want)
			}
			if singular := least == 0 && dim > 1; singular != (got.Warning != "") {
				t.Errorf("%d dimensions, least %g: warning %q", dim, least, got.Warning)
			}
		}
	}
}

// In two dimensions Tr M^½ = √(Tr M + 2√det M), with M of the eigenvalues of Σ₁Σ₂: nothing needs to commute.
func TestFrechetInThePlane(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 5))
	for range 50 {
		a := withSpectrum(orthogonal(rng, 2), []float64{0, 0}, []float64{rng.ExpFloat64(), rng.ExpFloat64()})
		b := withSpectrum(orthogonal(rng, 2), []float64{0, 0}, []float64{rng.ExpFloat64(), rng.ExpFloat64()})
		p, q := a.Covariance, b.Covariance
		trace := p[0]*q[0] + 2*p[1]*q[1] + p[3]*q[3]
		det := (p[0]*p[3] - p[1]*p[1]) * (q[0]*q[3] - q[1]*q[1])
		want := p[0] + p[3] + q[0] + q[3] - 2*math.Sqrt(trace+2*math.Sqrt(det))
		if got := frechet(t, a, b).Value; off(got, want, 1e-12*(1+trace)) {
			t.Errorf("%.15g, want %.15g", got, want)
		}
	}
}

// The distance of a set to itself is 0, the order makes no difference, nor does a rotation of the space, nor a change
// of unit but for its square; with fewer samples than dimensions too, where there is a warning.
func TestFrechetProperties(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 5))
	const dim = 60
	for _, n := range []int{25, 400} {
		x, y := normal(rng, n, dim, 0, 3), normal(rng, n+10, dim, 0.3, 4)
		a, b := gaussianOf(t, x), gaussianOf(t, y)
		ab := frechet(t, a, b)
		if aa := frechet(t, a, a).Value; off(aa, 0, 1e-9) {
			t.Errorf("%d samples: %g from themselves", n, aa)
		}
		if ba := frechet(t, b, a).Value; off(ab.Value, ba, 1e-10*ba) {
			t.Errorf("%d samples: %.15g one way, %.15g the other", n, ab.Value, ba)
		}
		q := orthogonal(rng, dim)
		turned := frechet(t, gaussianOf(t, rotated(x, q)), gaussianOf(t, rotated(y, q))).Value
		if off(ab.Value, turned, 1e-9*turned) {
			t.Errorf("%d samples: %.15g, turned %.15g", n, ab.Value, turned)
		}
		scaled := frechet(t, gaussianOf(t, transformed(x, 1e-4, 7)), gaussianOf(t, transformed(y, 1e-4, 7))).Value
		if off(ab.Value, scaled*1e8, 1e-8*ab.Value) {
			t.Errorf("%d samples: %.15g, in another unit %.15g", n, ab.Value, scaled*1e8)
		}
		if singular := n <= dim; singular != (ab.Warning != "") || singular &&
			!strings.Contains(ab.Warning, "25 samples has rank 24 in 60") {
			t.Errorf("%d samples: warning %q", n, ab.Warning)
		}
	}
}

func rotated(c eval.Cloud, q *mat.Dense) eval.Cloud {
	var out mat.Dense
	out.Mul(mat.NewDense(c.Len(), c.Dim, c.X), q)
	return eval.Cloud{Dim: c.Dim, X: out.RawMatrix().Data}
}

// Gaussians of N(m, s²I) and N(m', s'²I): many samples come near ‖m − m'‖² + dim (s − s')².
func TestFrechetOfSamples(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 5))
	const dim, n = 8, 40_000
	got := frechet(t, gaussianOf(t, normal(rng, n, dim, 0, 1)), gaussianOf(t, normal(rng, n, dim, 0.5, 2))).Value
	if want := 8*0.25 + 8.0; off(got, want, 0.2) { // s.e. of each of 8 deviations: 2/√80 000
		t.Errorf("%g, want %g", got, want)
	}
}

func TestFrechetRefuses(t *testing.T) {
	good := eval.Gaussian{Mean: []float64{0, 0}, Covariance: []float64{1, 0, 0, 1}}
	for _, tc := range []struct {
		other eval.Gaussian
		says  string
	}{
		{eval.Gaussian{}, "0 dimensions"},
		{eval.Gaussian{Mean: []float64{0}, Covariance: []float64{1}}, "2 and of 1 dimensions"},
		{eval.Gaussian{Mean: []float64{0, 0}, Covariance: []float64{1, 0, 0}}, "3 numbers"},
		{eval.Gaussian{Mean: []float64{0, math.NaN()}, Covariance: good.Covariance}, "NaN in dimension 2"},
		{eval.Gaussian{Mean: good.Mean, Covariance: []float64{1, 0, 0, -1}}, "variance of -1 in dimension 2"},
		{eval.Gaussian{Mean: good.Mean, Covariance: []float64{1, 0, 0, math.NaN()}}, "variance of NaN in dimension 2"},
		{eval.Gaussian{Mean: good.Mean, Covariance: []float64{1, 0.5, 0, 1}}, "symmetric"},
		{eval.Gaussian{Mean: good.Mean, Covariance: []float64{1, 3, 3, 1}}, "positive"},
	} {
		_, err := eval.Frechet(good, tc.other)
		checkError(t, fmt.Sprint(tc.other), err, tc.says)
	}
}

// checkError wants one line of this package with some words in it.
func checkError(t *testing.T, name string, err error, says string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "\n") ||
		!strings.HasPrefix(err.Error(), "eval: ") {
		t.Errorf("%s: %v, want one line with %q", name, err, says)
	}
}

func BenchmarkFrechet(b *testing.B) {
	for _, dim := range []int{128, 2048} {
		rng := rand.New(rand.NewPCG(5, 5))
		x, y := gaussianOf(b, normal(rng, 2*dim, dim, 0, 1)), gaussianOf(b, normal(rng, 2*dim, dim, 0.1, 1))
		b.Run(fmt.Sprintf("dim=%d", dim), func(b *testing.B) {
			for b.Loop() {
				if _, err := eval.Frechet(x, y); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
