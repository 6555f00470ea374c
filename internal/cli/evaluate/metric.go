package evaluate

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/eval/features"
	"github.com/amgen/amgen/flows/solve"
	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/internal/mistake"
	"github.com/amgen/amgen/run/draw"
)

// metricOptions are the flags of the metrics.
type metricOptions struct {
	flags.RunChoice
	samples    string
	reference  string
	features   string
	mode       string
	weights    string
	n          int
	referenceN int
	own        eval.Options

	batch   int
	solver  string
	set     solve.Settings
	sigma   float64
	seed    int64
	classes flags.Classes
	tiles   []int
	pixels  string // range of --samples
	others  string // range of --reference
	shard   string
	store   string
	json    bool
	flags.Arithmetic
}

// newMetric is the command of one metric.
func newMetric(m eval.Metric, std term.Streams) *cobra.Command {
	o := &metricOptions{}
	cmd := &cobra.Command{
		Use: m.Name, Short: m.Summary, Long: detailsOf(m), Args: cobra.NoArgs,
		Example: examplesOf(m),
		PreRunE: flags.CheckSolver("n", "reference-n", "batch", "steps", "rtol", "atol", "sigma",
			flags.AverageFlag),
		RunE: func(cmd *cobra.Command, _ []string) error { return o.execute(cmd.Context(), m, std) },
	}
	o.bind(cmd.Flags(), m, func(f *pflag.FlagSet) {
		flags.BindJSON(f, &o.json)
		f.StringVar(&o.shard, "shard", "", "`I/N` part of the samples to compute features of, counted from 0, as in "+
			"0/4; `amgen eval merge` combines the parts (default: all)")
		f.StringVar(&o.store, "store", "", "`DIR` directory for the samples' features (default: one in the cache)")
	})
	return cmd
}

// bind registers the flags of a metric, and those that say where its results go.
func (o *metricOptions) bind(f *pflag.FlagSet, m eval.Metric, output func(*pflag.FlagSet)) {
	f.SortFlags = false
	flags.Grouped(f, flags.MainGroup, func(f *pflag.FlagSet) { o.bindMain(f, m) })
	flags.Grouped(f, flags.DataGroup, func(f *pflag.FlagSet) { o.bindData(f, m) })
	flags.Grouped(f, flags.MetricGroup, func(f *pflag.FlagSet) { o.bindMetric(f, m) })
	flags.Grouped(f, flags.SolverGroup, func(f *pflag.FlagSet) {
		flags.BindSolver(f, &o.solver, &o.set, "", flags.SolverHelp(), solve.DefaultTolerance)
		flags.BindSigma(f, &o.sigma)
	})
	flags.Grouped(f, flags.OutputGroup, output)
	flags.Grouped(f, flags.ComputeGroup, func(f *pflag.FlagSet) {
		f.IntVar(&o.batch, "batch", 0, "number of samples to draw at once (default 64); another changes "+
			"rounding, and the steps of an adaptive solver")
		o.Arithmetic.Bind(f)
	})
}

// bindMain registers the flags that say what is compared.
func (o *metricOptions) bindMain(f *pflag.FlagSet, m eval.Metric) {
	o.BindModel(f, "")
	o.RunChoice.Bind(f, "`DIR` run to draw samples from (default: the one in "+flags.RunsDir+
		"/ whose checkpoints changed last)")
	o.BindAverage(f)
	f.StringVar(&o.samples, "samples", "", "`SET` samples to evaluate instead of a run's: a folder of images, a .npz "+
		"or .npy of images or points, a .csv of points (its last time, weighted by a column log_weight), a .png of "+
		"many images, or a data set of images, as mnist:test")
	f.IntVarP(&o.n, "n", "n", 0, fmt.Sprintf("number of samples, taken evenly from all of --samples (default: %d "+
		"from a run, all of --samples)", m.Samples))
	if !m.Alone {
		statistics := ""
		if m.Statistics {
			statistics = ", or a .npz with mu and sigma or pool_3"
		}
		f.StringVar(&o.reference, "reference", "", "`SET` reference set: train or test of the run's data set, "+
			"or anything that --samples takes"+statistics+"; required with --samples (default train)")
		f.IntVar(&o.referenceN, "reference-n", 0, "number of reference samples, taken evenly from all of them "+
			"(default: "+referenceDefault(m)+")")
	}
	f.Int64Var(&o.seed, "seed", 0, "seed of the sampling noise and of the metric's random choices (default 0)")
	o.classes.Bind(f, "")
}

// bindData registers the flags that say how files are read.
func (o *metricOptions) bindData(f *pflag.FlagSet, m eval.Metric) {
	f.IntSliceVar(&o.tiles, "tiles", nil, "`SIZE,GAP,SCALE` layout of a .png of many images, which needs it: size of "+
		"an image, gap between images and zoom factor, as in 28,2,2 (default gap 0, zoom 1)")
	f.StringVar(&o.pixels, samplesRole.rangeFlag()[2:], "", "`LOW,HIGH` values of black and white in the arrays of "+
		"--samples, as in -1,1 or 0,255 (default: inferred; an error if unclear)")
	if !m.Alone {
		f.StringVar(&o.others, referenceRole.rangeFlag()[2:], "", "`LOW,HIGH` values of black and white in the "+
			"arrays of --reference (default: inferred; an error if unclear)")
	}
}

// bindMetric registers the flags of the features and of the metric.
func (o *metricOptions) bindMetric(f *pflag.FlagSet, m eval.Metric) {
	f.StringVar(&o.features, "features", featuresAuto, "`NAME` "+featuresHelp(m))
	f.StringVar(&o.mode, "mode", "", "`NAME` preprocessing for networks that are fetched: "+
		strings.Join(modeNames(), ", ")+" (default "+modeNames()[0]+"; clean for "+features.Lite+")")
	f.StringVar(&o.weights, "weights", "", "`FILE` weights of the feature network (default: fetched on first use)")
	bindSettings(f, m, &o.own)
}

// featuresHelp says which features a metric takes.
func featuresHelp(m eval.Metric) string {
	networks := slices.DeleteFunc(featureNames(), func(name string) bool {
		return name == featuresAuto || name == features.Pixels || name == featuresRaw
	})
	if m.Classes {
		return fmt.Sprintf("classifier: %s (that of the data set, else inception), %s", featuresAuto,
			strings.Join(networks, ", "))
	}
	return fmt.Sprintf("features: %s (%s for points; for images the classifier of the data set, else %s, or %s if the "+
		"reference is a .npz or --mode or --weights is passed), %s, %s (the images themselves), %s (points as they "+
		"are)", featuresAuto, featuresRaw, features.Lite, features.FID, strings.Join(networks, ", "), features.Pixels,
		featuresRaw)
}

// validate checks what the user typed, before anything is loaded, and returns what is to be evaluated.
func (o *metricOptions) validate(m eval.Metric) (e evaluation, part eval.Shard, err error) {
	e = evaluation{metric: m, own: o.own, n: o.n, referenceN: o.referenceN, mode: o.mode, weights: o.weights,
		tiles: o.tiles, others: o.others, seed: o.seed, store: o.store, backend: o.Backend,
		json: o.json}
	if err := o.checkSets(m); err != nil {
		return e, part, err
	}
	if err := o.checkFeatures(m); err != nil {
		return e, part, err
	}
	if o.batch != 0 {
		if err := flags.CheckBatch(o.batch); err != nil {
			return e, part, err
		}
	}
	if part, err = flags.ParseShard(o.shard); err != nil {
		return e, part, err
	}
	if e.ranges, err = parseRanges(o.pixels, o.others); err != nil {
		return e, part, err
	}
	if err := checkSettings(m, o.own); err != nil {
		return e, part, err
	}
	if _, err := o.classes.Guidance(); err != nil {
		return e, part, err
	}
	if err := o.checkNumbers(m); err != nil {
		return e, part, err
	}
	if o.solver != "" {
		if _, err := solve.ByName(o.solver, o.set); err != nil {
			return e, part, flags.Usage(err)
		}
	}
	return e, part, o.Check()
}

// checkSets checks the flags that say what is compared, and how much of it.
func (o *metricOptions) checkSets(m eval.Metric) error {
	switch {
	case o.n < 0:
		return flags.Usagef("-n must be at least 2, got %d", o.n)
	case o.n > draw.MostSamples || o.referenceN > draw.MostSamples:
		return flags.Usagef("-n and --reference-n must be at most %d, got %d", draw.MostSamples,
			max(o.n, o.referenceN))
	case o.samples != "" && o.classes.Given() != "":
		return flags.Usagef("%s is for samples of a run, and --samples are drawn already; leave one of them out",
			o.classes.Given())
	case o.samples != "" && o.Averaged():
		return flags.Usagef("--%s is for samples of a run, and --samples are drawn already; leave one of them out",
			flags.AverageFlag)
	case o.samples != "" && o.sigma != 0:
		return flags.Usagef("--sigma is for samples of a run, and --samples are drawn already; leave one of them out")
	case o.pixels != "" && o.samples == "":
		return flags.Usagef("%s is for --samples from a file; what a run draws is known", samplesRole.rangeFlag())
	case o.n == 1:
		return flags.Usagef("-n must be at least 2, got 1: one sample has no spread")
	case o.referenceN < 0 || o.referenceN == 1:
		return flags.Usagef("--reference-n must be at least 2, got %d", o.referenceN)
	case o.samples != "" && o.Named():
		return flags.Usagef("--samples and --run, or --model, are two sets of samples; pass one of them")
	case o.samples != "" && o.reference == "" && !m.Alone:
		return flags.Usagef("--samples needs a --reference to compare with: a data set as mnist:train, a folder, or " +
			"a file")
	}
	return nil
}

// checkFeatures checks the flags of the features.
func (o *metricOptions) checkFeatures(m eval.Metric) error {
	switch {
	case !slices.Contains(featureNames(), o.features):
		return flags.Usagef("unknown --features %q; choose one of %s%s", o.features, strings.Join(featureNames(), ", "),
			mistake.Meant(o.features, featureNames()))
	case o.mode != "" && !slices.Contains(modeNames(), o.mode):
		return flags.Usagef("unknown --mode %q; choose one of %s", o.mode, strings.Join(modeNames(), ", "))
	case m.Classes && (o.features == features.Pixels || o.features == featuresRaw):
		return flags.Usagef("%s needs a network that classifies; --features %s doesn't", m.Name, o.features)
	}
	return nil
}

// execute computes the metric, or with --shard the features of a part of the samples.
func (o *metricOptions) execute(ctx context.Context, m eval.Metric, std term.Streams) error {
	e, part, err := o.validate(m)
	if err != nil {
		return err
	}
	began := time.Now()
	samples, err := o.openSamples(ctx, e, std)
	if err != nil {
		return err
	}
	defer samples.close()
	at, reference, err := o.openReference(ctx, e, samples, std)
	if err != nil {
		return err
	}
	if e.features, err = e.chosenFeatures(o.features, samples, at.name, reference, std); err != nil {
		return err
	}
	if err := e.numberLabels(ctx, samples.set, samples.from(o.samples)); err != nil {
		return err
	}
	if err := e.match(samples.set, reference); err != nil {
		return err
	}
	if o.shard != "" {
		return e.fillShard(ctx, shardOf{o.shard, part}, samples, at.name, std)
	}
	judge, err := e.judge(ctx, samples, reference, std)
	if err != nil {
		return err
	}
	of, err := judge.Samples(ctx, samples.set)
	if err != nil {
		return err
	}
	if of.Store != nil {
		if of.NFE, err = e.keepRequest(of, samples, at.name, true); err != nil {
			return err
		}
	}
	return e.report(ctx, judge, of, reference, began, std)
}

// openReference finds what the samples are compared with, and opens it: nil for a metric of samples alone. For a shard
// it isn't opened, unless it decides whether the samples are grey.
func (o *metricOptions) openReference(ctx context.Context, e evaluation, samples *sampleSource,
	std term.Streams) (at location, set *eval.Set, err error) {
	if e.metric.Alone {
		return at, nil, nil
	}
	name := cmp.Or(o.reference, string(imaging.Train))
	if at, err = e.findSet(referenceRole, name, e.referenceLimit(samples.set.Count), samples.data); err != nil {
		return at, nil, err
	}
	if o.shard == "" || samples.set.MayBeGrey() {
		set, err = at.open(ctx, std)
	}
	return at, set, err
}
