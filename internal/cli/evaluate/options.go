package evaluate

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/internal/cli/flags"
)

// optionFlag is the flag of a metric's option.
func optionFlag(name string) string { return strings.ReplaceAll(name, "_", "-") }

// bindSettings registers the flags of a metric's options.
func bindSettings(f *pflag.FlagSet, m eval.Metric, o *eval.Options) {
	for _, s := range m.Settings {
		if s.Switch != nil {
			f.BoolVar(s.Switch(o), optionFlag(s.Name), false, s.Help)
		} else {
			f.IntVar(s.Number(o), optionFlag(s.Name), s.Default, s.Help)
		}
	}
}

// checkSettings refuses values that the options of the metric cannot have.
func checkSettings(m eval.Metric, o eval.Options) error {
	for _, s := range m.Settings {
		if s.Number == nil {
			continue
		}
		if got := *s.Number(&o); got < s.Least {
			return flags.Usagef("--%s must be at least %d, got %d", optionFlag(s.Name), s.Least, got)
		}
	}
	return nil
}

// checkNumbers refuses numbers of samples for which the metric has no value, as far as they are known before anything
// is opened.
func (o *metricOptions) checkNumbers(m eval.Metric) error {
	n := o.n
	if o.samples == "" {
		n = cmp.Or(n, m.Samples)
	}
	if err := m.CheckCount(o.own, n, false); err != nil {
		return inFlags(err)
	}
	return inFlags(m.CheckCount(o.own, o.referenceN, true))
}

// inFlags makes usage errors of what package eval refuses, with the flags that decide it.
func inFlags(err error) error {
	var count *eval.CountError
	var unfit *eval.UnfitError
	switch {
	case errors.As(err, &count) && count.Most > 0:
		return flags.Usagef("%s of %d images would take too long; pass -n %d or less, or use sw2", count.Metric,
			count.Count, count.Most)
	case errors.As(err, &count):
		flag := "-n"
		if count.Reference {
			flag = "--reference-n"
		}
		return flags.Usagef("%s of %d samples: it takes %s (--%s); take more (%s)", count.Metric, count.Count,
			count.Takes, optionFlag(count.Setting), flag)
	case errors.As(err, &unfit):
		return flags.Usage(err)
	}
	return err
}

// detailsOf describes a metric, with what it takes of points.
func detailsOf(m eval.Metric) string {
	if m.Classes {
		return m.Details
	}
	return m.Details + " Points are read from files: `amgen eval points` evaluates a run on points or snapshots."
}

// ofPoints tells whether a metric is a usual one of points.
func ofPoints(m eval.Metric) bool { return m.Weighs && m.Each }

// examplesOf has an example for a run, one for samples in files and, where that is usual, one for points.
func examplesOf(m eval.Metric) string {
	command := "  amgen eval " + m.Name
	if m.Labelled {
		return fmt.Sprintf("%s --run runs/digits --class 0-9 --guidance 1 -n %d\n%s --samples digits.npz --features "+
			"lenet-mnist", command, m.Samples, command)
	}
	points := ""
	if ofPoints(m) {
		points = "\n" + command + " --samples half.csv --reference day2.csv"
	}
	files := command + " --samples pictures/"
	if !m.Alone {
		files += " --reference cifar10:test"
	}
	return fmt.Sprintf("%s --run runs/first -n %d --json\n%s%s", command, min(m.Samples, 10000), files, points)
}

// referenceDefault is the number of reference samples in help.
func referenceDefault(m eval.Metric) string {
	if m.Each {
		return "as many as there are samples"
	}
	return "all"
}
