package flows_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/amgen/amgen/flows"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
)

// dice is the loss of the true action by the trapezoid rule at even knots: all means over a normal distribution of
// s*, a quadratic, are known.
func (q gaussian) dice(w func(t float64) float64, intervals int) float64 {
	dim := 1.
	for _, d := range q.dims {
		dim *= float64(d)
	}
	h := 1 / float64(intervals)
	at := func(k int) (t, variance, slope float64) { // of σ_t², and σσ̇
		t = float64(k) * h
		return t, (1-t)*(1-t) + t*t*q.tau*q.tau, t*q.tau*q.tau - (1 - t)
	}
	mean := func(k, j int) float64 { // E_k[w_j s_j]
		t, variance, _ := at(k)
		now, own, slope := at(j)
		return w(now) * dim * (q.mean*q.mean*t + slope/own/2*(variance+(t-now)*(t-now)*q.mean*q.mean))
	}
	sum := 0.0
	for k := range intervals + 1 {
		t, variance, slope := at(k)
		part := h
		if k == 0 || k == intervals {
			part = h / 2
		}
		sum += part * w(t) * dim * (q.mean*q.mean + slope*slope/variance) / 2
		if k < intervals {
			sum -= (mean(k+1, k) + mean(k+1, k+1) - mean(k, k) - mean(k, k+1)) / 2
		}
	}
	return sum
}

// DICE has the mean of its sum, for any weight, density of times and number of intervals; and the sum goes to the
// loss of the other estimators, four times nearer with twice the intervals.
func TestDICEAtTheTrueAction(t *testing.T) {
	backend := testBackend(t)
	for _, q := range []gaussian{{2, 0.5, []int{2}}, {0.7, 0.4, []int{3, 2, 2}}} {
		for _, w := range weights {
			near, nearer := q.dice(w.host, 20)-q.loss(w.host), q.dice(w.host, 40)-q.loss(w.host)
			if !(math.Abs(near/nearer-4) < 0.2) {
				t.Errorf("%v w=%s: off by %g with 20 intervals, by %g with 40; want a quarter", q.dims, w.name, near,
					nearer)
			}
			for _, intervals := range []int{2, 7} {
				for name, times := range map[string]flows.Times{"1": flows.UniformTimes{}, "½+t": risingTimes{}} {
					am := flows.ActionMatching{Weight: w.graph, Estimator: flows.DICE, Intervals: intervals}
					got, stderr, _ := summary(losses(t, backend, q.action(0), am, times, q, 40_000, 1))
					if want := q.dice(w.host, intervals); !(math.Abs(got-want) <= 4*stderr) {
						t.Errorf("%v w=%s K=%d p=%s: loss %.4f ± %.4f, want %.4f", q.dims, w.name, intervals, name, got,
							stderr, want)
					}
				}
			}
		}
	}
}

// With many intervals it has the mean of the other estimators on a random network, with growth and noise too.
func TestDICEAgreesOnARandomNetwork(t *testing.T) {
	backend, q := testBackend(t), gaussian{2, 0.5, []int{2}}
	dynamics := flows.Dynamics{Growth: true, GrowthCost: 2, Diffusion: flows.AnnealedDiffusion(0.7)}
	for _, d := range []flows.Dynamics{{}, dynamics} {
		var samples [2][]float64
		for i, e := range []flows.Estimator{flows.Pathwise, flows.DICE} {
			am := flows.ActionMatching{Weight: flows.LinearDecay, Estimator: e, Dynamics: d, Intervals: 500}
			samples[i] = losses(t, backend, flows.MLP{Hidden: []int{32, 32}}.Action(), am, flows.UniformTimes{}, q,
				40_000, 3)
		}
		for i := range samples[0] {
			samples[0][i] -= samples[1][i]
		}
		if diff, stderr, _ := summary(samples[0]); !(math.Abs(diff) <= 4*stderr) || stderr > 0.1 {
			t.Errorf("pathwise − dice = %.4f ± %.4f, want 0", diff, stderr)
		}
	}
}

// It works on every path, at the ends too, in float32; and calls the model three times.
func TestDICEOnEveryPath(t *testing.T) {
	for _, name := range flows.PathNames() {
		path, err := flows.PathByName(name, flows.PathSettings{})
		if err != nil {
			t.Fatal(err)
		}
		calls := 0
		model := func(_ *mlcontext.Context, t, x *Node) *Node {
			calls++
			return Mul(OnePlus(t), ReduceSum(Square(x), 1, 2, 3))
		}
		vars := mlcontext.New().Checked(false)
		if err := vars.SetRNGStateFromSeed(1); err != nil {
			t.Fatal(err)
		}
		exec, err := mlcontext.NewExec(testBackend(t), vars, func(vars *mlcontext.Context, g *Graph) *Node {
			data := vars.RandomUniform(g, shapes.Make(dtypes.Float32, 200, 4, 4, 3))
			loss := flows.ActionMatching{Estimator: flows.DICE}.Loss(vars, model, path, flows.WeylTimes{}, data)
			return ConvertDType(loss, dtypes.Float64)
		})
		if err != nil {
			t.Fatal(err)
		}
		out, err := exec.Exec()
		if err != nil {
			t.Fatal(fmt.Errorf("%s: %w", name, err))
		}
		if mean, _, _ := summary(float64s(t, out[0])); math.IsNaN(mean) || math.IsInf(mean, 0) || mean == 0 {
			t.Errorf("%s: loss %g", name, mean)
		}
		if calls != 3 {
			t.Errorf("%s: the model is called %d times, want 3", name, calls)
		}
	}
}

func TestIntervalsAreChecked(t *testing.T) {
	for _, intervals := range []int{-1, 1, 10_001} {
		am := flows.ActionMatching{Estimator: flows.DICE, Intervals: intervals}
		if err := am.Check(flows.Linear{}); err == nil || !strings.Contains(err.Error(), "give 2 to 10000") {
			t.Errorf("%d intervals: err = %v, want one that says how many may be", intervals, err)
		}
	}
}
