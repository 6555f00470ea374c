package evaluate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gomlx/gomlx/pkg/core/tensors"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/science"
	"github.com/amgen/amgen/flows/solve"
	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/internal/duration"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/draw"
)

type pointsOptions struct {
	flags.RunChoice
	n      int
	solver string
	set    solve.Settings
	sigma  float64
	seed   int64
	json   bool
	flags.Arithmetic
}

// Distances are between two sets of points: W₁, W₂ and the unbiased MMD², which may be below 0. MMD² is null if one of
// the sets has a single point with mass.
type Distances struct {
	W1         float64  `json:"w1"`
	W2         float64  `json:"w2"`
	MMDSquared *float64 `json:"mmd_squared"`
}

// MarginalReport compares a run with one marginal.
type MarginalReport struct {
	Name    string  `json:"name"`
	Time    float64 `json:"time"`
	LeftOut bool    `json:"left_out,omitempty"`
	// From is the time at which the points start: 0, or that of the marginal before one that was left out.
	From float64 `json:"from"`
	// Count is the number of true points.
	Count int `json:"count"`
	Distances
	// Fresh has the distances between two sets of true points, if any number of them can be drawn: the best possible.
	Fresh *Distances `json:"fresh,omitempty"`
	// Parts are the masses in parts of space, if the data set has such.
	Parts []PartReport `json:"parts,omitempty"`
}

// PointsReport is the result of eval points with all its settings.
type PointsReport struct {
	Metric    string           `json:"metric"`
	Marginals []MarginalReport `json:"marginals"`

	N       int     `json:"n"`
	Solver  string  `json:"solver"`
	Steps   int     `json:"steps,omitempty"`
	Sigma   float64 `json:"sigma,omitempty"` // of noise
	RTol    float64 `json:"rtol,omitempty"`
	ATol    float64 `json:"atol,omitempty"`
	NFE     int     `json:"nfe"` // from t = 0 to 1
	Seed    int64   `json:"seed"`
	Dataset string  `json:"dataset"`
	Run     string  `json:"run"`
	Step    int64   `json:"step"`
	Raw     bool    `json:"raw,omitempty"`
	Average float64 `json:"average,omitempty"` // length of the power-function average, 0 for the moving average
	Backend string  `json:"backend"`
	Seconds float64 `json:"seconds"`
}

func newPoints(std term.Streams) *cobra.Command {
	o := &pointsOptions{}
	cmd := &cobra.Command{
		Use:   "points",
		Short: "Compute distances from the true points at each time",
		Long: "Draw points from a run, and compare them with true points at each time at which these are known: by " +
			"the exact Wasserstein distances W₁ and W₂, and by MMD² with Gaussian kernels (unbiased: it may be " +
			"below 0). Snapshots that were left out of training are also predicted from the snapshot before. Points " +
			"of an unbalanced run have weights.\n\n" +
			"If any number of true points can be drawn, the distances between two sets of them are shown too: no " +
			"model can do better. All distances are in the coordinates that the model learns.",
		Example: "  amgen eval points --run runs/moons -n 2000 --json",
		Args:    cobra.NoArgs,
		PreRunE: flags.CheckSolver("steps", "rtol", "atol", "sigma", flags.AverageFlag),
		RunE:    func(cmd *cobra.Command, _ []string) error { return o.execute(cmd.Context(), std) },
	}
	f := cmd.Flags()
	f.SortFlags = false
	flags.Grouped(f, flags.MainGroup, func(f *pflag.FlagSet) {
		o.RunChoice.Bind(f, flags.RunHelp)
		o.BindAverage(f)
		f.IntVarP(&o.n, "n", "n", 1000, fmt.Sprintf("number of samples, at most %d; 2000 take about 1 s per marginal",
			eval.MostExact))
		f.Int64Var(&o.seed, "seed", 0, "seed of the points (default 0)")
	})
	flags.Grouped(f, flags.SolverGroup, func(f *pflag.FlagSet) {
		flags.BindSolver(f, &o.solver, &o.set, "", flags.PointsSolverHelp(), solve.DefaultTolerance)
		flags.BindSigma(f, &o.sigma)
	})
	flags.Grouped(f, flags.OutputGroup, func(f *pflag.FlagSet) { flags.BindJSON(f, &o.json) })
	flags.Grouped(f, flags.ComputeGroup, o.Arithmetic.Bind)
	return cmd
}

func (o *pointsOptions) execute(ctx context.Context, std term.Streams) error {
	if o.n < 2 {
		return flags.Usagef("-n must be at least 2, got %d", o.n)
	}
	if o.n > eval.MostExact {
		return flags.Usagef("exact distances of %d points would take too long; pass -n %d or less", o.n, eval.MostExact)
	}
	if err := o.Check(); err != nil {
		return err
	}
	chosen, err := o.Resolve()
	if err != nil {
		return err
	}
	if cfg, err := chosen.Dir.Config(); err != nil {
		return err
	} else if !cfg.Points() {
		return flags.Usagef("%s was trained on images of %s, and this is for points; `amgen eval bpd` evaluates images",
			chosen.Dir, cfg.Dataset)
	}
	options := chosen.Options(o.Arithmetic, std)
	options.Sigma = o.sigma
	trained, err := run.Find(ctx, string(chosen.Dir), options)
	if err != nil {
		return err
	}
	solver, err := draw.Solver(trained.Plan, o.solver, o.set)
	if err != nil {
		return err
	}
	g, err := trained.Open(ctx)
	if err != nil {
		return err
	}
	defer g.Close()

	set := o.set.Of(solver)
	report := PointsReport{Metric: "points", N: o.n, Solver: solver.Name(), Steps: set.Steps,
		Sigma: g.Plan.Config.Sigma, RTol: set.RTol, ATol: set.ATol, Seed: o.seed, Dataset: g.Plan.Config.Dataset,
		Run: string(chosen.Dir), Step: g.Step, Raw: chosen.Raw, Average: chosen.Average,
		Backend: g.Engine.Backend.Name()}
	began := time.Now()
	if err := o.evaluate(ctx, g.Plan.Problem, g.Sampler, solver, &report); err != nil {
		return err
	}
	report.Seconds = time.Since(began).Seconds()
	return recordEval(chosen.Dir, fmt.Sprintf("points-step-%06d", report.Step), report, report.String(), o.json, std)
}

// evaluate fills in the distances of all marginals after the first time.
func (o *pointsOptions) evaluate(ctx context.Context, problem *science.Problem, sampler *flows.Sampler,
	solver solve.Solver, report *PointsReport) error {
	marginals := slices.DeleteFunc(slices.Clone(problem.Marginals),
		func(m science.Marginal) bool { return m.Time == 0 })
	var times []float64
	for _, m := range marginals {
		times = append(times, m.Time)
	}
	start, err := problem.Source(o.seed, 0, o.n)
	if err != nil {
		return err
	}
	before, err := eval.CloudOf(start)
	if err != nil {
		return err
	}
	paths, err := sampler.Follow(ctx, solver, start, 0, 1, flows.FollowOptions{Seed: o.seed, Times: times})
	start.MustFinalizeAll()
	if err != nil {
		return err
	}
	defer paths.Finalize()
	report.NFE = paths.Report.NFE
	for i, m := range marginals {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		state := paths.Trajectory[i]
		r, err := o.compare(m, 0, state.X, state.LogWeights)
		if err != nil {
			return err
		}
		points, err := eval.CloudOf(state.X)
		if err != nil {
			return err
		}
		r.Parts = massesOf(m.Parts, problem.Marginals[0].Parts, before, points, state.LogWeights)
		report.Marginals = append(report.Marginals, r)
		if !m.LeftOut || i == 0 { // the one before the first is the start
			continue
		}
		if r, err = o.fromBefore(ctx, m, marginals[i-1], sampler, solver); err != nil {
			return err
		}
		report.Marginals = append(report.Marginals, r)
	}
	return nil
}

// fromBefore predicts a marginal that was left out from the points of the one before.
func (o *pointsOptions) fromBefore(ctx context.Context, m, before science.Marginal, sampler *flows.Sampler,
	solver solve.Solver) (MarginalReport, error) {
	start, err := before.Points(o.seed, o.n)
	if err != nil {
		return MarginalReport{}, err
	}
	end, err := sampler.Follow(ctx, solver, start, before.Time, m.Time, flows.FollowOptions{Seed: o.seed})
	start.MustFinalizeAll()
	if err != nil {
		return MarginalReport{}, err
	}
	defer end.Finalize()
	return o.compare(m, before.Time, end.X, end.LogWeights)
}

// compare measures points, with weights or nil, by the truth.
func (o *pointsOptions) compare(m science.Marginal, from float64, x *tensors.Tensor,
	logWeights []float64) (MarginalReport, error) {
	const truthSeed, otherSeed = 1 << 40, 1 << 41 // as far from the run's as seeds that nobody types
	r := MarginalReport{Name: m.Name, Time: m.Time, LeftOut: m.LeftOut, From: from}
	points, err := eval.CloudOf(x)
	if err != nil {
		return r, err
	}
	points.Weights = eval.RelativeWeights(logWeights)
	truth, err := o.truth(m, truthSeed)
	if err != nil {
		return r, err
	}
	r.Count = truth.Len()
	other := truth
	if m.Count == 0 {
		if other, err = o.truth(m, otherSeed); err != nil {
			return r, err
		}
	}
	kernels := eval.MMD{}
	if median := eval.MedianDistance(truth, other); median > 0 { // else there is no scale to compare on
		for scale := 0.25; scale <= 4; scale *= 2 {
			kernels.Bandwidths = append(kernels.Bandwidths, scale*median)
		}
	}
	if r.Distances, err = distances(kernels, points, truth); err != nil || m.Count > 0 {
		return r, err
	}
	fresh, err := distances(kernels, other, truth)
	r.Fresh = &fresh
	return r, err
}

func (o *pointsOptions) truth(m science.Marginal, seed int64) (eval.Cloud, error) {
	x, err := m.Points(o.seed+seed, o.n)
	if err != nil {
		return eval.Cloud{}, err
	}
	defer x.MustFinalizeAll()
	return eval.CloudOf(x)
}

// distances leave MMD² out where kernels have no bandwidths, or there are no pairs.
func distances(kernels eval.MMD, a, b eval.Cloud) (d Distances, err error) {
	if d.W1, err = eval.Wasserstein(1, a, b); err != nil {
		return d, err
	}
	if d.W2, err = eval.Wasserstein(2, a, b); err != nil {
		return d, err
	}
	if kernels.Bandwidths == nil {
		return d, nil
	}
	square, err := kernels.Squared(a, b)
	if errors.Is(err, eval.ErrSinglePoint) {
		return d, nil
	}
	d.MMDSquared = &square
	return d, err
}

// String is a line for each marginal, after one that tells what they are of.
func (r PointsReport) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d points of %s step %d, %s, seed %d, %s: NFE %d, %s", r.N, r.Run, r.Step, r.Dataset, r.Seed,
		r.Solver, r.NFE, duration.Text(r.Seconds))
	for _, m := range r.Marginals {
		fmt.Fprintf(&b, "\n%s: %s", m.Name, m.Distances)
		if m.LeftOut {
			fmt.Fprintf(&b, " (left out, from t = %.4g)", m.From)
		}
		if m.Fresh != nil {
			fmt.Fprintf(&b, " (of two true sets %s)", m.Fresh)
		}
		if m.Parts != nil {
			fmt.Fprintf(&b, "\n  %s", describeParts(m.Parts))
		}
	}
	return b.String()
}

// String has the three distances.
func (d Distances) String() string {
	square := "–"
	if d.MMDSquared != nil {
		square = fmt.Sprintf("%.2g", *d.MMDSquared)
	}
	return fmt.Sprintf("W1 %.4f, W2 %.4f, MMD² %s", d.W1, d.W2, square)
}
