package evaluate

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/gomlx/gomlx/pkg/core/tensors"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/solve"
	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/internal/duration"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/draw"
)

type bpdOptions struct {
	flags.RunChoice
	n      int
	batch  int
	probe  string
	probes int
	passes int
	solver string
	set    solve.Settings
	seed   int64
	json   bool

	classes flags.Classes
	flags.Arithmetic
}

// BPDReport is the result of eval bpd with all its settings.
type BPDReport struct {
	Metric string  `json:"metric"`
	Value  float64 `json:"value"`
	// Stderr is the standard error of the mean over images, the noise of each image's value included.
	Stderr float64 `json:"stderr"`
	// StderrPasses is the part of Stderr that comes from dequantisation and probes; 0 with one pass, which can't tell.
	StderrPasses float64 `json:"stderr_passes"`

	Measure eval.Measure `json:"measure"`
	// Samples says how the likelihoods were solved. Its Class says what class each image was given: "own" if its own,
	// "none", or the classes whose images were taken, each given its own. It is empty for runs without classes.
	Samples eval.Origin `json:"samples"`
	Dims    int         `json:"dims"`
	Probe   string      `json:"probe"`
	Probes  int         `json:"probes"`
	Passes  int         `json:"passes"`
	Seconds float64     `json:"seconds"`
}

// bpdTolerance is the default of an adaptive solver here: the error that it leaves, below 0.001 bits on MNIST, is far
// below the standard error of hundreds of images, at a third of the evaluations of [solve.DefaultTolerance].
const bpdTolerance = 1e-4

// mostProbes bounds the probes of a pass, since each is a part of the graph. For more there are passes.
const mostProbes = 256

func newBPD(std term.Streams) *cobra.Command {
	o := &bpdOptions{}
	cmd := &cobra.Command{
		Use:   "bpd",
		Short: "Compute bits per dimension of held-out images",
		Long: "Compute the bits per dimension of held-out images. Pixels k from 0 to 255 are dequantised: " +
			"x = (k + u)/128 − 1, u uniform in [0, 1). Then d/dt log q(x_t) = −Δₓs is solved from x at t = 1 back to " +
			"N(0, I) at t = 0. The value is the mean of −log₂ q(x)/D + 7 for D values per image.\n\n" +
			"Hutchinson's estimate of the Laplacian Δₓs is unbiased. More --probes and --passes reduce its variance; " +
			"each pass draws new u and probes. Runs with noise or growth, or on a path that doesn't start " +
			"from N(0, I), have no such likelihood.\n\n" +
			"For a run with classes it is the likelihood of each image given its own class, log q(x | class), if the " +
			"images have classes. --class takes the images of some classes alone; --class none is log q(x).",
		Example: "  amgen eval bpd --run runs/first -n 256 --passes 4 --json",
		Args:    cobra.NoArgs,
		PreRunE: flags.CheckSolver("steps", "rtol", "atol", flags.AverageFlag),
		RunE:    func(cmd *cobra.Command, _ []string) error { return o.execute(cmd.Context(), std) },
	}
	f := cmd.Flags()
	f.SortFlags = false
	flags.Grouped(f, flags.MainGroup, func(f *pflag.FlagSet) {
		o.RunChoice.Bind(f, flags.RunHelp)
		o.BindAverage(f)
		f.IntVarP(&o.n, "n", "n", 64, "number of images, taken evenly from the test split (of a folder without "+
			"test: val, else train)")
		f.Int64Var(&o.seed, "seed", 0, "seed of dequantisation noise and probes (default 0)")
		o.classes.BindTo(f, "`LIST` classes whose images are taken, each given its own, by number or name, as in 7 or "+
			"0-9 or cat,dog; or none for all images without a class (default: all images, each given its own)")
	})
	flags.Grouped(f, flags.MetricGroup, func(f *pflag.FlagSet) {
		f.StringVar(&o.probe, "probe", flows.ProbeNames()[0], "`NAME` distribution of the probes: "+
			strings.Join(flows.ProbeNames(), ", "))
		f.IntVar(&o.probes, "probes", 1, fmt.Sprintf("probes per image and pass, at most %d", mostProbes))
		f.IntVar(&o.passes, "passes", 1, "number of repetitions with new dequantisation noise and probes")
	})
	flags.Grouped(f, flags.SolverGroup, func(f *pflag.FlagSet) {
		flags.BindSolver(f, &o.solver, &o.set, draw.DefaultSolver,
			"`NAME` ODE solver: "+strings.Join(flags.Reversible(), ", "), bpdTolerance)
	})
	flags.Grouped(f, flags.OutputGroup, func(f *pflag.FlagSet) { flags.BindJSON(f, &o.json) })
	flags.Grouped(f, flags.ComputeGroup, func(f *pflag.FlagSet) {
		f.IntVar(&o.batch, "batch", 32, "number of images to solve at once")
		o.Arithmetic.Bind(f)
	})
	return cmd
}

// validate checks what the user typed, before anything is loaded, and returns the solver with its settings.
func (o *bpdOptions) validate() (solver solve.Solver, probe flows.Probe, err error) {
	for _, check := range []struct {
		flag      string
		got, most int
	}{{"-n", o.n, math.MaxInt}, {"--batch", o.batch, imaging.MaxBatch}, {"--probes", o.probes, mostProbes},
		{"--passes", o.passes, math.MaxInt}} {
		switch {
		case check.got < 1:
			return nil, 0, flags.Usagef("%s must be at least 1, got %d", check.flag, check.got)
		case check.got > check.most:
			return nil, 0, flags.Usagef("%s must be at most %d, got %d", check.flag, check.most, check.got)
		}
	}
	if probe, err = flows.ProbeByName(o.probe); err != nil {
		return nil, 0, flags.Usage(err)
	}
	if solver, err = solve.ByName(o.solver, o.set); err != nil {
		return nil, 0, flags.Usage(err)
	}
	if solve.IsStochastic(solver) {
		return nil, 0, flags.Usagef("--solver %s adds noise, and a likelihood follows none; use %s", o.solver,
			draw.DefaultSolver)
	}
	if solve.NeedsSchedule(solver) {
		return nil, 0, flags.Usagef("--solver %s goes from noise to data alone, and a likelihood goes back; use "+
			"heun or %s", o.solver, draw.DefaultSolver)
	}
	if _, err := o.classes.Guidance(); err != nil {
		return nil, 0, err
	}
	if solve.SettingsOf(solver).Steps == 0 { // it is adaptive
		given := o.set
		given.RTol, given.ATol = cmp.Or(given.RTol, bpdTolerance), cmp.Or(given.ATol, bpdTolerance)
		if solver, err = solve.ByName(o.solver, given); err != nil {
			return nil, 0, flags.Usage(err)
		}
	}
	return solver, probe, o.Check()
}

// find finds the run, if it has a likelihood of images.
func (o *bpdOptions) find(ctx context.Context, std term.Streams) (chosen flags.Run, trained *run.Trained, err error) {
	if chosen, err = o.Resolve(); err != nil {
		return chosen, nil, err
	}
	cfg, err := chosen.Dir.Config()
	if err != nil {
		return chosen, nil, err
	}
	if cfg.Points() {
		return chosen, nil, flags.Usagef("%s has points, and this is for images; `amgen eval points` evaluates runs "+
			"on points", cfg.Dataset)
	}
	if cfg.Distill != "" {
		return chosen, nil, flags.Usagef("%s was distilled to %d jumps, which have no likelihood; evaluate the run "+
			"whose samples it learned", chosen.Dir, cfg.Jumps)
	}
	if trained, err = run.Find(ctx, string(chosen.Dir), chosen.Options(o.Arithmetic, std)); err != nil {
		return chosen, nil, err
	}
	model := trained.Plan.Model
	return chosen, trained, flows.CheckLikelihood(model.Path, model.Objective.Motion())
}

func (o *bpdOptions) execute(ctx context.Context, std term.Streams) error {
	solver, probe, err := o.validate()
	if err != nil {
		return err
	}
	chosen, trained, err := o.find(ctx, std)
	if err != nil {
		return err
	}
	plan, cfg := trained.Plan, trained.Plan.Config
	data, err := plan.HeldOut(ctx, std.Loading())
	if err != nil {
		return err
	}
	told, err := o.told(trained, data, std)
	if err != nil {
		return err
	}
	if n := told.images.Len(); o.n > n {
		return flags.Usagef("-n is %d, and %s has %d held-out images%s; pass -n %d or less", o.n, cfg.Dataset, n,
			told.of(), n)
	}
	if told.images, err = told.images.Spread(o.n); err != nil {
		return err
	}
	report := o.report(told, fmt.Sprintf("%s:%s", cfg.Dataset, data.Split), probe)

	vars, checkpoint, err := trained.Parameters()
	if err != nil {
		return err
	}
	trained.Plan.WarnImages(data, checkpoint.Extra[run.HashKey], checkpoint.Step, std.Loading())
	e, err := run.OpenEngine(o.Backend, 1, std.Loading())
	if err != nil {
		return err
	}
	defer e.Backend.Finalize()
	likelihood, err := flows.NewLikelihood(e.Backend, vars, plan.Model,
		flows.LikelihoodOptions{Trace: flows.Hutchinson, Probe: probe, Probes: o.probes})
	if err != nil {
		return err
	}
	defer likelihood.Finalize()
	report.Samples = chosen.Origin(flags.Checkpoint{Step: checkpoint.Step, Hash: checkpoint.Hash}, solver, o.seed,
		e.Backend.Name(), o.Arithmetic)
	report.Samples.Class, report.Samples.Guided = told.text, eval.GuidedBy(told.guidance)
	return o.evaluate(ctx, likelihood, solver, told, report, std)
}

// report has what is asked for.
func (o *bpdOptions) report(of toldImages, reference string, probe flows.Probe) BPDReport {
	data := of.images
	return BPDReport{Metric: "bpd", Dims: data.Height * data.Width * data.Channels, Probe: probe.String(),
		Probes: o.probes, Passes: o.passes, Measure: eval.Measure{Metric: "bpd", Class: of.text, Reference: reference,
			ReferenceHash: data.Hash(), ReferenceCount: o.n, Count: o.n}}
}

// evaluate fills in the report and records it.
func (o *bpdOptions) evaluate(ctx context.Context, likelihood *flows.Likelihood, solver solve.Solver, of toldImages,
	report BPDReport, std term.Streams) error {
	start := time.Now()
	bits, nfe, err := o.bits(ctx, likelihood, solver, of, std)
	if err != nil {
		return err
	}
	report.Value, report.Stderr, report.StderrPasses = summarise(bits)
	report.Samples.NFE, report.Seconds = nfe, time.Since(start).Seconds()
	split := of.images.Split
	dataset := strings.TrimSuffix(report.Measure.Reference, ":"+string(split))
	if split == imaging.Train {
		fmt.Fprintf(std.Err, "eval: %s has no test or val split: these are training images\n", dataset)
	}
	line := fmt.Sprintf("bpd %.4f ± %.4f (%d %s images of %s, %d numbers each; %d %s probes, %d passes; "+
		"%s, NFE %d%s; %s)", report.Value, report.Stderr, o.n, split, dataset, report.Dims, o.probes, report.Probe,
		o.passes, report.Samples.Solver, nfe, report.asked(), duration.Text(report.Seconds))
	return recordEval(run.Dir(report.Samples.Run), report.Metric, fmt.Sprintf("bpd-step-%06d", report.Samples.Step),
		report, line, o.json, std)
}

// bits are the bits per dimension of n images, by passes.
func (o *bpdOptions) bits(ctx context.Context, likelihood *flows.Likelihood, solver solve.Solver, of toldImages,
	std term.Streams) (bits [][]float64, nfe int, err error) {
	data := of.images
	b := term.NewShareBar(std.Err, "bpd")
	defer b.Clear()
	watch := term.NewWatch("bpd: likelihoods", std)
	size := data.Height * data.Width * data.Channels
	for pass := range o.passes {
		var row []float64
		for first := 0; first < o.n; first += o.batch {
			count := min(o.batch, o.n-first)
			progress := func(t float64) error {
				done := float64(pass*o.n+first) + (1-t)*float64(count)
				b.Share(done / float64(o.passes*o.n))
				watch.See(b, int(done), int(done), o.passes*o.n)
				return nil
			}
			x := o.dequantised(data, pass, first, count)
			// Passes are as far apart as seeds that nobody types.
			seed := o.seed + int64(pass)<<32
			logs, report, err := likelihood.Log(ctx, solver, x, flows.LogOptions{Seed: seed, First: first,
				Classes: of.classes(first, count), Guidance: of.guidance, OnStep: progress})
			x.MustFinalizeAll()
			if err != nil {
				return nil, 0, err
			}
			nfe = max(nfe, report.NFE)
			for _, l := range logs {
				row = append(row, flows.BitsPerDimension(l, size))
			}
		}
		bits = append(bits, row)
	}
	return bits, nfe, nil
}

// dequantised are images first, first+1, … of the data set with the noise of a pass: that of image k is the same in any
// batch.
func (o *bpdOptions) dequantised(data *imaging.Dataset, pass, first, count int) *tensors.Tensor {
	size := data.Height * data.Width * data.Channels
	x := make([]float32, count*size)
	for i := range count {
		var key [32]byte
		copy(key[:], "dequant.")
		binary.LittleEndian.PutUint64(key[8:], uint64(o.seed))
		binary.LittleEndian.PutUint64(key[16:], uint64(pass))
		binary.LittleEndian.PutUint64(key[24:], uint64(first+i))
		imaging.Dequantize(x[i*size:(i+1)*size], data.Image(first+i), rand.New(rand.NewChaCha8(key)))
	}
	return tensors.FromFlatDataAndDimensions(x, count, data.Height, data.Width, data.Channels)
}

// summarise is the mean of bits by passes and images, its standard error over images, and the part of that which comes
// of the spread between passes of one image, 0 where there is one pass alone.
func summarise(bits [][]float64) (mean, stderr, passes float64) {
	p, n := float64(len(bits)), float64(len(bits[0]))
	each := make([]float64, len(bits[0])) // mean of an image
	for _, row := range bits {
		for i, v := range row {
			each[i] += v / p
			mean += v / (p * n)
		}
	}
	for i, m := range each {
		stderr += (m - mean) * (m - mean)
		for _, row := range bits {
			passes += (row[i] - m) * (row[i] - m)
		}
	}
	stderr = math.Sqrt(stderr / max(n-1, 1) / n)
	passes = math.Sqrt(passes/max(p-1, 1)/p) / n
	return mean, stderr, passes
}
