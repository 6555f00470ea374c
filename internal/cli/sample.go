package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/solve"
)

type sampleOptions struct {
	runChoice
	n      int
	batch  int
	solver string
	set    solve.Settings
	sigma  float64
	seed   int64
	out    string
	times  []float64
	cols   int
	scale  int
	shard  string
	part   eval.Shard // of shard

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
	f.StringVar(&o.solver, "solver", "", strings.Join(solve.Names(), ", ")+" (default: "+defaultSolver+", or "+defaultNoisySolver+" where the run has noise)")
	f.IntVar(&o.set.Steps, "steps", 0, fmt.Sprintf("steps of a solver that doesn't choose them itself (default %d)", solve.DefaultSteps))
	f.Float64Var(&o.set.RTol, "rtol", 0, fmt.Sprintf("relative tolerance of an adaptive solver (default %g)", solve.DefaultTolerance))
	f.Float64Var(&o.set.ATol, "atol", 0, fmt.Sprintf("absolute tolerance of an adaptive solver (default %g)", solve.DefaultTolerance))
	f.Float64Var(&o.sigma, "sigma", 0, sigmaHelp)
	f.Int64Var(&o.seed, "seed", 0, "of the noise")
	o.bindOutput(f)
	f.Float64SliceVar(&o.times, "times", nil, "rising `TIMES` in [0, 1] whose states a .gif shows (default: 41 of equal distance), or a .npz or .csv keeps; a .png of points shows the ways through them")
	f.Lookup("times").DefValue = "" // pflag would show that of an empty list
	f.StringVar(&o.shard, "shard", "", "draw part `I/N` of the batches alone, I from 0, and keep them in the directory -o; `amgen sample merge` does the rest")
	o.arithmetic.bind(f)
	cmd.AddCommand(newSampleMerge(std))
	return cmd
}

// bindOutput registers the flags of what samples are written as.
func (o *sampleOptions) bindOutput(f *pflag.FlagSet) {
	f.StringVarP(&o.out, "output", "o", "", "`FILE`.png for a grid of images or points beside the data, .gif for such pictures from source to data, .npz, .npy "+
		"or (points) .csv for numbers, or a DIR/ for one PNG an image (default, and for -: a PNG to stdout)")
	f.IntVar(&o.cols, "cols", 0, "samples in a row of the grid (default: nearly square)")
	f.IntVar(&o.scale, "scale", 0, fmt.Sprintf("pixels of the grid for each pixel of an image (default %d)", defaultScale))
}

func (o *sampleOptions) execute(ctx context.Context, std streams) error {
	if err := o.validate(std); err != nil {
		return err
	}
	if err := o.settle(); err != nil {
		return err
	}
	cfg, err := o.readConfig()
	if err != nil {
		return err
	}
	task, err := cfg.task(ctx)
	if err != nil {
		return err
	}
	objective, _, _, err := cfg.flow()
	if err != nil {
		return err
	}
	solver, err := o.solverFor(objective.Motion(), cfg)
	if err != nil {
		return err
	}
	if o.shard != "" {
		return o.drawShard(ctx, cfg, task, solver, std)
	}
	if err := task.checkOutput(o); err != nil {
		return err
	}
	if err := o.checkDirectory(cfg); err != nil {
		return err
	}
	d, err := o.draw(ctx, cfg, task, solver, std)
	if err != nil {
		return err
	}
	return o.write(d, std)
}

const sigmaHelp = "of Langevin dynamics along the score of an ssm or dsm run (default: the run's)"

// readConfig is the run's configuration, with other Langevin dynamics where the user wants them.
func (o *sampleOptions) readConfig() (Config, error) {
	cfg, err := o.runConfig(o.run)
	if err != nil || o.sigma == 0 {
		return cfg, err
	}
	cfg.Sigma = o.sigma
	objective, _, _, err := cfg.flow()
	if err == nil && !objective.Motion().VectorField() {
		err = usagef("--sigma is of Langevin dynamics along a score, and %s was trained by %s; leave it out", o.run, cfg.Objective)
	}
	return cfg, err
}

// mostSamples bounds -n: sums and products of it don't overflow.
const mostSamples = 1 << 40

// validate checks what the user typed, before anything is loaded.
func (o *sampleOptions) validate(std streams) error {
	switch {
	case o.n < 1:
		return usagef("-n must be at least 1, got %d", o.n)
	case o.n > mostSamples:
		return usagef("-n must be at most %d, got %d", mostSamples, o.n)
	case o.set.Steps < 0:
		return usagef("--steps must be at least 1, got %d", o.set.Steps)
	case !(o.set.RTol >= 0): // NaN too
		return usagef("--rtol must be positive, got %g", o.set.RTol)
	case !(o.set.ATol >= 0):
		return usagef("--atol must be positive, got %g", o.set.ATol)
	}
	if o.batch != 0 {
		if err := checkBatch(o.batch); err != nil {
			return err
		}
	}
	var err error
	if o.part, err = parseShard(o.shard); err != nil {
		return err
	}
	if o.shard != "" {
		err = o.validateShard()
	} else if err = o.validateLook(std); err == nil {
		err = o.validateOutput()
	}
	if err != nil {
		return err
	}
	if o.solver != "" {
		if _, err := solve.ByName(o.solver, o.set); err != nil {
			return usageError{err}
		}
	}
	return o.check()
}

// stdoutName is the name of no file but of stdout, as programs have it.
const stdoutName = "-"

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

// validateLook checks how a picture shall look, and that there is somewhere to show it.
func (o *sampleOptions) validateLook(std streams) error {
	if o.out == stdoutName {
		o.out = ""
	}
	switch {
	case o.cols < 0:
		return usagef("--cols must be at least 1, got %d", o.cols)
	case o.scale < 0 || o.scale > 64:
		return usagef("--scale must be in [1, 64], got %d", o.scale)
	case o.out == "" && isTerminal(std.out):
		return usagef("stdout is a terminal, which shows no PNG; redirect it (> grid.png) or pass -o FILE.png")
	}
	return nil
}

// validateOutput checks the kind of output and the times that go with it.
func (o *sampleOptions) validateOutput() error {
	kind := o.kind()
	switch {
	case kind == "" && o.out != "" && !o.manyFiles() && !isSpecial(o.out):
		return usagef("-o %s has no ending that says what to write; pass -o %s for a picture, or %s for a directory of them", o.out,
			shellWord(o.out+".png"), shellWord(o.out+"/"))
	case o.manyFiles() || kind == "" || kind == ".npy":
		if o.times != nil {
			return usagef("--times are for -o FILE.gif and FILE.npz, of points also .csv and .png, got -o %q", o.out)
		}
	case kind == ".gif":
		if o.times == nil {
			o.times = evenTimes(gifFrames)
		}
	case kind != ".npz" && kind != ".csv" && kind != ".png":
		return usagef("-o takes FILE.png, .gif, .npz, .npy, .csv, or a DIR/ (with the slash, if it is new), got %q", o.out)
	}
	return checkTimes(o.times)
}

func checkTimes(times []float64) error {
	for i, t := range times {
		if !(t >= 0 && t <= 1) || i > 0 && t <= times[i-1] {
			return usagef("--times must rise within [0, 1], got %v", times)
		}
	}
	return nil
}

// gifFrames is how many states an animation shows.
const gifFrames = 41

func evenTimes(n int) []float64 {
	times := make([]float64, n)
	for i := range times {
		times[i] = float64(i) / float64(n-1)
	}
	return times
}

// fileKinds are the endings of the files that there can be.
var fileKinds = []string{".png", ".gif", ".npz", ".npy", ".csv"}

// kind is the ending of the output's name, "" for stdout.
func (o *sampleOptions) kind() string { return strings.ToLower(filepath.Ext(o.out)) }

// Solvers that are taken where the user names none.
const (
	defaultSolver      = "dopri5"
	defaultNoisySolver = "stochastic-heun"
)

// solverFor is the solver that the user asked for, if it suits the dynamics, or the default one.
func (o *sampleOptions) solverFor(motion flows.Dynamics, cfg Config) (solve.Solver, error) {
	if o.solver == "" && motion.Diffusion != nil {
		o.solver = defaultNoisySolver
	} else if o.solver == "" {
		o.solver = defaultSolver
	}
	solver, err := solve.ByName(o.solver, o.set)
	if err != nil {
		return nil, usageError{err}
	}
	switch noisy := solve.IsStochastic(solver); {
	case noisy && motion.Diffusion == nil:
		return nil, usagef("--solver %s adds noise, and %s was trained by %s, without; use %s", o.solver, o.run, cfg.Objective, defaultSolver)
	case !noisy && motion.Diffusion != nil:
		return nil, usagef("--solver %s follows the drift alone, and %s was trained by %s: without its noise the samples are others; "+
			"use euler-maruyama or %s", o.solver, o.run, cfg.Objective, defaultNoisySolver)
	}
	return solver, nil
}

// checkDirectory checks that what is to be written has a place, in which it replaces nothing but what the user named.
func (o *sampleOptions) checkDirectory(cfg Config) error {
	if o.manyFiles() {
		return pictureFolder{o.out, o.n}.check()
	}
	if dir := filepath.Dir(o.out); o.out != "" {
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			return usagef("-o %s: there is no directory %s; make it first", o.out, dir)
		}
	}
	if o.out != "" {
		return checkReplaceable(o.out, cfg)
	}
	return nil
}

// pictures tells whether samples become pixels, else they stay numbers.
func (o *sampleOptions) pictures() bool {
	return !slices.Contains([]string{".npz", ".npy", ".csv"}, o.kind()) || o.manyFiles()
}

// manyFiles tells whether each image becomes a file of its own.
func (o *sampleOptions) manyFiles() bool {
	info, err := os.Stat(o.out)
	return strings.HasSuffix(o.out, "/") || err == nil && info.IsDir()
}

func (o *sampleOptions) look() look {
	return look{cols: o.cols, scale: o.scale, seed: o.seed, ways: o.kind() == ".png" && o.times != nil}
}
