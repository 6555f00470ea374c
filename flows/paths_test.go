package flows_test

import (
	"math"
	"testing"

	"github.com/amgen/amgen/flows"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
)

// interpolations are the paths x_t = a(t) x₀ + b(t) x₁, with a and b written down a second time.
var interpolations = []struct {
	name string
	path flows.Path
	a, b func(t float64) float64
}{
	{"linear", flows.Linear{}, func(t float64) float64 { return 1 - t }, func(t float64) float64 { return t }},
	{"trig", flows.Trig{}, func(t float64) float64 { return math.Cos(math.Pi * t / 2) },
		func(t float64) float64 { return math.Sin(math.Pi * t / 2) }},
	{"vp", flows.VP{}, func(t float64) float64 { return math.Sqrt(1 - math.Pow(vpAlpha(t), 2)) }, vpAlpha},
}

func vpAlpha(t float64) float64 {
	u := 1 - t
	return math.Exp(-0.5*u*0.1 - 0.25*u*u*(20-0.1))
}

// drawn are a batch's curves at some times: start, end, and x, ẋ at each time and x a little before and after.
type drawn struct {
	start, end           []float64
	x, v, earlier, later [][]float64
}

const nudge = 1e-5

func draw(t *testing.T, path flows.Path, data [][]float64, at []float64, seed int64) drawn {
	t.Helper()
	vars := mlcontext.New().Checked(false)
	if err := vars.SetRNGStateFromSeed(seed); err != nil {
		t.Fatal(err)
	}
	exec, err := mlcontext.NewExec(testBackend(t), vars, func(vars *mlcontext.Context, data *Node) []*Node {
		curves := path.Draw(vars, data)
		out := []*Node{curves.Start, curves.End}
		for _, when := range at {
			batch := data.Shape().Dimensions[0]
			time := func(t float64) *Node {
				return MulScalar(Ones(data.Graph(), shapes.Make(dtypes.Float64, batch)),
					t)
			}
			x, v := curves.At(time(when))
			earlier, _ := curves.At(time(when - nudge))
			later, _ := curves.At(time(when + nudge))
			out = append(out, x, v, earlier, later)
		}
		return out
	})
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Exec(data)
	if err != nil {
		t.Fatal(err)
	}
	flat := make([][]float64, len(out))
	for i, o := range out {
		flat[i] = tensors.MustCopyFlatData[float64](o)
	}
	d := drawn{start: flat[0], end: flat[1]}
	for i := 2; i < len(flat); i += 4 {
		d.x, d.v = append(d.x, flat[i]), append(d.v, flat[i+1])
		d.earlier, d.later = append(d.earlier, flat[i+2]), append(d.later, flat[i+3])
	}
	return d
}

// Each path has the coefficients that its definition says, at the ends too, and ẋ is its derivative.
func TestInterpolations(t *testing.T) {
	times := []float64{0.05, 0.3, 0.5, 0.9, 0.99}
	for _, p := range interpolations {
		data := [][]float64{{1, -2}, {0.5, 3}, {0, 0.25}}
		d := draw(t, p.path, data, times, 21)
		var target []float64
		for _, row := range data {
			target = append(target, row...)
		}
		for i, x1 := range target {
			x0 := (d.start[i] - p.b(0)*x1) / p.a(0) // the noise
			if end := p.a(1)*x0 + p.b(1)*x1; !(math.Abs(d.end[i]-end) <= 1e-12) {
				t.Errorf("%s: the curve ends at %g, want %g", p.name, d.end[i], end)
			}
			for k, when := range times {
				want := p.a(when)*x0 + p.b(when)*x1
				if !(math.Abs(d.x[k][i]-want) <= 1e-12*(1+math.Abs(want))) {
					t.Errorf("%s: x at t=%g is %.15g, want %.15g", p.name, when, d.x[k][i], want)
				}
				slope := (d.later[k][i] - d.earlier[k][i]) / (2 * nudge)
				if !(math.Abs(d.v[k][i]-slope) <= 1e-5*(1+math.Abs(slope))) {
					t.Errorf("%s: ẋ at t=%g is %g, the difference quotient %g", p.name, when, d.v[k][i], slope)
				}
			}
		}
	}
}

// Antithetic noise is opposite in the two halves of a batch, and still N(0, 1).
func TestAntitheticNoise(t *testing.T) {
	for _, path := range []flows.Path{flows.Linear{Antithetic: true}, flows.Trig{Antithetic: true},
		flows.VP{Antithetic: true}} {
		const batch, dim = 2001, 3
		data := make([][]float64, batch)
		for i := range data {
			data[i] = make([]float64, dim)
		}
		start := draw(t, path, data, nil, 22).start
		for i := range batch / 2 * dim {
			if other := start[(batch-batch/2)*dim+i]; start[i]+other != 0 {
				t.Fatalf("%T: noise %g and %g of a pair", path, start[i], other)
			}
		}
		if _, _, deviation := summary(start[:(batch-batch/2)*dim]); math.Abs(deviation-1) > 0.05 {
			t.Errorf("%T: deviation %.3f of the noise, want 1", path, deviation)
		}
	}
}

// The closed forms hold on every path: at the true action of N(0, I) → N(m, τ²), s* = ṁ·x + (σ̇/2σ)‖x − m_t‖² with
// m_t = b m and σ² = a² + b²τ², both estimators have the mean −½∫ w E‖v*‖² dt.
func TestLossAtTheTrueActionOfEachPath(t *testing.T) {
	backend := testBackend(t)
	q := gaussian{1.5, 0.5, []int{2}}
	for _, p := range interpolations[1:] {
		value, slope := moments(p.name)
		model := func(_ *mlcontext.Context, t, x *Node) *Node {
			m, variance := value(t, q)
			dm, half := slope(t, q) // ṁ, σσ̇
			centred := Sub(x, reshapeLike(m, x))
			return Add(Mul(dm, sumAll(x)), MulScalar(Mul(Div(half, variance), sumAll(Square(centred))), 0.5))
		}
		energy := func(t float64) float64 { // ½E‖v*‖² by difference quotients of the second definition
			m := func(t float64) float64 { return p.b(t) * q.mean }
			sigma := func(t float64) float64 { return math.Hypot(p.a(t), p.b(t)*q.tau) }
			h := 1e-6
			dm, ds := (m(t+h)-m(t-h))/(2*h), (sigma(t+h)-sigma(t-h))/(2*h)
			return dm*dm + ds*ds
		}
		for _, e := range []flows.Estimator{flows.Pathwise, flows.Boundary} {
			am := flows.ActionMatching{Weight: flows.LinearDecay, Estimator: e}
			got, stderr, _ := summary(lossesOn(t, backend, p.path, model, am, flows.UniformTimes{}, q, 80_000, 23))
			want := -integral(func(t float64) float64 {
				t = min(t, 1-1e-5)
				return (1 - t) * energy(t)
			})
			if math.Abs(got-want) > 4*stderr || stderr > 0.1*math.Abs(want) {
				t.Errorf("%s %v: loss %.4f ± %.4f, want %.4f", p.name, e, got, stderr, want)
			}
		}
	}
}

// moments builds m_t and σ_t², and ṁ and σσ̇, [batch], from the definitions, with derivatives by hand.
func moments(name string) (value, slope func(t *Node, q gaussian) (*Node, *Node)) {
	coefficients := func(t *Node) (a, b, da, db *Node) {
		if name == "trig" {
			angle := MulScalar(t, math.Pi/2)
			return Cos(angle), Sin(angle), MulScalar(Sin(angle), -math.Pi/2), MulScalar(Cos(angle), math.Pi/2)
		}
		u := OneMinus(t)
		alpha := Exp(Neg(Add(MulScalar(u, 0.05), MulScalar(Square(u), 19.9/4))))
		rate := AddScalar(MulScalar(u, 19.9/2), 0.05) // −α'(u)/α = α̇/α by t
		sigma := Sqrt(OneMinus(Square(alpha)))
		dAlpha := Mul(alpha, rate)
		return sigma, alpha, Neg(Div(Mul(alpha, dAlpha), sigma)), dAlpha
	}
	value = func(t *Node, q gaussian) (*Node, *Node) {
		a, b, _, _ := coefficients(t)
		return MulScalar(b, q.mean), Add(Square(a), MulScalar(Square(b), q.tau*q.tau))
	}
	slope = func(t *Node, q gaussian) (*Node, *Node) {
		a, b, da, db := coefficients(t)
		return MulScalar(db, q.mean), Add(Mul(a, da), MulScalar(Mul(b, db), q.tau*q.tau))
	}
	return value, slope
}
