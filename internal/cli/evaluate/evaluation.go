package evaluate

import (
	"cmp"
	"context"
	"time"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/eval/arrayfile"
	"github.com/amgen/amgen/eval/features"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/run"
)

// evaluation is what is to be evaluated: by the flags of a metric, or by the request that shards have left.
type evaluation struct {
	metric     eval.Metric
	own        eval.Options // the metric's
	n          int          // samples that were asked for, 0 for the default
	referenceN int          // likewise of the reference

	features, mode, weights string // the network
	tiles                   []int  // layout of a picture
	others                  string // range of the reference, as it was typed
	ranges                  map[role]*arrayfile.PixelRange
	seed                    int64
	store                   string // directory for the samples' features, "" for one in the cache
	backend                 string
	json                    bool
}

// match refuses sets that the metric can't compare.
func (e evaluation) match(samples, reference *eval.Set) error {
	return inFlags(e.metric.Match(samples, reference, e.own, features.NetworkName(e.features), e.mode))
}

// report compares the samples' features with those of a reference, nil for a metric of samples alone, and records the
// report.
func (e evaluation) report(ctx context.Context, judge eval.Judge, samples *eval.Features, reference *eval.Set,
	began time.Time, std term.Streams) (err error) {
	var others *eval.Features
	if reference != nil {
		if others, err = judge.Reference(ctx, reference); err != nil {
			return err
		}
	}
	report, err := judge.Compare(ctx, samples, others)
	if err != nil {
		return err
	}
	report.Seconds = time.Since(began).Seconds()
	return e.record(report, std)
}

// record prints a report; that of a run also goes to a file in its directory.
func (e evaluation) record(report eval.Report, std term.Streams) error {
	if report.Samples.Run != "" {
		return recordEval(run.Dir(report.Samples.Run), report.Metric, reportName(report), report, report.String(),
			e.json, std)
	}
	if e.json {
		return term.PrintObject(std.Out, commandOf(report.Metric), report)
	}
	return term.PrintLine(std.Out, report.String())
}

// counted is how many samples of a set the user asks for; 0 is any number.
func (e evaluation) counted(r role) int {
	if r == referenceRole {
		return e.referenceN
	}
	return e.n
}

// referenceLimit is how many of the reference are compared with so many samples; 0 is all.
func (e evaluation) referenceLimit(samples int) int {
	if e.metric.Each {
		return cmp.Or(e.referenceN, samples)
	}
	return e.referenceN
}
