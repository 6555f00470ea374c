package science_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/science"
	"github.com/amgen/amgen/flows/solve"
	"github.com/gomlx/gomlx/pkg/core/tensors"
)

// embryoSigma is the noise of eAM, whose mean variance of a coordinate is 1.
const embryoSigma = flows.DefaultSigma

// embryoMethods are learned; what a model is depends on what is learned of it.
var embryoMethods = []struct {
	name      string
	model     flows.Action
	objective flows.Objective
}{
	{"AM pathwise", flows.MLP{Hidden: embryoHidden}.Action(), flows.ActionMatching{}},
	{"AM boundary", flows.MLP{Hidden: embryoHidden}.Action(),
		flows.ActionMatching{Estimator: flows.Boundary, Weight: flows.Constant}},
	{"eAM pathwise", flows.MLP{Hidden: embryoHidden}.Action(),
		flows.ActionMatching{Dynamics: flows.Dynamics{Diffusion: flows.ConstantDiffusion(embryoSigma)}}},
	{"uAM pathwise", signed(embryoHidden...), flows.ActionMatching{Dynamics: flows.Dynamics{Growth: true}}},
	{"uAM on masses", signed(embryoHidden...), nil}, // its cost of growth is found in the cells
	{"flow matching", flows.MLP{Hidden: embryoHidden}.Field(), flows.FlowMatching{}},
}

var embryoHidden = []int{64, 64, 64}

// measureEmbryo leaves out a stage of the embryos, counted from 1, and predicts it from the stages beside it.
func measureEmbryo(t *testing.T, point int) {
	t.Run("trivial", func(t *testing.T) {
		r := embryoTable{}
		for seed := int64(1); seed <= 5; seed++ {
			s := openEmbryo(t, point, seed, science.OptimalTransport).Snapshots
			between, err := eval.Interpolate(points(t, s.Points(point-2), nil), points(t, s.Points(point), nil),
				(s.Times[point-1]-s.Times[point-2])/(s.Times[point]-s.Times[point-2]), eval.OptimalPairs, 0)
			if err != nil {
				t.Fatal(err)
			}
			r.note(t, "optimal pairs, interpolated", between, s, point)
			r.note(t, "previous stage unchanged", points(t, s.Points(point-2), nil), s, point)
			r.note(t, "random pairs, interpolated", interpolated(s, point-1, seed), s, point)
		}
		r.print(t, point)
	})
	for _, m := range embryoMethods {
		t.Run(m.name, func(t *testing.T) {
			r, start := embryoTable{}, time.Now()
			for seed := int64(1); seed <= 5; seed++ {
				coupling, objective := science.OptimalTransport, m.objective
				if objective == nil {
					coupling = science.Unbalanced
				}
				p := openEmbryo(t, point, seed, coupling)
				s, k := p.Snapshots, point-1
				if coupling == science.Unbalanced {
					delta, err := s.GrowthCost()
					if err != nil {
						t.Fatal(err)
					}
					objective = flows.ActionMatching{Dynamics: flows.Dynamics{Growth: true, GrowthCost: delta}}
				}
				sampler, _ := run{testBackend(t), p, m.model, objective,
					flows.TrainerConfig{LearningRate: 3e-3, Warmup: 50,
						ClipNorm: 10, EMADecay: 0.99, EMAWarmup: true, Seed: seed}, 1200}.sampler(t)
				noisy := objective.Motion().Diffusion != nil
				ahead := followed(t, sampler, s, k-1, k, noisy, seed)
				r.note(t, m.name+", from before", ahead, s, point)
				if !noisy { // a diffusion leads forwards only
					r.note(t, m.name+", both sides", pooled(ahead, followed(t, sampler, s, k+1, k, false, seed)), s,
						point)
				}
				if seed == 1 && m.name == "AM pathwise" {
					plotEmbryo(t, sampler, s, point)
				}
			}
			r.print(t, point)
			t.Log(time.Since(start).Round(time.Second))
		})
	}
}

// openEmbryo opens the embryos. Their numbers of cells say nothing, so all stages are equally heavy.
func openEmbryo(t *testing.T, point int, seed int64, coupling science.Coupling) *science.Problem {
	return open(t, science.EmbryoName, science.Options{Batch: 64, Seed: seed, Embryo: "testdata/guo.csv",
		Snapshots: science.SnapshotOptions{LeaveOut: point, Components: 5, Coupling: coupling,
			EqualMasses: coupling == science.Unbalanced}})
}

// embryoTable has a row for each method, of W1, W2 and MMD² for each seed.
type embryoTable struct {
	names []string
	rows  map[string][3][]float64
}

// note judges a prediction of the time point that was left out. The kernels are ¼ to 4 times the median distance of its
// cells wide, whatever is judged.
func (r *embryoTable) note(t *testing.T, name string, got eval.Cloud, s *science.Snapshots, point int) {
	t.Helper()
	truth := points(t, s.Points(point-1), nil)
	median := eval.MedianDistance(truth, eval.Cloud{Dim: truth.Dim})
	w1, err1 := eval.Wasserstein(1, got, truth)
	w2, err2 := eval.Wasserstein(2, got, truth)
	mmd, err3 := eval.MMD{Bandwidths: []float64{median / 4, median / 2, median, 2 * median, 4 * median}}.Squared(got,
		truth)
	for _, err := range []error{err1, err2, err3} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if r.rows == nil {
		r.rows = map[string][3][]float64{}
	}
	row, known := r.rows[name]
	if !known {
		r.names = append(r.names, name)
	}
	for i, v := range []float64{w1, w2, mmd} {
		row[i] = append(row[i], v)
	}
	r.rows[name] = row
}

func (r *embryoTable) print(t *testing.T, point int) {
	for _, name := range r.names {
		line := fmt.Sprintf("| %d cells | %s |", 1<<point, name)
		for _, values := range r.rows[name] {
			mean, stderr := meanOf(values)
			line += fmt.Sprintf(" %.3f ± %.3f |", mean, stderr)
		}
		mean, _ := meanOf(r.rows[name][2])
		t.Logf("%s MMD %.3f |", line, math.Sqrt(max(0, mean)))
	}
}

// followed takes the cells of one stage to the time of another.
func followed(t *testing.T, sampler *flows.Sampler, s *science.Snapshots, from, to int, noisy bool,
	seed int64) eval.Cloud {
	t.Helper()
	var solver solve.Solver = solve.RK4{Steps: 20}
	if noisy {
		solver = solve.StochasticHeun{Steps: 40}
	}
	end, err := sampler.Follow(t.Context(), solver, s.Points(from), s.Times[from], s.Times[to],
		flows.FollowOptions{Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	defer end.Finalize()
	c := points(t, end.X, nil)
	for _, log := range end.LogWeights {
		c.Weights = append(c.Weights, math.Exp(log))
	}
	return c
}

// pooled has half of its mass from each cloud.
func pooled(clouds ...eval.Cloud) eval.Cloud {
	out := eval.Cloud{Dim: clouds[0].Dim}
	for _, c := range clouds {
		out.X = append(out.X, c.X...)
		sum := float64(c.Len())
		if c.Weights != nil {
			sum = 0
			for _, w := range c.Weights {
				sum += w
			}
		}
		for i := range c.Len() {
			weight := 1.0
			if c.Weights != nil {
				weight = c.Weights[i]
			}
			out.Weights = append(out.Weights, weight/sum)
		}
	}
	return out
}

// interpolated pairs the cells of the stages around k at random and goes in straight lines.
func interpolated(s *science.Snapshots, k int, seed int64) eval.Cloud {
	rng := newRNG(seed)
	share := (s.Times[k] - s.Times[k-1]) / (s.Times[k+1] - s.Times[k-1])
	c := eval.Cloud{Dim: s.Dim}
	for range 500 {
		i, j := rng.IntN(s.Len(k-1)), rng.IntN(s.Len(k+1))
		for d := range s.Dim {
			c.X = append(c.X, (1-share)*s.Cells[k-1][i*s.Dim+d]+share*s.Cells[k+1][j*s.Dim+d])
		}
	}
	return c
}

// plotEmbryo draws all cells, those left out hollow, and the way of the first stage's cells.
func plotEmbryo(t *testing.T, sampler *flows.Sampler, s *science.Snapshots, point int) {
	t.Helper()
	var times []float64
	for i := range 51 {
		times = append(times, float64(i)/50)
	}
	way, err := sampler.Follow(t.Context(), solve.RK4{Steps: 100}, s.Points(0), 0, 1, flows.FollowOptions{Times: times})
	if err != nil {
		t.Fatal(err)
	}
	defer way.Finalize()
	var trajectory []*tensors.Tensor
	for _, m := range way.Trajectory {
		trajectory = append(trajectory, m.X)
	}
	var layers []science.Layer
	for k := range s.Times {
		layers = append(layers, science.Layer{Name: fmt.Sprintf("%d cells", 2<<k), Points: s.Points(k),
			Hollow: k == point-1})
	}
	savePlot(t, fmt.Sprintf("embryo-%d", point), fmt.Sprintf("Mouse embryos, AM without the %d-cell stage", 1<<point),
		layers, trajectory)
}
