package cli

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/flows/solve"
	"github.com/amgen/amgen/imaging"
)

// evalOptions are the flags of metrics of samples.
type evalOptions struct {
	runChoice
	samples    string
	reference  string
	features   string
	mode       string
	weights    string
	n          int
	referenceN int
	own        metricOptions

	batch   int
	solver  string
	set     solve.Settings
	seed    int64
	tiles   []int
	pixels  string // range of --samples
	others  string // range of --reference
	ranges  map[role]*pixelRange
	role    role // of the side that is being opened
	shard   string
	part    eval.Shard // of shard
	store   string
	offline bool
	json    bool
	arithmetic
}

// newMetric is the command of one metric.
func newMetric(m metric, std streams) *cobra.Command {
	o := &evalOptions{}
	cmd := &cobra.Command{
		Use: m.name, Short: m.short, Long: m.long, Args: cobra.NoArgs,
		Example: m.examples(),
		PreRunE: solverFlags("n", "reference-n", "batch", "steps", "rtol", "atol"),
		RunE:    func(cmd *cobra.Command, _ []string) error { return o.execute(cmd.Context(), m, std) },
	}
	f := cmd.Flags()
	f.SortFlags = false
	o.runChoice.bind(f, "judge what is drawn by the ")
	f.StringVar(&o.samples, "samples", "", "judge this instead: a folder of images, a .npz or .npy of images or points, a .png of --tiles, a data set as NAME:test")
	if !m.alone {
		f.StringVar(&o.reference, "reference", "", "`WHAT` is compared with: train or test of the run's data set, another as NAME:test, or as --samples; "+
			"for fid also a .npz with mu and sigma or pool_3 (default train)")
	}
	if !m.alone {
		f.IntVar(&o.referenceN, "reference-n", 0, "take `N` of the reference, from all over it (default: "+m.referenceDefault()+")")
	}
	f.StringVar(&o.features, "features", featuresAuto, "`NAME` of what is compared: "+strings.Join(featureNames(), ", "))
	f.StringVar(&o.mode, "mode", "", "preprocessing for inception: "+strings.Join(modeNames(), ", ")+" (default "+modeNames()[0]+")")
	f.StringVar(&o.weights, "weights", "", "`FILE` of the network's weights (default: fetched on first use)")
	f.IntVarP(&o.n, "n", "n", 0, fmt.Sprintf("samples (default: %d from a run, all of --samples; fewer of these are taken from all over them)", m.count))
	f.Int64Var(&o.seed, "seed", 0, "of the run's noise, and of what the metric draws")
	bindSolver(f, &o.solver, &o.set, "", solverChoice(), solve.DefaultTolerance)
	f.IntVar(&o.batch, "batch", 0, "samples solved together (default 64)")
	f.IntSliceVar(&o.tiles, "tiles", nil, "`SIZE,GAP,SCALE` of images in a .png: pixels of a side, between images, and for each pixel of an image")
	f.StringVar(&o.pixels, samplesRole.rangeFlag()[2:], "", "numbers of black and white in the arrays of --samples, as `LOW,HIGH` (default: concluded where they are certain)")
	if !m.alone {
		f.StringVar(&o.others, referenceRole.rangeFlag()[2:], "", "numbers of black and white in the arrays of --reference, as `LOW,HIGH` (default: the same)")
	}
	f.StringVar(&o.shard, "shard", "", "compute the features of part `I/N` of the samples alone, I from 0; `amgen eval merge` does the rest")
	f.StringVar(&o.store, "store", "", "keep the samples' features in `DIR` (default: in the cache)")
	f.BoolVar(&o.offline, "offline", false, "never use the network")
	m.flags(f, &o.own)
	f.BoolVar(&o.json, "json", false, "print one JSON object")
	o.arithmetic.bind(f)
	return cmd
}

// validate checks what the user typed, before anything is loaded.
func (o *evalOptions) validate(m metric) error {
	switch {
	case o.n < 0:
		return usagef("-n must be at least 2, got %d", o.n)
	case o.n > mostSamples || o.referenceN > mostSamples:
		return usagef("-n and --reference-n must be at most %d, got %d", mostSamples, max(o.n, o.referenceN))
	case o.pixels != "" && o.samples == "":
		return usagef("%s is for --samples from a file; what a run draws is known", samplesRole.rangeFlag())
	case o.n == 1:
		return usagef("-n must be at least 2, got 1: one sample has no spread")
	case o.referenceN < 0 || o.referenceN == 1:
		return usagef("--reference-n must be at least 2, got %d", o.referenceN)
	case o.samples != "" && o.run != "":
		return usagef("--samples and --run are two things to judge; pass one")
	case o.samples != "" && o.reference == "" && !m.alone:
		return usagef("--samples needs a --reference to compare with: a data set as mnist:train, a folder, or a file")
	case !slices.Contains(featureNames(), o.features):
		return usagef("unknown --features %q; choose one of %s", o.features, strings.Join(featureNames(), ", "))
	case o.mode != "" && !slices.Contains(modeNames(), o.mode):
		return usagef("unknown --mode %q; choose one of %s", o.mode, strings.Join(modeNames(), ", "))
	case m.logits && (o.features == featuresPixels || o.features == featuresRaw):
		return usagef("%s needs a network that classifies; --features %s doesn't", m.name, o.features)
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
	if err := o.parseRanges(); err != nil {
		return err
	}
	if err := m.check(o.own); err != nil {
		return err
	}
	if err := o.checkNumbers(m); err != nil {
		return err
	}
	if o.solver != "" {
		if _, err := solve.ByName(o.solver, o.set); err != nil {
			return usageError{err}
		}
	}
	return o.check()
}

// execute judges, or computes the features of a shard.
func (o *evalOptions) execute(ctx context.Context, m metric, std streams) error {
	if err := o.validate(m); err != nil {
		return err
	}
	began := time.Now()
	judged, err := o.openSamples(ctx, m, std)
	if err != nil {
		return err
	}
	defer judged.close()
	reference := &side{}
	if !m.alone {
		if reference, err = o.as(referenceRole).openSide(ctx, cmp.Or(o.reference, string(imaging.Train)), cmp.Or(o.referenceN, m.limit(judged.count)), judged.home, std); err != nil {
			return err
		}
	}
	if err := o.settleSides(m, judged, reference); err != nil {
		return err
	}
	j := judge{o: o, metric: m, std: std}
	if judged.drawn != nil {
		j.engine = judged.engine
	} else if j.engine, err = openEngine(o.backend, 1, std); err != nil {
		return err
	} else {
		defer j.engine.Backend.Finalize()
	}
	samples, err := j.featuresOf(ctx, judged.side, o.part)
	if err != nil {
		return err
	}
	about := judged.about(o)
	if samples.store != nil {
		if about.NFE, err = o.keepRequest(m, samples.store, judged, reference); err != nil {
			return err
		}
	}
	if o.shard != "" {
		return o.announceShard(judged.side, samples.store, std)
	}
	compared, err := j.featuresOf(ctx, reference, eval.Shard{})
	if err != nil {
		return err
	}
	report, err := j.report(ctx, samples, compared, about)
	if err != nil {
		return err
	}
	report.Warnings = append(notesOf(judged.side, reference), report.Warnings...)
	report.Seconds = time.Since(began).Seconds()
	return o.record(report, std)
}

// announceShard tells where the features of a shard are.
func (o *evalOptions) announceShard(of *side, store *eval.Store, std streams) error {
	if store == nil {
		return usagef("--shard shares out the work on images, and %s has points; judge them at once", o.samples)
	}
	if of.weights != nil {
		return usagef("--shard takes all samples for equal, and %s has %s; judge them at once", of.name, of.weightedBy)
	}
	for _, note := range notesOf(of) {
		fmt.Fprintf(std.err, "eval: %s\n", note)
	}
	fmt.Fprintf(std.err, "eval: this was shard %s; when all are computed, pass their directories to `amgen eval merge`\n", o.shard)
	return printLine(std.out, store.Dir)
}

// record prints a report; that of a run also goes to a file in its directory.
func (o *evalOptions) record(report Report, std streams) error {
	if report.Samples.Run != "" {
		return recordEval(report.Samples.Run, report.reportName(), report, report.String(), o.json, std)
	}
	if o.json {
		text, err := encodeReport(report)
		if err != nil {
			return err
		}
		return printJSON(std.out, text)
	}
	return printLine(std.out, report.String())
}
