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
	"github.com/amgen/amgen/eval/arrayfile"
	"github.com/amgen/amgen/eval/features"
	"github.com/amgen/amgen/flows/solve"
	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/term"
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
	seed    int64
	tiles   []int
	pixels  string // range of --samples
	others  string // range of --reference
	ranges  map[role]*arrayfile.PixelRange
	shard   string
	part    eval.Shard // of shard
	store   string
	offline bool
	json    bool
	flags.Arithmetic
}

// newMetric is the command of one metric.
func newMetric(m eval.Metric, std term.Streams) *cobra.Command {
	o := &metricOptions{}
	cmd := &cobra.Command{
		Use: m.Name, Short: m.Summary, Long: m.Details, Args: cobra.NoArgs,
		Example: examplesOf(m),
		PreRunE: flags.CheckSolver("n", "reference-n", "batch", "steps", "rtol", "atol"),
		RunE:    func(cmd *cobra.Command, _ []string) error { return o.execute(cmd.Context(), m, std) },
	}
	f := cmd.Flags()
	f.SortFlags = false
	flags.Grouped(f, flags.MainGroup, func(f *pflag.FlagSet) { o.bindMain(f, m) })
	flags.Grouped(f, flags.DataGroup, func(f *pflag.FlagSet) { o.bindData(f, m) })
	flags.Grouped(f, flags.MetricGroup, func(f *pflag.FlagSet) { o.bindMetric(f, m) })
	flags.Grouped(f, flags.SolverGroup, func(f *pflag.FlagSet) {
		flags.BindSolver(f, &o.solver, &o.set, "", flags.SolverHelp(), solve.DefaultTolerance)
	})
	flags.Grouped(f, flags.OutputGroup, func(f *pflag.FlagSet) {
		f.BoolVar(&o.json, "json", false, flags.JSONHelp)
		f.StringVar(&o.shard, "shard", "", "`I/N` part of the samples to compute features of, counted from 0, as in "+
			"0/4; `amgen eval merge` combines the parts (default: all)")
		f.StringVar(&o.store, "store", "", "`DIR` directory for the samples' features (default: one in the cache)")
	})
	flags.Grouped(f, flags.ComputeGroup, func(f *pflag.FlagSet) {
		f.IntVar(&o.batch, "batch", 0, "number of samples solved together (default 64)")
		o.Arithmetic.Bind(f)
		f.BoolVar(&o.offline, "offline", false, flags.OfflineHelp)
	})
	return cmd
}

// bindMain registers the flags that say what is compared.
func (o *metricOptions) bindMain(f *pflag.FlagSet, m eval.Metric) {
	o.RunChoice.Bind(f, "`DIR` run to draw samples from (default: the newest below "+flags.RunsDir+"/)")
	f.StringVar(&o.samples, "samples", "", "`SET` samples to evaluate instead of a run's: a folder of images, a .npz "+
		"or .npy of images or points, a .csv of points, a .png of --tiles, a data set as NAME:test")
	f.IntVarP(&o.n, "n", "n", 0, fmt.Sprintf("number of samples, spread over all of --samples (default: %d from a "+
		"run, all of --samples)", m.Samples))
	if !m.Alone {
		f.StringVar(&o.reference, "reference", "", "`SET` reference set: train or test of the run's data set, "+
			"another data set as NAME:test, or anything that --samples takes; for fid also a .npz with mu and sigma "+
			"or pool_3 (default train)")
		f.IntVar(&o.referenceN, "reference-n", 0, "number of reference samples, spread over all of them (default: "+
			referenceDefault(m)+")")
	}
	f.Int64Var(&o.seed, "seed", 0, "seed of the run's noise, and of the metric's random choices (default 0)")
}

// bindData registers the flags that say how files are read.
func (o *metricOptions) bindData(f *pflag.FlagSet, m eval.Metric) {
	f.IntSliceVar(&o.tiles, "tiles", nil, "`SIZE,GAP,SCALE` layout of the images in a .png: pixels along an edge, "+
		"between images, and per pixel of an image")
	f.StringVar(&o.pixels, samplesRole.rangeFlag()[2:], "", "`LOW,HIGH` values of black and white in the arrays of "+
		"--samples (default: inferred if they are certain)")
	if !m.Alone {
		f.StringVar(&o.others, referenceRole.rangeFlag()[2:], "", "`LOW,HIGH` values of black and white in the "+
			"arrays of --reference (default: inferred if they are certain)")
	}
}

// bindMetric registers the flags of the features and of the metric.
func (o *metricOptions) bindMetric(f *pflag.FlagSet, m eval.Metric) {
	f.StringVar(&o.features, "features", featuresAuto, "`NAME` features to compare: "+strings.Join(featureNames(),
		", "))
	f.StringVar(&o.mode, "mode", "", "`NAME` preprocessing for inception: "+strings.Join(modeNames(), ", ")+
		" (default "+modeNames()[0]+")")
	f.StringVar(&o.weights, "weights", "", "`FILE` weights of the feature network (default: fetched on first use)")
	bindSettings(f, m, &o.own)
}

// validate checks what the user typed, before anything is loaded.
func (o *metricOptions) validate(m eval.Metric) error {
	switch {
	case o.n < 0:
		return flags.Usagef("-n must be at least 2, got %d", o.n)
	case o.n > draw.MostSamples || o.referenceN > draw.MostSamples:
		return flags.Usagef("-n and --reference-n must be at most %d, got %d", draw.MostSamples, max(o.n, o.referenceN))
	case o.pixels != "" && o.samples == "":
		return flags.Usagef("%s is for --samples from a file; what a run draws is known", samplesRole.rangeFlag())
	case o.n == 1:
		return flags.Usagef("-n must be at least 2, got 1: one sample has no spread")
	case o.referenceN < 0 || o.referenceN == 1:
		return flags.Usagef("--reference-n must be at least 2, got %d", o.referenceN)
	case o.samples != "" && o.Run != "":
		return flags.Usagef("--samples and --run are two sets of samples; pass one of them")
	case o.samples != "" && o.reference == "" && !m.Alone:
		return flags.Usagef("--samples needs a --reference to compare with: a data set as mnist:train, a folder, or a file")
	case !slices.Contains(featureNames(), o.features):
		return flags.Usagef("unknown --features %q; choose one of %s", o.features, strings.Join(featureNames(), ", "))
	case o.mode != "" && !slices.Contains(modeNames(), o.mode):
		return flags.Usagef("unknown --mode %q; choose one of %s", o.mode, strings.Join(modeNames(), ", "))
	case m.Classes && (o.features == features.Pixels || o.features == featuresRaw):
		return flags.Usagef("%s needs a network that classifies; --features %s doesn't", m.Name, o.features)
	}
	if o.batch != 0 {
		if err := flags.CheckBatch(o.batch); err != nil {
			return err
		}
	}
	var err error
	if o.part, err = flags.ParseShard(o.shard); err != nil {
		return err
	}
	if err := o.parseRanges(); err != nil {
		return err
	}
	if err := checkSettings(m, o.own); err != nil {
		return err
	}
	if err := o.checkNumbers(m); err != nil {
		return err
	}
	if o.solver != "" {
		if _, err := solve.ByName(o.solver, o.set); err != nil {
			return flags.Usage(err)
		}
	}
	return o.Check()
}

// execute computes the metric, or with --shard the features of a part of the samples.
func (o *metricOptions) execute(ctx context.Context, m eval.Metric, std term.Streams) error {
	if err := o.validate(m); err != nil {
		return err
	}
	began := time.Now()
	samples, err := o.openSamples(ctx, m, std)
	if err != nil {
		return err
	}
	defer samples.close()
	at, reference, err := o.openReference(ctx, m, samples, std)
	if err != nil {
		return err
	}
	if err := o.resolveFeatures(samples, at.name, reference); err != nil {
		return err
	}
	if err := m.Match(samples.set, reference, o.own, features.NetworkName(o.features), o.mode); err != nil {
		return inFlags(err)
	}
	if o.shard != "" {
		return o.fillShard(ctx, m, samples, at.name, std)
	}
	judge, err := o.judge(ctx, m, samples, reference, std)
	if err != nil {
		return err
	}
	of, err := judge.Samples(ctx, samples.set)
	if err != nil {
		return err
	}
	if of.Store != nil {
		if of.NFE, err = o.keepRequest(m, of, samples, at.name); err != nil {
			return err
		}
	}
	report, err := compareWith(ctx, judge, of, reference)
	if err != nil {
		return err
	}
	report.Seconds = time.Since(began).Seconds()
	return o.record(report, std)
}

// openReference finds what the samples are compared with, and opens it: nil for a metric of samples alone. For a shard
// it isn't opened, unless it decides whether the samples are grey.
func (o *metricOptions) openReference(ctx context.Context, m eval.Metric, samples *sampleSource,
	std term.Streams) (at location, set *eval.Set, err error) {
	if m.Alone {
		return at, nil, nil
	}
	name := cmp.Or(o.reference, string(imaging.Train))
	if at, err = o.findSet(referenceRole, name, o.referenceLimit(m, samples.set.Count), samples.data); err != nil {
		return at, nil, err
	}
	if o.shard == "" || samples.set.MayBeGrey() {
		set, err = at.open(ctx, std)
	}
	return at, set, err
}

// compareWith compares the samples' features with those of a reference; nil for a metric of samples alone.
func compareWith(ctx context.Context, judge eval.Judge, samples *eval.Features, reference *eval.Set) (
	r eval.Report, err error) {
	if reference == nil {
		return judge.Compare(ctx, samples, nil)
	}
	features, err := judge.Reference(ctx, reference)
	if err != nil {
		return r, err
	}
	return judge.Compare(ctx, samples, features)
}

// record prints a report; that of a run also goes to a file in its directory.
func (o *metricOptions) record(report eval.Report, std term.Streams) error {
	if report.Samples.Run != "" {
		return recordEval(report.Samples.Run, reportName(report), report, report.String(), o.json, std)
	}
	if o.json {
		text, err := encodeReport(report)
		if err != nil {
			return err
		}
		return term.PrintJSON(std.Out, text)
	}
	return term.PrintLine(std.Out, report.String())
}
