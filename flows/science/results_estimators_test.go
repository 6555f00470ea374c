package science_test

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/science"
	"github.com/amgen/amgen/flows/solve"
	"github.com/gomlx/gomlx/backends"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
)

var estimatorSeeds = flag.Int("seeds", 3, "seeds of the comparison of estimators")

// estimatorMethods are compared at equal time: steps are of each, as a share of the most.
var estimatorMethods = []struct {
	name      string
	estimator flows.Estimator
	weight    flows.Weight
	intervals int
	steps     float64
}{
	{"pathwise", flows.Pathwise, flows.Constant, 0, 1},
	{"boundary, w = 1", flows.Boundary, flows.Constant, 0, 0.65},
	{"boundary, w = 1 − t", flows.Boundary, flows.LinearDecay, 0, 0.8},
	{"dice, K = 10", flows.DICE, flows.Constant, 10, 0.65},
	{"dice, K = 20", flows.DICE, flows.Constant, 20, 0.65},
	{"dice, K = 40", flows.DICE, flows.Constant, 40, 0.65},
}

// normalTo is N(0, I) → N(2, ½²) in the plane: q_t = N(2t, σ_t²), σ_t² = (1 − t)² + t²/4.
const (
	normalMean, normalSpread = 2., 0.5
	normalTimes, normalCells = 21, 200 // of its snapshots, and at each
)

func normalAt(t float64) (variance, slope float64) { // σ² and σσ̇
	tau := normalSpread * normalSpread
	return (1-t)*(1-t) + t*t*tau, t*tau - (1 - t)
}

// freshNormal is known by samples that are drawn anew at each time.
type freshNormal struct{}

func (freshNormal) Name() string        { return "fresh" }
func (freshNormal) KnowsVelocity() bool { return false }

func (freshNormal) Draw(vars *mlcontext.Context, data *Node) flows.Curves {
	at := func(t *Node) (x, velocity *Node) {
		t = Reshape(t, -1, 1)
		spread := Sqrt(Add(Square(OneMinus(t)), MulScalar(Square(t), normalSpread*normalSpread)))
		z := vars.RandomNormal(data.Graph(), data.Shape())
		return Add(MulScalar(t, normalMean), Mul(spread, z)), nil
	}
	times := ReduceSum(ZerosLike(data), 1)
	start, _ := at(times)
	end, _ := at(OnesLike(times))
	return flows.Curves{Start: start, End: end, At: at}
}

// normalGrid is known by 200 samples at each of 21 times.
type normalGrid struct{ science.GridPath }

func (p normalGrid) Draw(vars *mlcontext.Context, data *Node) flows.Curves {
	return p.GridPath.Draw(vars, Reshape(data, -1, normalTimes, 2))
}

// estimatorProblem is one that estimators are compared on.
type estimatorProblem struct {
	name     string
	path     flows.Path
	data     science.Distribution
	dynamics flows.Dynamics
	error    func(t *testing.T, backend backends.Backend, vars *mlcontext.Context, model flows.Action) float64
}

func normalError(t *testing.T, backend backends.Backend, vars *mlcontext.Context,
	model flows.Action) float64 {
	const n = 10_000
	rng := newRNG(41)
	times, x, want := make([]float32, n), make([]float32, 2*n), make([]float64, 2*n)
	for i := range times {
		at := (float64(i) + 0.5) / n
		variance, slope := normalAt(at)
		times[i] = float32(at)
		for d := 2 * i; d < 2*i+2; d++ {
			off := math.Sqrt(variance) * rng.NormFloat64()
			x[d], want[d] = float32(at*normalMean+off), normalMean+slope/variance*off
		}
	}
	out, err := mlcontext.ExecOnce(backend, vars, func(vars *mlcontext.Context, t, x *Node) *Node {
		return Gradient(ReduceAllSum(model(vars, t, x)), x)[0]
	}, times, tensors.FromFlatDataAndDimensions(x, n, 2))
	if err != nil {
		t.Fatal(err)
	}
	return relativeError(tensors.MustCopyFlatData[float32](out), want)
}

// mixtureError is that of growth, for which the action is s = ẇ/w on the right and −ẇ/(1 − w) on the left.
func mixtureError(t *testing.T, backend backends.Backend, vars *mlcontext.Context,
	model flows.Action) float64 {
	const n = 10_000
	rng := newRNG(42)
	times, x, want := make([]float32, n), make([]float32, 2*n), make([]float64, n)
	for i := range times {
		at := (float64(i) + 0.5) / n
		times[i] = float32(at)
		w := science.MassMixture{}.Weight(at)
		science.MassMixture{}.Marginal(at).Draw(rng, x[2*i:2*i+2])
		if want[i] = 0.6 / w; x[2*i] <= 0 {
			want[i] = -0.6 / (1 - w)
		}
	}
	out, err := mlcontext.ExecOnce(backend, vars, func(vars *mlcontext.Context, t, x *Node) *Node {
		return model(vars, t, x)
	}, times, tensors.FromFlatDataAndDimensions(x, n, 2))
	if err != nil {
		t.Fatal(err)
	}
	return relativeError(tensors.MustCopyFlatData[float32](out), want)
}

func relativeError(got []float32, want []float64) float64 {
	off, all := 0.0, 0.0
	for i, v := range want {
		off += (float64(got[i]) - v) * (float64(got[i]) - v)
		all += v * v
	}
	return math.Sqrt(off / all)
}

func estimatorProblems() []estimatorProblem {
	normal := science.Distribution{Name: "normal", Dim: 2, Draw: func(rng *rand.Rand, p []float32) {
		for i := range p {
			p[i] = float32(normalMean + normalSpread*rng.NormFloat64())
		}
	}}
	rng := newRNG(43)
	bank := make([][]float32, normalTimes)
	for k := range bank {
		at := float64(k) / (normalTimes - 1)
		variance, _ := normalAt(at)
		for range 2 * normalCells {
			bank[k] = append(bank[k], float32(normalMean*at+math.Sqrt(variance)*rng.NormFloat64()))
		}
	}
	few := science.Distribution{Name: "few", Dim: 2 * normalTimes, Draw: func(rng *rand.Rand, p []float32) {
		for k, cells := range bank {
			i := rng.IntN(normalCells)
			copy(p[2*k:2*k+2], cells[2*i:])
		}
	}}
	return []estimatorProblem{
		{"normal, lines", flows.Linear{}, normal, flows.Dynamics{}, normalError},
		{"normal, fresh samples", freshNormal{}, normal, flows.Dynamics{}, normalError},
		{"normal, 200 at 21 times", normalGrid{}, few, flows.Dynamics{}, normalError},
		{"mass-mixture", science.MassMixture{}, normal, flows.Dynamics{Growth: true}, mixtureError},
	}
}

// measureEstimators compares the estimators of the loss at equal time.
func measureEstimators(t *testing.T) {
	const steps, batch = 1500, 256
	backend := testBackend(t)
	for _, p := range estimatorProblems() {
		for _, m := range estimatorMethods {
			if _, err := m.estimator.On(p.path); err != nil {
				continue
			}
			var errors []float64
			used := time.Duration(0)
			for seed := int64(1); seed <= int64(*estimatorSeeds); seed++ {
				data, err := p.data.Batches(batch, seed)
				if err != nil {
					t.Fatal(err)
				}
				model := flows.MLP{Hidden: []int{64, 64, 64}}.Action()
				if p.dynamics.Growth {
					model = flows.MLP{Hidden: []int{64, 64, 64}}.Signed()
				}
				began := processorTime(t)
				vars, _ := run{backend, &science.Problem{Path: p.path, Dataset: data}, model,
					flows.ActionMatching{Estimator: m.estimator, Weight: m.weight, Intervals: m.intervals,
						Dynamics: p.dynamics},
					flows.TrainerConfig{LearningRate: 5e-3, Warmup: 20, ClipNorm: 10, EMADecay: 0.99, EMAWarmup: true,
						Seed: seed}, int(m.steps * steps)}.train(t)
				used += processorTime(t) - began
				errors = append(errors, p.error(t, backend, vars, model))
			}
			mean, stderr := meanOf(errors)
			t.Logf("| %s | %s | %.1f ms | %.2f ± %.2f %% |", p.name, m.name,
				used.Seconds()*1e3/(m.steps*steps*float64(*estimatorSeeds)), 100*mean, 100*stderr)
		}
	}
}

// processorTime is what this process has used of all cores.
func processorTime(t *testing.T) time.Duration {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		t.Fatal(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// measureEstimatorsOnData compares boundary and DICE on hydrogen, by the mean MMD² of 2 000 samples that are taken
// along, and on the embryos without a stage, by the W₁ from the stage before.
func measureEstimatorsOnData(t *testing.T) {
	for _, m := range estimatorMethods {
		var errors, embryos []float64
		for seed := int64(1); seed <= int64(*estimatorSeeds); seed++ {
			objective := flows.ActionMatching{Estimator: m.estimator, Weight: m.weight, Intervals: m.intervals}
			p := openEmbryo(t, 3, seed, science.OptimalTransport)
			sampler, _ := run{testBackend(t), p, flows.MLP{Hidden: embryoHidden}.Action(), objective,
				flows.TrainerConfig{LearningRate: 3e-3, Warmup: 50, ClipNorm: 10, EMADecay: 0.99, EMAWarmup: true,
					Seed: seed}, int(m.steps * 1200)}.sampler(t)
			w1, err := eval.Wasserstein(1, followed(t, sampler, p.Snapshots, 1, 2, false, seed),
				points(t, p.Snapshots.Points(2), nil))
			if err != nil {
				t.Fatal(err)
			}
			embryos = append(embryos, w1)
			if m.estimator == flows.Pathwise {
				continue
			}
			h := open(t, "hydrogen", science.Options{Batch: 256, Seed: seed, Grid: 128, PerTime: 4096})
			sampler, _ = run{testBackend(t), h, flows.MLP{Hidden: []int{128, 128, 128}}.Action(), objective,
				flows.TrainerConfig{LearningRate: 3e-3, Warmup: 100, ClipNorm: 10, EMADecay: 0.999, EMAWarmup: true,
					Seed: seed}, int(m.steps * 2000)}.sampler(t)
			errors = append(errors, hydrogenMMD(t, h, sampler))
		}
		mean, stderr := meanOf(embryos)
		line := []string{fmt.Sprintf("| embryos | %s | W₁ %.3f ± %.3f |", m.name, mean, stderr)}
		if errors != nil {
			mean, stderr = meanOf(errors)
			line = append(line, fmt.Sprintf("| hydrogen | %s | MMD² %.5f ± %.5f |", m.name, mean, stderr))
		}
		t.Log(strings.Join(line, "\n"))
	}
}

func hydrogenMMD(t *testing.T, p *science.Problem, sampler *flows.Sampler) float64 {
	t.Helper()
	const every = 4 // of the 20 times
	start, err := p.Source(hydrogenStart, 0, hydrogenParticles)
	if err != nil {
		t.Fatal(err)
	}
	var times []float64
	var marginals []science.Marginal
	for k := every; k < len(p.Marginals); k += every {
		times, marginals = append(times, p.Marginals[k].Time), append(marginals, p.Marginals[k])
	}
	end, err := sampler.Follow(t.Context(), solve.RK4{Steps: 20}, start, 0, 1, flows.FollowOptions{Times: times})
	if err != nil {
		t.Fatal(err)
	}
	mean := 0.0
	for k, m := range end.Trajectory {
		truth, err := marginals[k].Points(100, hydrogenParticles)
		square, failed := eval.MMD{Bandwidths: []float64{0.25, 0.5, 1, 2, 4}}.Squared(points(t, m.X, nil),
			points(t, truth, err))
		if failed != nil {
			t.Fatal(failed)
		}
		mean += square / float64(len(marginals))
	}
	return mean
}
