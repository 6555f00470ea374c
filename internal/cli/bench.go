package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/gomlx/gomlx/backends"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
	"github.com/spf13/cobra"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/unet"
)

type benchOptions struct {
	preset    string
	estimator string
	batch     int
	steps     int
	json      bool
	profile   bool
	backend   string
}

// BenchReport is what `amgen bench train` and `bench sample` print; times are medians over the steps.
type BenchReport struct {
	Preset     string  `json:"preset"`
	Params     int     `json:"params"`
	Estimator  string  `json:"estimator"`
	Batch      int     `json:"batch"`
	Steps      int     `json:"steps"`
	StepMS     float64 `json:"step_ms,omitempty"`
	VelocityMS float64 `json:"velocity_ms"`
	CompileMS  float64 `json:"compile_ms,omitempty"` // the first step, which builds and compiles
	GFLOPS     float64 `json:"gflops"`               // matrix operations of the step, by unet.Config.FLOPs, over its time
	PeakRSSMB  float64 `json:"peak_rss_mb"`
	Backend    string  `json:"backend"`

	Profile *ProfileReport `json:"profile,omitempty"` // with --profile, of the training step or else the velocity
}

func newBench(std streams) *cobra.Command {
	o := &benchOptions{}
	bench := &cobra.Command{
		Use:   "bench",
		Short: "Measure training, sampling and matrix products",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	f := bench.PersistentFlags()
	f.StringVar(&o.preset, "preset", "tiny", "network: the presets of `amgen train`")
	f.StringVar(&o.estimator, "estimator", flows.Boundary.String(), "of the Action Matching loss")
	f.IntVar(&o.batch, "batch", 0, "examples (default: the preset's for benchmarks)")
	f.IntVar(&o.steps, "steps", 5, "steps to take the median of")
	f.BoolVar(&o.json, "json", false, "print one JSON object")
	f.StringVar(&o.backend, "backend", defaultBackend, backendHelp())
	sub := func(use, short string, run func(context.Context, *benchOptions, backends.Backend, streams) error) *cobra.Command {
		return &cobra.Command{Use: use, Short: short, Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.validate(); err != nil {
				return err
			}
			backend, err := openBackend(o.backend)
			if err != nil {
				return err
			}
			defer backend.Finalize()
			return run(cmd.Context(), o, backend, std)
		}}
	}
	train := sub("train", "Training steps on random images, and one velocity ∇ₓs", benchTrain)
	sample := sub("sample", "Velocities ∇ₓs, which sampling is made of", benchSample)
	for _, cmd := range []*cobra.Command{train, sample} {
		cmd.Flags().BoolVar(&o.profile, "profile", false, "print where the time goes, by op (backend simd)")
	}
	bench.AddCommand(
		train,
		sample,
		sub("gemm", "Float32 matrix products of the shapes that matter", benchGemm),
		newBenchEstimators(std, o),
	)
	return bench
}

func (o *benchOptions) validate() error {
	if err := oneOf("preset", o.preset, presetNames()); err != nil {
		return err
	}
	if err := oneOf("estimator", o.estimator, estimatorNames()); err != nil {
		return err
	}
	if o.batch < 0 || o.steps < 1 {
		return usagef("--batch and --steps must be at least 1, got %d and %d", o.batch, o.steps)
	}
	if o.batch == 0 {
		o.batch = trainings[o.preset].benchBatch
	}
	if o.profile {
		var err error
		o.backend, err = profiledBackend(o.backend)
		return err
	}
	return nil
}

// config is that of the preset's training run, on random images.
func (o *benchOptions) config() (Config, error) {
	cfg, err := presetConfig(datasetNames()[0], o.preset)
	cfg.Estimator, cfg.Batch = o.estimator, o.batch
	return cfg, err
}

// warmUp are the steps before those that count: the first compiles, the second settles buffers.
const warmUp = 2

func benchTrain(ctx context.Context, o *benchOptions, backend backends.Backend, std streams) error {
	cfg, err := o.config()
	if err != nil {
		return err
	}
	net := unet.Presets[o.preset]
	objective, path, times, err := cfg.flow()
	if err != nil {
		return err
	}
	batches, err := randomImages(net, o.batch)
	if err != nil {
		return err
	}
	var durations []time.Duration
	vars := mlcontext.New()
	trainer, err := flows.NewTrainer(backend, vars, unet.Action(net), path, objective, flows.TrainerConfig{
		Times: times, LearningRate: cfg.LR, ClipNorm: cfg.Clip, EMADecay: cfg.EMA, Seed: 1,
		Prepare: imaging.Prepare(imaging.PrepareOptions{}),
		OnStep: func(s flows.Step) error {
			if durations = append(durations, s.Elapsed); len(durations) == warmUp {
				resetProfile(backend)
			}
			return ctx.Err()
		},
	})
	if err != nil {
		return err
	}
	if err := trainer.Run(batches, o.steps+warmUp); err != nil {
		return err
	}
	profile := profileOf(backend, o.steps)
	velocity, err := velocityTimes(ctx, backend, vars, net, path, o)
	if err != nil {
		return err
	}
	step := median(durations[warmUp:])
	return o.report(BenchReport{
		StepMS: ms(step), VelocityMS: ms(median(velocity)), CompileMS: ms(durations[0]),
		GFLOPS:  float64(stepFLOPs(net, o.batch, o.estimator)) / step.Seconds() / 1e9,
		Profile: profile,
	}, net, backend, std)
}

func benchSample(ctx context.Context, o *benchOptions, backend backends.Backend, std streams) error {
	net := unet.Presets[o.preset]
	cfg, err := o.config()
	if err != nil {
		return err
	}
	_, path, _, err := cfg.flow()
	if err != nil {
		return err
	}
	vars := mlcontext.New()
	if err := vars.SetRNGStateFromSeed(1); err != nil {
		return fmt.Errorf("seed: %w", err)
	}
	velocity, err := velocityTimes(ctx, backend, vars, net, path, o)
	if err != nil {
		return err
	}
	v := median(velocity)
	return o.report(BenchReport{VelocityMS: ms(v), GFLOPS: float64(2*net.FLOPs(o.batch)) / v.Seconds() / 1e9,
		Profile: profileOf(backend, o.steps)}, net, backend, std)
}

// velocityTimes measures evaluations of ∇ₓs, one a step of Euler's method.
func velocityTimes(ctx context.Context, backend backends.Backend, vars *mlcontext.Context, net unet.Config, path flows.Path,
	o *benchOptions) ([]time.Duration, error) {
	sampler, err := flows.NewSampler(backend, vars, unet.Action(net), path)
	if err != nil {
		return nil, err
	}
	defer sampler.Finalize()
	x, err := flows.Noise(1, 0, o.batch, net.Size, net.Size, net.Channels)
	if err != nil {
		return nil, err
	}
	defer x.MustFinalizeAll()
	var durations []time.Duration
	for i := range o.steps + warmUp {
		if i == warmUp {
			resetProfile(backend)
		}
		start := time.Now()
		v, err := sampler.Velocity(0.5, x)
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

func randomImages(net unet.Config, batch int) (*imaging.Batches, error) {
	rng := rand.New(rand.NewPCG(1, 1))
	pixels := make([]uint8, 4*batch*net.Size*net.Size*net.Channels)
	for i := range pixels {
		pixels[i] = uint8(rng.Uint32())
	}
	data, err := imaging.New("random", imaging.Train, pixels, nil, net.Size, net.Size, net.Channels)
	if err != nil {
		return nil, err
	}
	return data.Batches(batch, 1)
}

func (o *benchOptions) report(r BenchReport, net unet.Config, backend backends.Backend, std streams) error {
	r.Preset, r.Params, r.Estimator, r.Batch, r.Steps = o.preset, net.Params(), o.estimator, o.batch, o.steps
	r.PeakRSSMB, r.Backend = peakRSS(), backend.Name()
	if o.json {
		return json.NewEncoder(std.out).Encode(r)
	}
	fmt.Fprintf(std.out, "%s %s params=%d batch=%d", r.Preset, r.Estimator, r.Params, r.Batch)
	if r.StepMS > 0 {
		fmt.Fprintf(std.out, " step_ms=%.1f compile_ms=%.0f", r.StepMS, r.CompileMS)
	}
	fmt.Fprintf(std.out, " velocity_ms=%.1f gflops=%.1f peak_rss_mb=%.0f backend=%s\n", r.VelocityMS, r.GFLOPS, r.PeakRSSMB, r.Backend)
	if r.Profile != nil {
		return r.Profile.print(std.out)
	}
	return nil
}

func median(d []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(d))
	return sorted[len(sorted)/2]
}

func ms(d time.Duration) float64 { return d.Seconds() * 1e3 }
