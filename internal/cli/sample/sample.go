// Package sample is the command `amgen sample` with its command merge.
package sample

import (
	"context"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/flows/solve"
	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/models"
	"github.com/amgen/amgen/run/draw"
)

type options struct {
	flags.RunChoice
	n      int
	hasN   bool // -n was given
	batch  int
	solver string
	set    solve.Settings
	sigma  float64
	seed   int64
	times  []float64
	shard  string
	start  start
	output output

	classes flags.Classes
	flags.Arithmetic
}

const longHelp = "Draw samples by solving dx/dt = ∇ₓs(t, x) from the source at t = 0 (noise, a part of an image, or " +
	"the cells of the first snapshot) to data at t = 1. Without any run they are drawn from a model that is " +
	"part of amgen. For a given --seed and --batch, sample k is the same for every -n of at least --batch. " +
	"With another --batch samples differ slightly: by rounding, and with an adaptive solver by its steps. " +
	"Messages go to stderr.\n\n" +
	"Runs trained with noise (eam, euam) are sampled with this noise, by a stochastic solver. Score models " +
	"(ssm, dsm) are sampled by the probability-flow ODE or, with --sigma, by annealed Langevin dynamics " +
	"dx = ½σ²∇log q dt + σ dW. A larger σ follows q more closely and needs more steps: euler-maruyama with " +
	"n steps makes n Langevin steps of size σ²/n.\n\n" +
	"For an unbalanced run (uam, euam), pictures show samples resampled by weight. .npz, .csv and " +
	".h5ad keep all samples with their log-weights, at each of --times; .npy has no weights.\n\n" +
	"For snapshots, t = 0 is the first time and t = 1 the last. Arrays have the units and columns of the " +
	"data's file, .csv, .npz and .h5ad also its times, and row k is the same cell at each of --times. " +
	"Pictures show the first two columns in these units or, with --components in training, the first two " +
	"principal components; --axes chooses others. A .gif has the data of the time next to that of each frame.\n\n" +
	"--shard draws a part of the batches; `amgen sample merge` combines the parts."

// New is the command.
func New(std term.Streams) *cobra.Command {
	o := &options{}
	cmd := &cobra.Command{
		Use:   "sample",
		Short: "Draw images or points from a trained run or model",
		Long:  longHelp,
		Example: "  amgen sample -n 64 > grid.png\n" +
			"  amgen sample --model mnist -n 100 --class 0-9 -o digits.png\n" +
			"  amgen sample --run runs/first -n 16 --solver euler --steps 50 --seed 7 -o a.png\n" +
			"  amgen sample -n 100 --class 0-9 --guidance 0.5 -o digits.png\n" +
			"  amgen sample -n 36 -o flow.gif\n" +
			"  amgen sample -n 1000 --times 0,0.5,1 -o samples.npz\n" +
			"  amgen sample --run runs/moons -n 1000 -o points.csv\n" +
			"  amgen sample --run runs/cells -n 500 --times 0,0.5,1 -o cells.h5ad\n" +
			"  amgen sample --run runs/cells -n 50 --times 0,0.2,0.4,0.6,0.8,1 -o trajectories.png",
		Args: cobra.NoArgs,
		PreRunE: flags.CheckSolver("batch", "steps", "rtol", "atol", "sigma", "cols", "scale",
			flags.AverageFlag),
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.hasN = cmd.Flags().Changed("n")
			return o.execute(cmd.Context(), std)
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	flags.Grouped(f, flags.MainGroup, func(f *pflag.FlagSet) {
		o.BindModel(f, " (default, if there is no run: "+models.Default()+")")
		o.RunChoice.Bind(f, flags.RunHelp)
		o.BindAverage(f)
		f.IntVarP(&o.n, "n", "n", 64, "number of samples; with --from by default that of the cells")
		f.Int64Var(&o.seed, "seed", 0, "seed of the noise (default 0)")
		o.classes.Bind(f, "; a picture has a row for each class")
		o.start.bind(f)
	})
	flags.Grouped(f, flags.SolverGroup, func(f *pflag.FlagSet) {
		flags.BindSolver(f, &o.solver, &o.set, "", flags.SolverHelp(), solve.DefaultTolerance)
		flags.BindSigma(f, &o.sigma)
	})
	flags.Grouped(f, flags.OutputGroup, func(f *pflag.FlagSet) {
		o.output.bind(f)
		f.Float64SliceVar(&o.times, "times", nil, "`TIMES` increasing times t in [0, 1], separated by commas: .npz, "+
			".csv and .h5ad keep the states at these times, .gif shows them, .png draws the trajectories of points "+
			"through them (default: t = 1 alone; for .gif 41 times, evenly spaced)")
		o.start.bindTimes(f)
		f.StringVar(&o.shard, "shard", "", "`I/N` part of the batches to draw, counted from 0, as in 0/4, into the "+
			"directory that -o names; `amgen sample merge` combines the parts (default: all)")
	})
	flags.Grouped(f, flags.ComputeGroup, func(f *pflag.FlagSet) {
		f.IntVar(&o.batch, "batch", 0, "number of samples to draw at once (default: 64 images, 1000 points)")
		o.Arithmetic.Bind(f)
	})
	cmd.AddCommand(newMerge(std))
	return cmd
}

func (o *options) execute(ctx context.Context, std term.Streams) error {
	part, times, err := o.validate(std)
	if err != nil {
		return err
	}
	chosen, err := o.ResolveOrDefault("sample", std)
	if err != nil {
		return err
	}
	opening := chosen.Options(o.Arithmetic, std)
	opening.Sigma = o.sigma
	trained, err := chosen.Find(ctx, opening)
	if err != nil {
		return err
	}
	solver, err := draw.Solver(trained.Plan, o.solver, o.set)
	if err != nil {
		return err
	}
	starts, times, err := o.settleStart(trained, times)
	if err != nil {
		return err
	}
	warnStarts(starts, trained.Plan, solver, o.n, std)
	if o.shard != "" {
		return o.drawShard(ctx, chosen, trained, solver, part, std)
	}
	if err := o.output.checkPlan(trained.Plan, trained.Name(), o.n, times); err != nil {
		return err
	}
	if err := o.output.checkPlace(o.n, trained.Plan.Config); err != nil {
		return err
	}
	drawn, err := o.draw(ctx, chosen, trained, solver, starts, times, std)
	if err != nil {
		return err
	}
	if err := o.output.write(drawn.all, o.seed, std); err != nil {
		return err
	}
	return o.output.print(drawn, "sample", std)
}

// validate checks the flags before anything is loaded. It returns the shard and the times whose states are drawn.
func (o *options) validate(std term.Streams) (part eval.Shard, times []float64, err error) {
	switch {
	case o.n < 1:
		return part, nil, flags.Usagef("-n must be at least 1, got %d", o.n)
	case o.n > draw.MostSamples:
		return part, nil, flags.Usagef("-n must be at most %d, got %d", draw.MostSamples, o.n)
	case o.set.Steps < 0:
		return part, nil, flags.Usagef("--steps must be at least 1, got %d", o.set.Steps)
	case !(o.set.RTol >= 0): // NaN too
		return part, nil, flags.Usagef("--rtol must be positive, got %g", o.set.RTol)
	case !(o.set.ATol >= 0):
		return part, nil, flags.Usagef("--atol must be positive, got %g", o.set.ATol)
	}
	if o.batch != 0 {
		if err := flags.CheckBatch(o.batch); err != nil {
			return part, nil, err
		}
	}
	if part, err = flags.ParseShard(o.shard); err != nil {
		return part, nil, err
	}
	if err := o.start.check(o.times, o.shard); err != nil {
		return part, nil, err
	}
	if times = o.times; o.shard != "" {
		err = o.validateShard()
	} else if err = o.output.checkLayout(std.Out); err == nil {
		asked := o.times
		if o.start.fileTimes != nil { // the run's file tells what they are
			asked = []float64{0, 1}
		}
		times, err = o.output.times(asked)
	}
	if err != nil {
		return part, nil, err
	}
	if _, err := o.classes.Guidance(); err != nil {
		return part, nil, err
	}
	if o.solver != "" {
		if _, err := solve.ByName(o.solver, o.set); err != nil {
			return part, nil, flags.Usage(err)
		}
	}
	return part, times, o.Check()
}
