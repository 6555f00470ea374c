package solve_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/amgen/amgen/flows/solve"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// problems have exact solutions; each is smooth, so the classical orders hold.
var problems = []struct {
	name   string
	t0, t1 float64
	field  solve.Field[[]float64]
	exact  func(t float64) []float64
}{
	{
		name: "decay", t0: 0, t1: 2,
		field: func(_ float64, x []float64) ([]float64, error) { return []float64{-x[0]}, nil },
		exact: func(t float64) []float64 { return []float64{math.Exp(-t)} },
	},
	{
		name: "oscillator", t0: 0, t1: 3,
		field: func(_ float64, x []float64) ([]float64, error) { return []float64{x[1], -x[0]}, nil },
		exact: func(t float64) []float64 { return []float64{math.Cos(t), -math.Sin(t)} },
	},
	{ // depends on t too; x = 1/(1 + t²)
		name: "rational", t0: 0, t1: 1,
		field: func(t float64, x []float64) ([]float64, error) { return []float64{-2 * t * x[0] * x[0]}, nil },
		exact: func(t float64) []float64 { return []float64{1 / (1 + t*t)} },
	},
}

func integrate(t *testing.T, f solve.Field[[]float64], s solve.Solver, x []float64, t0, t1 float64) ([]float64,
	solve.Report) {
	t.Helper()
	p := solve.Problem[[]float64]{Space: solve.Vectors{}, Field: f}
	y, report, err := solve.Integrate(t.Context(), p, s, x, t0, t1)
	if err != nil {
		t.Fatal(err)
	}
	return y, report
}

func distance(a, b []float64) float64 {
	d := 0.0
	for i := range a {
		d = max(d, math.Abs(a[i]-b[i]))
	}
	return d
}

// slope of the least-squares line through (x, y).
func slope(x, y []float64) float64 {
	var mx, my, num, den float64
	for i := range x {
		mx += x[i] / float64(len(x))
		my += y[i] / float64(len(y))
	}
	for i := range x {
		num += (x[i] - mx) * (y[i] - my)
		den += (x[i] - mx) * (x[i] - mx)
	}
	return num / den
}

// The error of a method of order p with steps of length h is C·hᵖ(1 + O(h)): the slope of log error against log h
// is p, within 0.2 for the step counts taken here.
func TestOrder(t *testing.T) {
	for _, method := range []struct {
		make  func(steps int) solve.Solver
		order float64
		steps []int
	}{
		{func(n int) solve.Solver { return solve.Euler{Steps: n} }, 1, []int{100, 200, 400, 800}},
		{func(n int) solve.Solver { return solve.Midpoint{Steps: n} }, 2, []int{50, 100, 200, 400}},
		{func(n int) solve.Solver { return solve.Heun{Steps: n} }, 2, []int{50, 100, 200, 400}},
		{func(n int) solve.Solver { return solve.RK4{Steps: n} }, 4, []int{20, 40, 80, 160}},
		{func(n int) solve.Solver { return solve.RK4{Steps: n, Grid: uneven{}} }, 4, []int{20, 40, 80, 160}},
		{func(n int) solve.Solver { return solve.AB2{Steps: n} }, 2, []int{100, 200, 400, 800}},
		{func(n int) solve.Solver { return solve.AB2{Steps: n, Grid: uneven{}} }, 2, []int{100, 200, 400, 800}},
		{func(n int) solve.Solver { return solve.AB3{Steps: n} }, 3, []int{100, 200, 400, 800}},
		{func(n int) solve.Solver { return solve.AB3{Steps: n, Grid: uneven{}} }, 3, []int{100, 200, 400, 800}},
		{func(n int) solve.Solver { return solve.AB3{Steps: n, Grid: solve.CosineGrid{}} }, 3,
			[]int{100, 200, 400, 800}},
		{func(n int) solve.Solver { return fixedDopri5{n} }, 5, []int{20, 40, 80, 160}},
	} {
		for _, p := range problems {
			name := method.make(1).Name() + "/" + p.name
			t.Run(name, func(t *testing.T) {
				var logH, logError []float64
				for _, n := range method.steps {
					y, _ := integrate(t, p.field, method.make(n), p.exact(p.t0), p.t0, p.t1)
					logH = append(logH, -math.Log(float64(n)))
					logError = append(logError, math.Log(distance(y, p.exact(p.t1))))
				}
				if got := slope(logH, logError); !(math.Abs(got-method.order) <= 0.2) {
					t.Errorf("empirical order %.3f, want %g", got, method.order)
				}
			})
		}
	}
}

// fixedDopri5 runs Dormand–Prince with fixed steps, to see its order.
type fixedDopri5 struct{ steps int }

func (fixedDopri5) Name() string            { return "dopri5-fixed" }
func (fixedDopri5) Tableau() *solve.Tableau { return solve.Dopri5{}.Tableau() }
func (s fixedDopri5) Controller() (solve.Controller, error) {
	return solve.Euler{Steps: s.steps}.Controller()
}

// A consistent tableau has row sums Aᵢ = Cᵢ, Σ B = 1 and Σ E = 0; the order conditions follow from TestOrder.
func TestTableausAreConsistent(t *testing.T) {
	for _, name := range solve.Names() {
		s, err := solve.ByName(name, solve.Settings{})
		if err != nil {
			t.Fatal(err)
		}
		tab := s.Tableau()
		sum := func(v []float64) (s float64) {
			for _, x := range v {
				s += x
			}
			return s
		}
		for i, row := range tab.A {
			if len(row) != i || math.Abs(sum(row)-tab.C[i]) > 1e-12 {
				t.Errorf("%s: row %d of A is %v, want %d entries that sum to %g", name, i, row, i, tab.C[i])
			}
		}
		for i := range tab.B {
			if b := sum(tab.Dense[i]); math.Abs(b-tab.B[i]) > 1e-14 {
				t.Errorf("%s: the dense weights end at %v, want B = %v", name, b, tab.B)
			}
		}
		if math.Abs(sum(tab.B)-1) > 1e-14 || math.Abs(sum(tab.E)) > 1e-14 {
			t.Errorf("%s: B sums to %g and E to %g, want 1 and 0", name, sum(tab.B), sum(tab.E))
		}
		if tab.FSAL && !cmp.Equal(tab.A[len(tab.A)-1], tab.B[:len(tab.B)-1]) {
			t.Errorf("%s: FSAL, but the last row of A isn't B", name)
		}
	}
}

// Less E, the weights of Dormand–Prince are those of the embedded solution as they were published. Σ E = 0 and the
// order don't tell a wrong one.
func TestDopri5HasThePublishedErrorWeights(t *testing.T) {
	tab := solve.Dopri5{}.Tableau()
	for i, want := range []float64{5179. / 57600, 0, 7571. / 16695, 393. / 640, -92097. / 339200, 187. / 2100,
		1. / 40} {
		if got := tab.B[i] - tab.E[i]; !(math.Abs(got-want) <= 1e-15) { // numbers below 1
			t.Errorf("embedded weight %d is %.16g, want %.16g", i, got, want)
		}
	}
}

// By hand: the error 2·(1, 0) − (0.5, −0.8) = (1.5, 0.8) over the scales 0.1 + 0.1·4 and 0.1 + 0.1·1 is (3, 4), whose
// root mean square is 5/√2.
func TestVectorsNorm(t *testing.T) {
	ks := [][]float64{{1, 0}, {0.5, -0.8}}
	got, err := solve.Vectors{}.Norm([]float64{2, -1}, ks, []float64{3, -1}, []float64{-4, 0.5}, 0.1, 0.1)
	if want := 5 / math.Sqrt2; err != nil || !(math.Abs(got-want) <= 1e-14) {
		t.Errorf("norm %.16g, err %v, want %.16g", got, err, want)
	}
}

// With error control per unit of tolerance, the global error follows the tolerance: a decade of rtol moves it by
// about a decade (between half and one and a half in the exponent), and it stays within 100 times the tolerance.
func TestDopri5FollowsItsTolerance(t *testing.T) {
	for _, p := range problems {
		t.Run(p.name, func(t *testing.T) {
			var logTol, logError []float64
			for _, tol := range []float64{1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9} {
				y, _ := integrate(t, p.field, solve.Dopri5{RTol: tol, ATol: tol}, p.exact(p.t0), p.t0, p.t1)
				e := distance(y, p.exact(p.t1))
				if !(e <= 100*tol) {
					t.Errorf("error %.3g at tolerance %g", e, tol)
				}
				logTol, logError = append(logTol, math.Log(tol)), append(logError, math.Log(e))
			}
			if got := slope(logTol, logError); !(got >= 0.5 && got <= 1.5) {
				t.Errorf("log error grows by %.2f per log tolerance, want about 1", got)
			}
		})
	}
}

// The report's NFE is what the field itself counts, and for fixed steps it is known beforehand.
func TestNFE(t *testing.T) {
	p := problems[1]
	for _, test := range []struct {
		solver solve.Solver
		want   int // 0: not known beforehand
	}{
		{solve.Euler{Steps: 7}, 7},
		{solve.Midpoint{Steps: 7}, 14},
		{solve.Heun{Steps: 7}, 14},
		{solve.RK4{Steps: 7}, 28},
		{solve.AB2{Steps: 7}, 7},
		{solve.AB3{Steps: 7}, 7},
		{solve.AB3{Steps: 1}, 2}, // its one step is Heun's
		{fixedDopri5{7}, 43},     // 1 + 6 a step: the last stage serves again
		{solve.Dopri5{RTol: 1e-6, ATol: 1e-6}, 0},
		{solve.Dopri5{RTol: 1e-10, ATol: 1e-10}, 0},
	} {
		calls := 0
		counted := func(t float64, x []float64) ([]float64, error) { calls++; return p.field(t, x) }
		_, report := integrate(t, counted, test.solver, p.exact(0), 0, 20)
		if report.NFE != calls || (test.want != 0 && calls != test.want) {
			t.Errorf("%s: NFE %d, the field was called %d times, want %d", report.Solver, report.NFE, calls, test.want)
		}
		if report.Steps != report.Accepted+report.Rejected {
			t.Errorf("%s: %d steps, %d accepted, %d rejected", report.Solver, report.Steps, report.Accepted,
				report.Rejected)
		}
		if test.want == 0 && calls != 2+6*report.Steps {
			t.Errorf("%s: NFE %d for %d steps, want 2 + 6 a step", report.Solver, calls, report.Steps)
		}
	}
}

// A field with a sudden kick makes the controller reject, and the rejected steps still count.
func TestRejectedStepsCount(t *testing.T) {
	kick := func(t float64, _ []float64) ([]float64, error) {
		return []float64{20*math.Cos(20*t) + 100*math.Exp(-1e4*(t-0.5)*(t-0.5))}, nil
	}
	y, report := integrate(t, kick, solve.Dopri5{RTol: 1e-8, ATol: 1e-8}, []float64{0}, 0, 1)
	if want := math.Sin(20) + math.Sqrt(math.Pi); !(math.Abs(y[0]-want) <= 1e-6) { // ∫ = 100·√(π/1e4)
		t.Errorf("integral %.9f, want %.9f", y[0], want)
	}
	if report.Rejected == 0 || report.NFE != 2+6*report.Steps {
		t.Errorf("%+v: want some rejected steps, and 6 evaluations for each of all steps", report)
	}
}

// Integrating there and back returns to the start, up to the error of both ways.
func TestBackwardReturns(t *testing.T) {
	for _, p := range problems {
		for _, s := range []solve.Solver{solve.RK4{Steps: 200}, solve.AB3{Steps: 1000, Grid: solve.CosineGrid{}},
			solve.Dopri5{RTol: 1e-9, ATol: 1e-9}} {
			there, _ := integrate(t, p.field, s, p.exact(p.t0), p.t0, p.t1)
			back, _ := integrate(t, p.field, s, there, p.t1, p.t0)
			if d := distance(back, p.exact(p.t0)); !(d <= 1e-6) {
				t.Errorf("%s with %s: %.3g from the start after going there and back", p.name, s.Name(), d)
			}
		}
	}
}

func TestObserverSeesEachAcceptedState(t *testing.T) {
	var times []float64
	p := solve.Problem[[]float64]{Space: solve.Vectors{}, Field: problems[0].field,
		OnStep: func(t float64, _ []float64) error { times = append(times, t); return nil }}
	if _, _, err := solve.Integrate(t.Context(), p, solve.Euler{Steps: 4}, []float64{1}, 1, 0); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]float64{1, 0.75, 0.5, 0.25, 0}, times, cmpopts.EquateApprox(0, 1e-15)); diff != "" {
		t.Error(diff)
	}
	stop := errors.New("stop")
	p.OnStep = func(t float64, _ []float64) error {
		if t > 0.4 {
			return stop
		}
		return nil
	}
	_, report, err := solve.Integrate(t.Context(), p, solve.Euler{Steps: 4}, []float64{1}, 0, 1)
	if !errors.Is(err, stop) || report.NFE != 2 {
		t.Errorf("err %v after %d evaluations, want the observer's after 2", err, report.NFE)
	}
}

func TestSameTimeIsTheStateItself(t *testing.T) {
	x := []float64{3}
	y, report := integrate(t, problems[0].field, solve.RK4{Steps: 3}, x, 0.5, 0.5)
	if y[0] != 3 || report.NFE != 0 {
		t.Errorf("y=%v after %d evaluations, want the state after none", y, report.NFE)
	}
	if y[0] = 4; x[0] != 3 {
		t.Error("the result shares memory with the initial state")
	}
}

func TestFailuresNameTheirRemedy(t *testing.T) {
	blowUp := func(_ float64, x []float64) ([]float64, error) { return []float64{x[0] * x[0]}, nil } // at t = 1
	nanLater := func(t float64, _ []float64) ([]float64, error) {
		if t > 0.5 {
			return []float64{math.NaN()}, nil
		}
		return []float64{1}, nil
	}
	for _, test := range []struct {
		name   string
		field  solve.Field[[]float64]
		solver solve.Solver
		want   error
		words  []string
	}{
		{"blow-up, adaptive", blowUp, solve.Dopri5{RTol: 1e-6, ATol: 1e-6}, solve.ErrUnderflow,
			[]string{"t=1", "rtol", "rk4"}},
		{"blow-up, fixed", blowUp, solve.Euler{Steps: 5000}, solve.ErrNonFinite, []string{"t=1.", "more steps"}},
		{"NaN, adaptive", nanLater, solve.Dopri5{RTol: 1e-6, ATol: 1e-6}, solve.ErrNonFinite,
			[]string{"t=0.5", "finite there"}},
		{"NaN, fixed", nanLater, solve.Euler{Steps: 100}, solve.ErrNonFinite, []string{"t=0.51", "finite there"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := solve.Problem[[]float64]{Space: solve.Vectors{}, Field: test.field}
			t1 := 2.0
			if strings.HasPrefix(test.name, "NaN") {
				t1 = 1
			}
			_, _, err := solve.Integrate(t.Context(), p, test.solver, []float64{1}, 0, t1)
			if !errors.Is(err, test.want) {
				t.Fatalf("err = %v, want %v", err, test.want)
			}
			for _, w := range test.words {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("%q does not mention %q", err, w)
				}
			}
		})
	}
}

// A stiff problem is solved, at the price of steps bound by stability rather than by accuracy.
func TestStiffTakesManySteps(t *testing.T) {
	stiff := func(t float64, x []float64) ([]float64, error) { return []float64{-2000 * (x[0] - math.Cos(t))}, nil }
	y, report := integrate(t, stiff, solve.Dopri5{RTol: 1e-4, ATol: 1e-4}, []float64{0}, 0, 1)
	// The slow solution is (cos t + sin t/2000)(1 + O(1/2000²)).
	if want := math.Cos(1) + math.Sin(1)/2000; !(math.Abs(y[0]-want) <= 1e-3) {
		t.Errorf("y = %g, want %g", y[0], want)
	}
	if report.Steps < 300 { // stability needs h < 3.3/2000
		t.Errorf("%d steps, fewer than stability allows", report.Steps)
	}
}

func TestInitialStateMustBeFinite(t *testing.T) {
	p := solve.Problem[[]float64]{Space: solve.Vectors{}, Field: problems[0].field}
	_, report, err := solve.Integrate(t.Context(), p, solve.RK4{Steps: 3}, []float64{math.Inf(1)}, 0, 1)
	if !errors.Is(err, solve.ErrNonFinite) || report.NFE != 0 {
		t.Errorf("err %v after %d evaluations, want ErrNonFinite after none", err, report.NFE)
	}
}

func TestByName(t *testing.T) {
	for _, test := range []struct {
		name     string
		settings solve.Settings
		want     solve.Solver
		words    string
	}{
		{"euler", solve.Settings{Steps: 50}, solve.Euler{Steps: 50}, ""},
		{"heun", solve.Settings{}, solve.Heun{Steps: solve.DefaultSteps}, ""},
		{"dopri5", solve.Settings{RTol: 1e-3}, solve.Dopri5{RTol: 1e-3, ATol: solve.DefaultTolerance}, ""},
		{"stochastic-heun", solve.Settings{Steps: 50}, solve.StochasticHeun{Steps: 50}, ""},
		{"ab2", solve.Settings{Steps: 9, Grid: "uniform"}, solve.AB2{Steps: 9}, ""},
		{"dpm++2m", solve.Settings{Grid: "edm"}, solve.DPMSolver2M{Steps: solve.DefaultSteps, Grid: solve.EDMGrid{}},
			""},
		{"heun", solve.Settings{Grid: "cosine", Steps: 3}, solve.Heun{Steps: 3, Grid: solve.CosineGrid{}}, ""},
		{"heun", solve.Settings{Grid: "log"}, nil, "uniform, edm, cosine"},
		{"dopri5", solve.Settings{Grid: "edm"}, nil, "grid=edm"},
		{"euler-maruyama", solve.Settings{Steps: -1}, nil, "got -1"},
		{"rk45", solve.Settings{}, nil, "euler, midpoint, heun, rk4, dopri5"},
		{"euler", solve.Settings{Steps: -1}, nil, "got -1"},
		{"euler", solve.Settings{RTol: 1e-3}, nil, "fixed steps"},
		{"dopri5", solve.Settings{Steps: 10}, nil, "rtol and atol"},
		{"dopri5", solve.Settings{ATol: -1}, nil, "positive"},
	} {
		got, err := solve.ByName(test.name, test.settings)
		if test.words == "" {
			if diff := cmp.Diff(test.want, got); err != nil || diff != "" {
				t.Errorf("%s %+v: %v %s", test.name, test.settings, err, diff)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), test.words) {
			t.Errorf("%s %+v: err %v, want one that mentions %q", test.name, test.settings, err, test.words)
		}
	}
}

// The settings that a solver has are those that it was made by, defaults included.
func TestSettingsOf(t *testing.T) {
	for _, name := range solve.Names() {
		for _, set := range []solve.Settings{{}, {Steps: 7}, {Steps: 7, Grid: "edm"}, {RTol: 1e-3}} {
			s, err := solve.ByName(name, set)
			if err != nil {
				continue // the other kind's settings
			}
			got := solve.SettingsOf(s)
			again, err := solve.ByName(name, got)
			if diff := cmp.Diff(s, again); err != nil || diff != "" || got == (solve.Settings{}) {
				t.Errorf("%s %+v: %+v, err %v %s", name, set, got, err, diff)
			}
		}
	}
}

// releasing counts live values: each one made is released once, but for the result.
type releasing struct {
	solve.Vectors
	live map[*float64]bool
	t    *testing.T
}

func (s *releasing) keep(x []float64) []float64 { s.live[&x[0]] = true; return x }

func (s *releasing) Advance(x, coeffs []float64, ks [][]float64) ([]float64, error) {
	y, err := s.Vectors.Advance(x, coeffs, ks)
	return s.keep(y), err
}

func (s *releasing) Release(x []float64) {
	if !s.live[&x[0]] {
		s.t.Error("released a value twice, or one that isn't the solver's")
	}
	delete(s.live, &x[0])
	x[0] = math.NaN() // whoever still reads it will show it
}

// noise is what the solver needs, nil without.
func (s *releasing) noise(solver solve.Solver) *solve.Noise[[]float64] {
	if !solve.IsStochastic(solver) {
		return nil
	}
	return &solve.Noise[[]float64]{
		Scale:     func(float64) (float64, error) { return 1, nil },
		Increment: func(t0, t1 float64) ([]float64, error) { return s.keep([]float64{t1 - t0}), nil },
	}
}

func TestValuesAreReleasedOnce(t *testing.T) {
	kick := func(t, x float64) float64 { return -x + 100*math.Exp(-1e4*(t-0.5)*(t-0.5)) }
	for _, name := range solve.Names() {
		s, _ := solve.ByName(name, solve.Settings{})
		space := &releasing{live: map[*float64]bool{}, t: t}
		p := solve.Problem[[]float64]{Space: space, Schedule: linear,
			Field: func(t float64, x []float64) ([]float64, error) {
				return space.keep([]float64{kick(t, x[0])}), nil
			}}
		p.Times, p.OnTime = []float64{0, 0.123, 0.5, 0.77, 1}, func(float64, []float64) error { return nil }
		p.Noise = space.noise(s)
		x := []float64{1}
		y, _, err := solve.Integrate(t.Context(), p, s, x, 0, 1)
		if err != nil || len(space.live) != 1 || !space.live[&y[0]] || x[0] != 1 {
			t.Errorf("%s: err %v, %d values live at the end, want the result alone", name, err, len(space.live))
		}
	}
}

// TestFailureReleasesEverything fails the field at each evaluation in turn: nothing of the solver's stays alive.
func TestFailureReleasesEverything(t *testing.T) {
	broken := errors.New("broken")
	for _, name := range solve.Names() {
		for at := range 12 {
			s, _ := solve.ByName(name, solve.Settings{})
			space, n := &releasing{live: map[*float64]bool{}, t: t}, 0
			p := solve.Problem[[]float64]{Space: space, Schedule: linear,
				Field: func(t float64, x []float64) ([]float64, error) {
					if n++; n > at {
						return nil, broken
					}
					return space.keep([]float64{-x[0]}), nil
				}}
			p.Noise, p.Jumps = space.noise(s), []float64{0.01, 0.5}
			if _, _, err := solve.Integrate(t.Context(), p, s, []float64{1}, 0, 1); !errors.Is(err, broken) ||
				len(space.live) != 0 {
				t.Errorf("%s failing after %d evaluations: err %v, %d values live, want none", name, at, err,
					len(space.live))
			}
		}
	}
}

// TestFixedStepsAreCounted asks for many steps: rounding must not add one.
func TestFixedStepsAreCounted(t *testing.T) {
	for _, steps := range []int{1, 3, 999, 6950, 9000, 20000} {
		p := solve.Problem[[]float64]{Space: solve.Vectors{}, Field: func(t float64, x []float64) ([]float64, error) {
			return []float64{1}, nil
		}}
		_, report, err := solve.Integrate(t.Context(), p, solve.Euler{Steps: steps}, []float64{0}, 0, 1)
		if err != nil || report.Steps != steps || report.NFE != steps {
			t.Errorf("%d Euler steps: %d steps, NFE %d, err %v", steps, report.Steps, report.NFE, err)
		}
	}
}
