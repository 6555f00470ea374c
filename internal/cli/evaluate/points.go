package evaluate

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"slices"
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
	seen hash.Hash // of the true points that were compared with
	thin error     // says that few of the samples count, or that their mass is off
}

func newPoints(std term.Streams) *cobra.Command {
	o := &pointsOptions{}
	cmd := &cobra.Command{
		Use:   "points",
		Short: "Compare a run on points or snapshots with the data at each time",
		Long: "Draw points from a run and compare them, at each time that has data, with the true points or the " +
			"measured cells: by the exact Wasserstein distances W₁ and W₂, and by the unbiased MMD² with Gaussian " +
			"kernels, which may be below 0. For an unbalanced run (uam, euam) the distances are weighted. A snapshot " +
			"that was left out of training is predicted twice: from t = 0, and from the cells of the snapshot before " +
			"it. Samples start from the cells of the first snapshot, in an order of the seed; with more samples than " +
			"such cells, MMD² is too large.\n\n" +
			"For snapshots, what needs no learning is printed beside. The distances of the unchanged snapshot before " +
			"are the first to beat. Half of the cells against the other half is what chance gives half as many " +
			"cells: with few cells in many dimensions a model below it may still be wrong. For a snapshot that was " +
			"left out, random and optimal pairs of the cells before and after it are interpolated. " +
			"For a run that learned masses (uam, euam) the mass is compared with the snapshot's.\n\n" +
			"For distributions that true points can be drawn from, such as moons, the distances between two sets of " +
			"true points are printed: about those of a perfect model. All distances are in the coordinates that the " +
			"model learns (standardised columns, or principal components), not in the units of a file.",
		Example: "  amgen eval points --run runs/cells\n  amgen eval points --run runs/moons -n 2000 --json",
		Args:    cobra.NoArgs,
		PreRunE: flags.CheckSolver("steps", "rtol", "atol", "sigma", flags.AverageFlag),
		RunE:    func(cmd *cobra.Command, _ []string) error { return o.execute(cmd.Context(), std) },
	}
	f := cmd.Flags()
	f.SortFlags = false
	flags.Grouped(f, flags.MainGroup, func(f *pflag.FlagSet) {
		o.RunChoice.Bind(f, flags.RunHelp)
		o.BindAverage(f)
		f.IntVarP(&o.n, "n", "n", 1000, fmt.Sprintf("number of samples, at most %d; 2000 take 1 to 2 s for each time",
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

	flags.WarnStarts("eval", g.Plan, solver, o.n, std)
	report := PointsReport{Metric: pointsMetric, Samples: chosen.Origin(
		flags.Checkpoint{Step: g.Step, Hash: g.Hash}, solver, o.seed, g.Engine.Backend.Name(), o.Arithmetic)}
	report.Samples.Sigma = g.Plan.Config.Sigma
	report.Measure = eval.Measure{Metric: report.Metric, Reference: g.Plan.Config.Dataset, Count: o.n}
	began := time.Now()
	o.seen = sha256.New()
	if err := o.evaluate(ctx, g.Plan.Problem, g.Sampler, solver, &report); err != nil {
		return err
	}
	if o.thin != nil {
		fmt.Fprintf(std.Err, "eval: %s\n", flags.ErrorText(o.thin))
	}
	report.Measure.ReferenceHash = fmt.Sprintf("sha256:%x", o.seen.Sum(nil))
	report.Seconds = time.Since(began).Seconds()
	report.summarise()
	return recordEval(chosen.Dir, report.Metric, fmt.Sprintf("%s-step-%06d", report.Metric, g.Step), report,
		report.String(), o.json, std)
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
	report.Samples.NFE, o.thin = paths.Report.NFE, draw.CheckWeights(paths.LogWeights)
	for i, m := range marginals {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		state := paths.Trajectory[i]
		r, err := o.compare(m, 0, state.X, state.LogWeights, beside(problem, i))
		if err != nil {
			return err
		}
		points, err := eval.CloudOf(state.X)
		if err != nil {
			return err
		}
		r.Parts = massesOf(m.Parts, problem.Marginals[0].Parts, before, points, state.LogWeights)
		if r.Mass, err = massOf(problem, i+1, state.LogWeights); err != nil {
			return err
		}
		if r.Mass != nil && o.thin == nil {
			o.thin = draw.CheckMass(state.LogWeights, r.Mass.Truth, m.Name)
		}
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
	return o.compare(m, before.Time, end.X, end.LogWeights, nil)
}

// compare measures points, with weights or nil, by the truth, and what is made of the snapshots beside, if that isn't
// nil.
func (o *pointsOptions) compare(m science.Marginal, from float64, x *tensors.Tensor, logWeights []float64,
	near *neighbours) (MarginalReport, error) {
	const truthSeed, otherSeed = 1 << 40, 1 << 41 // as far from the run's as seeds that nobody types
	r := MarginalReport{Name: m.Name, Time: m.Time, LeftOut: m.LeftOut, From: from}
	points, err := weighted(x, logWeights)
	if err != nil {
		return r, err
	}
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
	if r.Distances, err = distances(kernels, points, truth); err != nil {
		return r, err
	}
	if near != nil {
		err = o.baselines(&r, kernels, m, *near, truth)
	}
	if m.Count > 0 || err != nil {
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
	cloud, err := eval.CloudOf(x)
	if err == nil {
		err = binary.Write(o.seen, binary.LittleEndian, cloud.X)
	}
	return cloud, err
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
