package solve_test

import (
	"math"
	"runtime"
	"strings"
	"testing"

	"github.com/amgen/amgen/flows/solve"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// The Ornstein–Uhlenbeck process dx = −λ x dt + σ(t) dW, σ = c (1 − t/2), x_0 = 1.
const (
	lambda = 1.5
	volume = 0.8
)

func ouScale(t float64) (float64, error) { return volume * (1 - t/2), nil }

func ouField(_ float64, x []float64) ([]float64, error) {
	v := make([]float64, len(x))
	for i := range x {
		v[i] = -lambda * x[i]
	}
	return v, nil
}

// ouMoments are the mean and variance at t = 1, ∫ e^{−2λ(1−s)} σ(s)² ds by Simpson's rule.
func ouMoments() (mean, variance float64) {
	const n = 1000
	for i := range n + 1 {
		s := float64(i) / n
		weight := float64(2 + 2*(i%2))
		if i == 0 || i == n {
			weight = 1
		}
		sigma, _ := ouScale(s)
		variance += weight * math.Exp(-2*lambda*(1-s)) * sigma * sigma / (3 * n)
	}
	return math.Exp(-lambda), variance
}

func brownian(t testing.TB, seed int64, first, count, size int) *solve.Brownian {
	t.Helper()
	b, err := solve.NewBrownian(seed, first, count, size)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func diffuse(t *testing.T, s solve.Solver, x []float64, increment func(t0, t1 float64) ([]float64, error)) []float64 {
	t.Helper()
	p := solve.Problem[[]float64]{Space: solve.Vectors{}, Field: ouField,
		Noise: &solve.Noise[[]float64]{Scale: ouScale, Increment: increment}}
	y, _, err := solve.Integrate(t.Context(), p, s, x, 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	return y
}

var stochastic = []struct {
	name         string
	make         func(steps int) solve.Solver
	weak, strong float64
}{
	{"euler-maruyama", func(n int) solve.Solver { return solve.EulerMaruyama{Steps: n} }, 1, 1},
	{"stochastic-heun", func(n int) solve.Solver { return solve.StochasticHeun{Steps: n} }, 2, 1},
}

// The weak order, without any chance in it: on a linear equation the result is a sum over steps of responses to that
// step's ΔW alone, so the variance is the sum of their squares for ΔW = √h, and the mean is the result without noise.
func TestWeakOrder(t *testing.T) {
	mean, variance := ouMoments()
	for _, method := range stochastic {
		var logH, logMean, logVariance []float64
		for _, n := range []int{32, 64, 128, 256} {
			h := 1 / float64(n)
			impulse := func(at int) func(t0, t1 float64) ([]float64, error) {
				return func(t0, _ float64) ([]float64, error) {
					if int(math.Round(t0/h)) == at {
						return []float64{math.Sqrt(h)}, nil
					}
					return []float64{0}, nil
				}
			}
			gotMean, gotVariance := diffuse(t, method.make(n), []float64{1}, impulse(-1))[0], 0.0
			for i := range n {
				r := diffuse(t, method.make(n), []float64{0}, impulse(i))[0]
				gotVariance += r * r
			}
			logH = append(logH, math.Log(h))
			logMean = append(logMean, math.Log(math.Abs(gotMean-mean)))
			logVariance = append(logVariance, math.Log(math.Abs(gotVariance-variance)))
		}
		for what, errors := range map[string][]float64{"mean": logMean, "variance": logVariance} {
			if got := slope(logH, errors); !(math.Abs(got-method.weak) <= 0.1) {
				t.Errorf("%s: weak order %.3f by the %s, want %g", method.name, got, what, method.weak)
			}
		}
	}
}

// The strong order: the root mean square distance from the exact solution of the same path. By parts, x_1 = e^{−λ} +
// σ(1) W(1) − ∫ (λσ + σ′) e^{−λ(1−s)} W(s) ds, an integral that the trapezoidal rule on 4096 intervals has to about
// 1e-4, far below the errors measured.
func TestStrongOrder(t *testing.T) {
	const members, fine = 400, 4096
	exact := make([]float64, members)
	path, w := brownian(t, 5, 0, members, 1), make([]float64, members)
	for i := range fine {
		increment, err := path.Increment(float64(i)/fine, float64(i+1)/fine)
		if err != nil {
			t.Fatal(err)
		}
		s := float64(i+1) / fine
		sigma, _ := ouScale(s)
		weight := 1.0 / fine
		if i == fine-1 {
			weight /= 2
		}
		for k := range w {
			w[k] += increment[k]
			exact[k] -= weight * (lambda*sigma - volume/2) * math.Exp(-lambda*(1-s)) * w[k]
		}
	}
	ones := make([]float64, members)
	sigma, _ := ouScale(1)
	for k := range exact {
		exact[k] += math.Exp(-lambda) + sigma*w[k]
		ones[k] = 1
	}
	for _, method := range stochastic {
		var logH, logError []float64
		for _, n := range []int{8, 16, 32, 64} {
			got := diffuse(t, method.make(n), ones, brownian(t, 5, 0, members, 1).Increment)
			square := 0.0
			for k := range got {
				square += (got[k] - exact[k]) * (got[k] - exact[k]) / members
			}
			logH, logError = append(logH, -math.Log(float64(n))), append(logError, math.Log(square)/2)
		}
		// 400 members know each error to 1/√800, 4 %, and on one path the errors of two steps go together.
		if got := slope(logH, logError); !(math.Abs(got-method.strong) <= 0.15) {
			t.Errorf("%s: strong order %.3f, want %g", method.name, got, method.strong)
		}
	}
}

// Between steps the noise is that of the path, so the marginals at any time are right: here f = 0 and σ = 1, where
// x(t) = W(t) at any number of steps.
func TestTimesFollowThePath(t *testing.T) {
	times := []float64{0.1, 0.125, 0.3, 0.31, 0.5, 0.99}
	for _, method := range stochastic {
		for _, steps := range []int{1, 3, 8} {
			path, i := brownian(t, 6, 0, 3, 2), 0
			p := solve.Problem[[]float64]{Space: solve.Vectors{}, Times: times,
				Field: func(float64, []float64) ([]float64, error) { return make([]float64, 6), nil },
				Noise: &solve.Noise[[]float64]{Increment: path.Increment,
					Scale: func(float64) (float64, error) { return 1, nil }},
				OnTime: func(at float64, x []float64) error {
					want, err := brownian(t, 6, 0, 3, 2).Increment(0, at)
					if diff := cmp.Diff(want, x, cmpopts.EquateApprox(0, 1e-14)); diff != "" {
						t.Errorf("%s, %d steps, t=%g:\n%s", method.name, steps, at, diff)
					}
					i++
					return err
				}}
			_, _, err := solve.Integrate(t.Context(), p, method.make(steps), make([]float64, 6), 0, 1)
			if err != nil || i != len(times) {
				t.Errorf("%s: err %v, %d times shown", method.name, err, i)
			}
		}
	}
}

// E W(s)W(t) = min(s, t), also between times that are not dyadic, and W is Gaussian: E W⁴ = 3t².
func TestBrownianLaw(t *testing.T) {
	const members = 40_000
	b := brownian(t, 7, 0, members, 1)
	times := []float64{0.1, 1. / 3, 0.5, 0.501, 0.9, 1}
	walk := make([][]float64, len(times))
	for i, at := range times {
		var err error
		if walk[i], err = b.Increment(0, at); err != nil {
			t.Fatal(err)
		}
	}
	for i, s := range times {
		for j := 0; j <= i; j++ {
			got := 0.0
			for k := range members {
				got += walk[i][k] * walk[j][k] / members
			}
			want := times[j]
			if stderr := math.Sqrt((s*want + want*want) / members); !(math.Abs(got-want) <= 4*stderr) {
				t.Errorf("E W(%g)W(%g) = %.4f ± %.4f, want %g", s, times[j], got, stderr, want)
			}
		}
		fourth := 0.0
		for _, w := range walk[i] {
			fourth += w * w * w * w / members
		}
		if stderr := s * s * math.Sqrt(96./members); !(math.Abs(fourth-3*s*s) <= 4*stderr) { // Var W⁴ = (105 − 9) t⁴
			t.Errorf("E W(%g)⁴ = %.4f ± %.4f, want %.4f", s, fourth, stderr, 3*s*s)
		}
	}
}

// A member's path is the same in a batch of any size, at any steps, in any order of asking, on any number of
// processors; members, coordinates and seeds differ.
func TestBrownianIsReproducible(t *testing.T) {
	const size = 3000 // enough to be shared out
	whole := brownian(t, 8, 0, 8, size)
	walk := func(b *solve.Brownian, steps int) []float64 { // sum of the increments to 0.75
		sum := make([]float64, 0)
		for i := range steps * 3 / 4 {
			d, err := b.Increment(float64(i)/float64(steps), float64(i+1)/float64(steps))
			if err != nil {
				t.Fatal(err)
			}
			if i == 0 {
				sum = d
				continue
			}
			for k := range d {
				sum[k] += d[k]
			}
		}
		return sum
	}
	want := walk(whole, 4)
	near := cmpopts.EquateApprox(0, 1e-12) // sums in other orders
	for _, steps := range []int{8, 12, 100, 400} {
		if !cmp.Equal(want, walk(whole, steps), near) {
			t.Errorf("%d steps take another path", steps)
		}
	}
	if !cmp.Equal(want[5*size:6*size], walk(brownian(t, 8, 5, 1, size), 100), near) {
		t.Error("member 5 alone takes another path")
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	if !cmp.Equal(want, walk(brownian(t, 8, 0, 8, size), 4)) {
		t.Error("one processor has another path")
	}
	if cmp.Equal(want[:size], want[size:2*size]) || want[0] == want[1] ||
		cmp.Equal(want[:size], walk(brownian(t, 9, 0, 1, size), 4)) {
		t.Error("members, coordinates or seeds share a path")
	}
}

func TestNoiseIsRefused(t *testing.T) {
	noise := &solve.Noise[[]float64]{Scale: ouScale, Increment: brownian(t, 1, 0, 1, 1).Increment}
	for _, test := range []struct {
		solver solve.Solver
		noise  *solve.Noise[[]float64]
		t0, t1 float64
		words  string
	}{
		{solve.Heun{Steps: 3}, noise, 0, 1, "use euler-maruyama or stochastic-heun"},
		{solve.Dopri5{RTol: 1e-3, ATol: 1e-3}, noise, 0, 1, "other distributions"},
		{solve.StochasticHeun{Steps: 3}, nil, 0, 1, "no noise; use euler"},
		{solve.EulerMaruyama{Steps: 3}, noise, 1, 0, "forwards only"},
		{solve.EulerMaruyama{Steps: 3}, noise, 0.5, 2, "it runs from 0 to 1"},
		{solve.EulerMaruyama{Steps: -1}, noise, 0, 1, "at least 1 step"},
	} {
		p := solve.Problem[[]float64]{Space: solve.Vectors{}, Field: ouField, Noise: test.noise}
		_, _, err := solve.Integrate(t.Context(), p, test.solver, []float64{1}, test.t0, test.t1)
		if err == nil || !strings.Contains(err.Error(), test.words) {
			t.Errorf("%s from %g to %g: err %v, want one that mentions %q", test.solver.Name(), test.t0, test.t1, err,
				test.words)
		}
	}
	for _, bad := range [][3]int{{-1, 1, 1}, {0, 0, 1}, {0, 1, 0}} {
		if _, err := solve.NewBrownian(1, bad[0], bad[1], bad[2]); err == nil {
			t.Errorf("Brownian motion of %v: no error", bad)
		}
	}
}

// A step of the noise of 64 colour images, at the usual steps and at a power of two.
func BenchmarkBrownian(b *testing.B) {
	for name, steps := range map[string]int{"steps=100": 100, "steps=128": 128} {
		b.Run(name, func(b *testing.B) {
			path, i := brownian(b, 1, 0, 64, 3072), 0
			for b.Loop() {
				if _, err := path.Increment(float64(i)/float64(steps), float64(i+1)/float64(steps)); err != nil {
					b.Fatal(err)
				}
				i = (i + 1) % steps
			}
		})
	}
}
