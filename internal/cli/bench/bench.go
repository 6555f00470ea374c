// Package bench is the command `amgen bench`: train, sample, gemm and estimators.
package bench

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gomlx/gomlx/backends"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
	"github.com/spf13/cobra"

	"github.com/amgen/amgen/backends/engine"
	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/memory"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/internal/mistake"
	"github.com/amgen/amgen/internal/products"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/train"
)

type options struct {
	preset    string
	estimator string
	batch     int
	classes   bool
	steps     int
	json      bool
	profile   bool
	backend   string

	precision  string
	accumulate int
	devices    int
}

// Report is what `amgen bench train` and `bench sample` print; times are medians over the steps.
type Report struct {
	Preset     string  `json:"preset"`
	Params     int     `json:"params"`
	Estimator  string  `json:"estimator"`
	Classes    int     `json:"classes,omitempty"` // of the images, where the network is told them
	Batch      int     `json:"batch"`
	Steps      int     `json:"steps"`
	StepMS     float64 `json:"step_ms,omitempty"`
	VelocityMS float64 `json:"velocity_ms"`
	CompileMS  float64 `json:"compile_ms,omitempty"` // the first step, which builds and compiles
	GFLOPS     float64 `json:"gflops"`               // matrix operations, by unet.Config.FLOPs, over the time
	PeakRSSMB  float64 `json:"peak_rss_mb"`
	Backend    string  `json:"backend"`

	Precision    string  `json:"precision,omitempty"`
	Accumulate   int     `json:"accumulate,omitempty"` // parts of a batch, where there are several
	Devices      int     `json:"devices,omitempty"`    // likewise
	ImagesPerSec float64 `json:"images_per_s,omitempty"`
	PeakDeviceMB float64 `json:"peak_device_mb,omitempty"` // of the first device's memory, where that is its own

	Profile *ProfileReport `json:"profile,omitempty"` // with --profile, of the training step or else the velocity
}

// measurement is a measurement on an engine, by settled options.
type measurement func(ctx context.Context, o options, e *engine.Engine, std term.Streams) error

// New is the command.
func New(std term.Streams) *cobra.Command {
	o := &options{preset: "tiny", estimator: flows.Boundary.String(), steps: 5, precision: run.Float32,
		accumulate: 1, devices: 1}
	bench := &cobra.Command{
		Use:   "bench",
		Short: "Measure the speed of training, sampling and matrix products",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	f := bench.PersistentFlags()
	flags.BindJSON(f, &o.json)
	flags.BindBackend(f, &o.backend)
	sub := func(use, short string, measure measurement) *cobra.Command {
		return &cobra.Command{Use: use, Short: short, Args: cobra.NoArgs,
			RunE: func(cmd *cobra.Command, _ []string) error { return o.execute(cmd.Context(), measure, std) }}
	}
	train := sub("train", "Time training steps and evaluations of ∇ₓs; report peak memory", measureTraining)
	sample := sub("sample", "Time one evaluation of ∇ₓs, the cost of a step of sampling", measureSampling)
	for _, cmd := range []*cobra.Command{train, sample} {
		cmd.PreRunE = flags.RefuseZero("batch")
		f := cmd.Flags()
		f.StringVar(&o.preset, "preset", o.preset, "`NAME` network: "+strings.Join(presets(), ", ")+
			" (the last are perceptrons for points in the plane)")
		f.StringVar(&o.estimator, "estimator", o.estimator, "`NAME` loss estimator: "+
			strings.Join(flows.EstimatorNames(), ", "))
		f.IntVar(&o.batch, "batch", 0, "examples per step (default: "+batches()+")")
		f.BoolVar(&o.classes, "classes", false, "tell the network the class of each image")
		f.IntVar(&o.steps, "steps", o.steps, "number of timed steps, whose median is reported")
		f.BoolVar(&o.profile, "profile", false, "print the time of each op (backend simd)")
		flags.BindPrecision(f, &o.precision)
	}
	sample.Flags().Lookup("estimator").Hidden = true // ∇ₓs has none; the report names it
	train.Flags().IntVar(&o.accumulate, "accumulate", 1, flags.AccumulateHelp)
	train.Flags().IntVar(&o.devices, "devices", 1, "number of devices that share a batch, on an XLA backend only")
	bench.AddCommand(
		train,
		sample,
		newGemm(o, std),
		newEstimators(std, o),
	)
	return bench
}

// presets are those for images, those for points and the toy.
func presets() []string {
	return slices.Concat(run.ImagePresets(), run.PointPresets(), []string{toyPreset})
}

// defaultBatch is that of a preset.
func defaultBatch(preset string) int {
	switch {
	case preset == toyPreset:
		return toyBatch
	case slices.Contains(run.PointPresets(), preset):
		return pointBatch
	}
	return run.BenchmarkBatch(preset)
}

// batches lists the default batch of each preset.
func batches() string {
	var list []string
	for _, preset := range presets() {
		list = append(list, fmt.Sprintf("%d for %s", defaultBatch(preset), preset))
	}
	return strings.Join(list, ", ")
}

// execute measures on the engine that is asked for.
func (o options) execute(ctx context.Context, measure measurement, std term.Streams) error {
	settled, err := o.settle()
	if err != nil {
		return err
	}
	e, err := run.OpenEngine(settled.backend, settled.devices, std.Loading())
	if err != nil {
		return err
	}
	defer e.Backend.Finalize()
	return measure(ctx, settled, e, std)
}

// settle checks the options, and returns them with the batch and the engine that are meant.
func (o options) settle() (options, error) {
	if err := mistake.OneOf("preset", o.preset, presets()); err != nil {
		return o, err
	}
	if err := mistake.OneOf("estimator", o.estimator, flows.EstimatorNames()); err != nil {
		return o, err
	}
	if o.steps < 1 {
		return o, flags.Usagef("--steps must be at least 1, got %d", o.steps)
	}
	if o.batch == 0 {
		o.batch = defaultBatch(o.preset)
	}
	if err := flags.CheckBatch(o.batch); err != nil {
		return o, err
	}
	if err := o.checkEngine(); err != nil {
		return o, err
	}
	var err error
	if o.profile {
		o.backend, err = profiledBackend(o.backend)
	}
	return o, err
}

// checkEngine checks whether the engine has the precision, and divides the batch.
func (o options) checkEngine() error {
	if o.accumulate < 1 {
		return flags.Usagef("--accumulate must be at least 1, got %d", o.accumulate)
	}
	_, err := run.Compute{Backend: o.backend, Precision: o.precision, Batch: o.batch, Accumulate: o.accumulate,
		Devices: o.devices}.Engine()
	return err
}

// warmUp is the number of steps before the measured ones: the first compiles, the second settles buffers. Tests need
// neither.
var warmUp = 2

func measureTraining(ctx context.Context, o options, e *engine.Engine, std term.Streams) error {
	w, err := o.workload()
	if err != nil {
		return err
	}
	var durations []time.Duration
	vars := mlcontext.New()
	trainer, err := flows.NewTrainer(e.Backend, vars, w.model, flows.TrainerConfig{
		Times: w.times, LearningRate: w.cfg.LR, ClipNorm: w.cfg.Clip, EMADecay: w.cfg.EMA, Seed: 1, Prepare: w.prepare,
		Accumulate: o.accumulate, Devices: o.devices, Resident: e.Choice.XLA(),
		ReadEvery: train.ReadEvery(w.cfg, e.Choice),
		OnStep: func(s flows.Step) error {
			if durations = append(durations, s.Elapsed); len(durations) == warmUp {
				products.ResetProfile(e.Backend)
			}
			return nil
		},
	})
	if err != nil {
		return err
	}
	if err := trainer.Run(ctx, w.data, o.steps+warmUp); err != nil {
		return err
	}
	profile := profileOf(e.Backend, o.steps)
	velocity, err := velocityTimes(ctx, e.Backend, vars, w, o)
	if err != nil {
		return err
	}
	step := median(durations[warmUp:])
	return o.report(Report{
		StepMS: ms(step), VelocityMS: ms(median(velocity)), CompileMS: ms(durations[0]),
		GFLOPS: float64(w.stepFLOPs()) / step.Seconds() / 1e9, ImagesPerSec: float64(o.batch) / step.Seconds(),
		Profile: profile,
	}, w, e, std)
}

func measureSampling(ctx context.Context, o options, e *engine.Engine, std term.Streams) error {
	w, err := o.workload()
	if err != nil {
		return err
	}
	vars := mlcontext.New()
	if err := vars.SetRNGStateFromSeed(1); err != nil {
		return fmt.Errorf("seed: %w", err)
	}
	velocity, err := velocityTimes(ctx, e.Backend, vars, w, o)
	if err != nil {
		return err
	}
	v := median(velocity)
	return o.report(Report{VelocityMS: ms(v), GFLOPS: float64(2*w.forward) / v.Seconds() / 1e9,
		Profile: profileOf(e.Backend, o.steps)}, w, e, std)
}

// velocityTimes measures evaluations of ∇ₓs, one a step of Euler's method.
func velocityTimes(ctx context.Context, backend backends.Backend, vars *mlcontext.Context, w workload,
	o options) ([]time.Duration, error) {
	sampler, err := flows.NewSampler(backend, vars, w.model)
	if err != nil {
		return nil, err
	}
	defer sampler.Finalize()
	x, err := flows.Noise(1, 0, o.batch, w.example...)
	if err != nil {
		return nil, err
	}
	defer x.MustFinalizeAll()
	var durations []time.Duration
	for i := range o.steps + warmUp {
		if i == warmUp {
			products.ResetProfile(backend)
		}
		start := time.Now()
		v, err := sampler.ClassVelocity(0.5, x, w.labels, flows.Guidance{})
		if err != nil {
			return nil, err
		}
		durations = append(durations, time.Since(start))
		v.MustFinalizeAll()
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	return durations[warmUp:], nil
}

func (o options) report(r Report, w workload, e *engine.Engine, std term.Streams) error {
	r.Preset, r.Params, r.Estimator, r.Batch, r.Steps = o.preset, w.params, o.estimator, o.batch, o.steps
	r.Classes, r.PeakRSSMB, r.Backend, r.Precision = w.model.Classes, memory.Peak(), e.Backend.Name(), o.precision
	if o.accumulate > 1 {
		r.Accumulate = o.accumulate
	}
	if o.devices > 1 {
		r.Devices = o.devices
	}
	if _, peak, ok := e.Memory(); ok {
		r.PeakDeviceMB = float64(peak) / (1 << 20)
	}
	if o.json {
		command := "bench sample"
		if r.StepMS > 0 {
			command = "bench train"
		}
		return term.PrintObject(std.Out, command, r)
	}
	fmt.Fprintf(std.Out, "%s %s params=%d batch=%d", r.Preset, r.Estimator, r.Params, r.Batch)
	if r.StepMS > 0 {
		fmt.Fprintf(std.Out, " step_ms=%.1f images_per_s=%.1f compile_ms=%.0f", r.StepMS, r.ImagesPerSec, r.CompileMS)
	}
	fmt.Fprintf(std.Out, " velocity_ms=%.1f gflops=%.1f peak_rss_mb=%.0f", r.VelocityMS, r.GFLOPS, r.PeakRSSMB)
	if r.PeakDeviceMB > 0 {
		fmt.Fprintf(std.Out, " peak_device_mb=%.0f", r.PeakDeviceMB)
	}
	fmt.Fprintf(std.Out, " backend=%s precision=%s\n", r.Backend, r.Precision)
	if r.Profile != nil {
		return r.Profile.print(std.Out)
	}
	return nil
}

func median(d []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(d))
	return sorted[len(sorted)/2]
}

func ms(d time.Duration) float64 { return d.Seconds() * 1e3 }
