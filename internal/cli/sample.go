package cli

import (
	"context"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/flows/solve"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/draw"
)

type sampleOptions struct {
	runChoice
	n      int
	batch  int
	solver string
	set    solve.Settings
	sigma  float64
	seed   int64
	times  []float64
	shard  string
	output output

	arithmetic
}

func newSample(std streams) *cobra.Command {
	o := &sampleOptions{}
	cmd := &cobra.Command{
		Use:   "sample",
		Short: "Draw images or points from a trained run",
		Long: "sample solves dx/dt = ∇ₓs(t, x) from the source (noise, or the first cells) at t = 0 to data at t = 1. Sample k\n" +
			"of a seed has the same bits whatever -n is, from --batch on; another --batch rounds differently, and with an adaptive\n" +
			"solver takes other steps. --shard I/N draws a part of the batches, which `amgen sample merge` brings together. A run\n" +
			"trained with noise (eam, euam) is followed with it, by a stochastic solver. A score (ssm, dsm) is followed by the probability flow of its diffusion or, with --sigma,\n" +
			"by annealed Langevin dynamics dx = ½σ²∇log q dt + σ dW, which lags behind less, and wants more steps, the larger σ is:\n" +
			"euler-maruyama of n steps is Langevin of step size σ²/n at n times. Pictures of an unbalanced run (uam, euam) are of samples chosen by their weights\n" +
			"at the time shown; .npz and .csv have the weights beside all samples, at each of --times. Points of snapshots are\n" +
			"written to .csv, .npz and .npy in the units, columns and times of their file; pictures have what the model learns: the\n" +
			"columns standardised, or their principal components. The report goes to stderr.",
		Example: "  amgen sample -n 64 > grid.png\n" +
			"  amgen sample --run runs/first -n 16 --solver euler --steps 50 --seed 7 -o a.png\n" +
			"  amgen sample -n 36 -o flow.gif\n" +
			"  amgen sample -n 1000 --times 0,0.5,1 -o samples.npz\n" +
			"  amgen sample --run runs/moons -n 1000 -o points.csv\n" +
			"  amgen sample --run runs/cells -n 50 --times 0,0.2,0.4,0.6,0.8,1 -o ways.png",
		Args:    cobra.NoArgs,
		PreRunE: solverFlags("batch", "steps", "rtol", "atol", "sigma", "cols", "scale"),
		RunE:    func(cmd *cobra.Command, _ []string) error { return o.execute(cmd.Context(), std) },
	}
	f := cmd.Flags()
	f.SortFlags = false
	o.runChoice.bind(f, "")
	f.IntVarP(&o.n, "n", "n", 64, "samples")
	f.IntVar(&o.batch, "batch", 0, "samples solved together (default: 64 images, 1000 points)")
	bindSolver(f, &o.solver, &o.set, "", solverChoice(), solve.DefaultTolerance)
	f.Float64Var(&o.sigma, "sigma", 0, sigmaHelp)
	f.Int64Var(&o.seed, "seed", 0, "of the noise")
	o.output.bind(f)
	f.Float64SliceVar(&o.times, "times", nil, "rising `TIMES` in [0, 1] whose states a .gif shows (default: 41 of equal distance), or a .npz or .csv keeps; a .png of points shows the ways through them")
	f.Lookup("times").DefValue = "" // pflag would show that of an empty list
	f.StringVar(&o.shard, "shard", "", "draw part `I/N` of the batches alone, I from 0, and keep them in the directory -o; `amgen sample merge` does the rest")
	o.arithmetic.bind(f)
	cmd.AddCommand(newSampleMerge(std))
	return cmd
}

func (o *sampleOptions) execute(ctx context.Context, std streams) error {
	part, times, err := o.validate(std)
	if err != nil {
		return err
	}
	if err := o.settle(); err != nil {
		return err
	}
	trained, err := run.Find(ctx, o.run, o.opening(std))
	if err != nil {
		return err
	}
	solver, err := draw.Solver(trained.Plan, o.solver, o.set)
	if err != nil {
		return err
	}
	if o.shard != "" {
		return o.drawShard(ctx, trained, solver, part, std)
	}
	if err := o.output.checkPlan(trained.Plan, o.run, o.n, times); err != nil {
		return err
	}
	if err := o.output.checkPlace(o.n, trained.Plan.Config); err != nil {
		return err
	}
	samples, err := o.draw(ctx, trained, solver, times, std)
	if err != nil {
		return err
	}
	return o.output.write(samples, o.seed, std)
}

const sigmaHelp = "of Langevin dynamics along the score of an ssm or dsm run (default: the run's)"

// opening are the options of opening the run.
func (o *sampleOptions) opening(std streams) run.Options {
	options := o.options(o.arithmetic, std)
	options.Sigma = o.sigma
	return options
}

// mostSamples bounds -n: sums and products of it don't overflow.
const mostSamples = 1 << 40

// validate checks what the user typed, before anything is loaded. It returns the shard and the times whose states are drawn.
func (o *sampleOptions) validate(std streams) (part eval.Shard, times []float64, err error) {
	switch {
	case o.n < 1:
		return part, nil, usagef("-n must be at least 1, got %d", o.n)
	case o.n > mostSamples:
		return part, nil, usagef("-n must be at most %d, got %d", mostSamples, o.n)
	case o.set.Steps < 0:
		return part, nil, usagef("--steps must be at least 1, got %d", o.set.Steps)
	case !(o.set.RTol >= 0): // NaN too
		return part, nil, usagef("--rtol must be positive, got %g", o.set.RTol)
	case !(o.set.ATol >= 0):
		return part, nil, usagef("--atol must be positive, got %g", o.set.ATol)
	}
	if o.batch != 0 {
		if err := checkBatch(o.batch); err != nil {
			return part, nil, err
		}
	}
	if part, err = parseShard(o.shard); err != nil {
		return part, nil, err
	}
	if times = o.times; o.shard != "" {
		err = o.validateShard()
	} else if err = o.output.checkLook(std.out); err == nil {
		times, err = o.output.times(o.times)
	}
	if err != nil {
		return part, nil, err
	}
	if o.solver != "" {
		if _, err := solve.ByName(o.solver, o.set); err != nil {
			return part, nil, usageError{err}
		}
	}
	return part, times, o.check()
}

// refuseZero makes a command's PreRunE, a usage error for flags that were set to 0, which in the options stands for their default.
func refuseZero(names ...string) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, _ []string) error {
		for _, name := range names {
			f := cmd.Flags().Lookup(name)
			if f == nil || !f.Changed { // not every metric has a reference
				continue
			}
			if v, err := strconv.ParseFloat(f.Value.String(), 64); err == nil && v == 0 {
				return usagef("--%s must be more than 0, got %s; leave it out for the default", name, f.Value)
			}
		}
		return nil
	}
}
