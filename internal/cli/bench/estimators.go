package bench

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"strings"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
	"github.com/spf13/cobra"
	"gonum.org/v1/gonum/stat"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/run"
)

// EstimatorReport is one line of `amgen bench estimators`: the Action Matching loss of one network by one estimator.
type EstimatorReport struct {
	Weight    string  `json:"weight"`
	Estimator string  `json:"estimator"`
	Mean      float64 `json:"mean"`
	StdErr    float64 `json:"stderr"`    // of the mean
	Deviation float64 `json:"deviation"` // of one example's loss
	Samples   int     `json:"samples"`

	// InBatch is √batch times the deviation of a batch's mean, which is what training sees: Deviation again for
	// independent examples, less where times are spread over the batch or noise comes in opposite pairs.
	InBatch    float64 `json:"in_batch"`
	Times      string  `json:"times"`
	Antithetic bool    `json:"antithetic"`
}

type estimatorOptions struct {
	times      string
	antithetic bool
	flags.RunChoice
	n    int
	seed int64
}

func newEstimators(std term.Streams, common *options) *cobra.Command {
	o := &estimatorOptions{}
	cmd := &cobra.Command{
		Use:   "estimators",
		Short: "Measure the variance of each estimator of the loss, on a run",
		Long: "Print the loss of a trained run by each estimator, for two weights w(t): its mean with standard " +
			"error, the standard deviation of one example's loss, and that of a batch's mean times √batch, which is " +
			"smaller where the examples of a batch aren't independent.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.execute(cmd.Context(), *common, std) },
	}
	f := cmd.Flags()
	o.RunChoice.Bind(f, flags.RunHelp)
	f.IntVarP(&o.n, "n", "n", 1280, "examples per estimate")
	f.StringVar(&o.times, "times", "", "`NAME` sampling of times: "+strings.Join(flows.TimesNames(), ", ")+
		" (default: the run's)")
	f.BoolVar(&o.antithetic, "antithetic", false, flags.AntitheticHelp)
	f.Int64Var(&o.seed, "seed", 1, "seed of data order, noise and times")
	return cmd
}

// execute prints a line for each estimator that the run's path has; common are the flags of all benchmarks.
func (o *estimatorOptions) execute(ctx context.Context, common options, std term.Streams) error {
	if o.n < 2 {
		return flags.Usagef("-n must be at least 2, got %d", o.n)
	}
	chosen, err := o.Resolve()
	if err != nil {
		return err
	}
	cfg, err := chosen.Dir.Config()
	if err != nil {
		return err
	}
	// independent of training
	cfg.Backend, cfg.Precision, cfg.Accumulate, cfg.Devices = common.backend, run.Float32, 1, 1
	cfg.Times, cfg.Antithetic = cmp.Or(o.times, cfg.Times), cfg.Antithetic || o.antithetic
	cfg.Batch, cfg.Seed = min(32, o.n), o.seed
	plan, err := cfg.Resolve(ctx)
	if err != nil {
		return err
	}
	data, err := plan.Load(ctx, std.Loading())
	if err != nil {
		return err
	}
	vars, _, err := plan.Parameters(chosen.Dir, chosen.Checkpoint, chosen.Raw, std.Loading())
	if err != nil {
		return err
	}
	e, err := run.OpenEngine(common.backend, 1, std.Loading())
	if err != nil {
		return err
	}
	defer e.Backend.Finalize()
	for _, weight := range []string{"linear-decay", "constant"} {
		for _, estimator := range []flows.Estimator{flows.Boundary, flows.DICE, flows.Pathwise} {
			if _, err := estimator.On(data.Path); err != nil {
				fmt.Fprintf(std.Err, "bench: %s left out: %v\n", estimator, err)
				continue
			}
			of, err := plan.WithLoss(estimator.String(), weight)
			if err != nil {
				return err
			}
			r, err := o.measure(ctx, e.Backend, vars, data, of)
			if err != nil {
				return err
			}
			if err := r.print(std, common.json); err != nil {
				return err
			}
		}
	}
	return nil
}

// measure evaluates the loss of the network, without dropout, on fresh draws of data, noise and times.
func (o *estimatorOptions) measure(ctx context.Context, backend backends.Backend, vars *mlcontext.Context,
	data *run.Data, plan *run.Plan) (EstimatorReport, error) {
	cfg, times := plan.Config, plan.Times
	r := EstimatorReport{Weight: cfg.Weight, Estimator: cfg.Estimator, Times: cfg.Times, Antithetic: cfg.Antithetic}
	if err := vars.SetRNGStateFromSeed(o.seed); err != nil {
		return r, fmt.Errorf("seed: %w", err)
	}
	loss, err := mlcontext.NewExec(backend, vars.Checked(false),
		func(ctx *mlcontext.Context, batch *graph.Node) *graph.Node {
			if data.Prepare != nil {
				batch = data.Prepare(ctx, batch)
			}
			return plan.Model.Objective.Loss(ctx, plan.Model.Action, data.Path, times, batch)
		})
	if err != nil {
		return r, fmt.Errorf("build the loss: %w", err)
	}
	defer loss.Finalize()
	if err := data.Batches.Seek(0); err != nil {
		return r, err
	}
	evaluate := func() ([]float32, error) {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		_, inputs, _, err := data.Batches.Yield()
		if err != nil {
			return nil, err
		}
		defer inputs[0].MustFinalizeAll()
		out, err := loss.Exec(inputs[0])
		if err != nil {
			return nil, fmt.Errorf("evaluate the loss: %w", err)
		}
		defer out[0].MustFinalizeAll()
		return tensors.MustCopyFlatData[float32](out[0]), nil
	}
	if _, learns := times.(flows.Learner); learns { // from as many examples as are measured then
		for learnt := 0; learnt < o.n; learnt += cfg.Batch {
			if _, err := evaluate(); err != nil {
				return r, err
			}
		}
	}
	var all, means []float64
	for len(all) < o.n {
		each, err := evaluate()
		if err != nil {
			return r, err
		}
		mean := 0.0
		for _, l := range each {
			all = append(all, float64(l))
			mean += float64(l) / float64(len(each))
		}
		means = append(means, mean)
	}
	r.Samples = len(all)
	r.Mean, r.Deviation = stat.MeanStdDev(all, nil)
	r.StdErr = r.Deviation / math.Sqrt(float64(r.Samples))
	if len(means) > 1 {
		r.InBatch = stat.StdDev(means, nil) * math.Sqrt(float64(cfg.Batch))
	}
	return r, nil
}

func (r EstimatorReport) print(std term.Streams, asJSON bool) error {
	if asJSON {
		return term.PrintObject(std.Out, "bench estimators", r)
	}
	_, err := fmt.Fprintf(std.Out, "w %-12s %-8s loss %9.2f ± %.2f, deviation %.1f, in a batch %.1f, %d samples\n",
		r.Weight, r.Estimator, r.Mean, r.StdErr, r.Deviation, r.InBatch, r.Samples)
	return err
}
