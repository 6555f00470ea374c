package cli

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/spf13/pflag"

	"github.com/amgen/amgen/eval"
)

// metric is a way to judge samples by.
type metric struct {
	name, short, long string
	count             int  // of a run's samples, unless the user wants others
	most              int  // that can be judged by features; 0 is any number
	logits            bool // it needs a network that classifies
	alone             bool // it compares with nothing
	each              bool // it compares features one by one, and so takes as many of the reference as of the samples
	weighs            bool // it takes samples by their weights
	flags             func(f *pflag.FlagSet, o *metricOptions)
	lacks             func(o metricOptions, n int) string  // what n samples are too few for, "" where they aren't; nil never
	options           func(o metricOptions) map[string]any // that make a difference to the value
	compute           func(samples, reference featured, o metricOptions, seed int64) (finding, error)
}

// finding is what a metric found.
type finding struct {
	eval.Estimate
	parts map[string]float64
}

// metricOptions are the flags of single metrics.
type metricOptions struct {
	Extrapolate bool `json:"extrapolate,omitempty"`
	Subsets     int  `json:"subsets,omitempty"`
	SubsetSize  int  `json:"subset_size,omitempty"`
	Splits      int  `json:"splits,omitempty"`
	Neighbours  int  `json:"neighbours,omitempty"`
	Projections int  `json:"projections,omitempty"`
}

// check refuses values that the flags of the metric cannot have.
func (m metric) check(o metricOptions) error {
	own := pflag.NewFlagSet(m.name, pflag.ContinueOnError)
	m.flags(own, &metricOptions{})
	for _, f := range []struct {
		name       string
		got, least int
	}{{"subsets", o.Subsets, 1}, {"subset-size", o.SubsetSize, 2}, {"splits", o.Splits, 1}, {"neighbours", o.Neighbours, 1},
		{"projections", o.Projections, 1}} {
		if own.Lookup(f.name) != nil && f.got < f.least {
			return usagef("--%s must be at least %d, got %d", f.name, f.least, f.got)
		}
	}
	return nil
}

// enough refuses n samples, of which flag sets the number, where the metric can tell nothing of so few; 0 is a number that isn't known.
func (m metric) enough(flag string, n int, o metricOptions) error {
	if m.lacks == nil || n == 0 {
		return nil
	}
	if why := m.lacks(o, n); why != "" {
		return usagef("%s of %d samples: it takes %s; take more (%s)", m.name, n, why, flag)
	}
	return nil
}

// checkNumbers is enough for the numbers of samples that are known before anything is opened.
func (o *evalOptions) checkNumbers(m metric) error {
	n := o.n
	if o.samples == "" {
		n = cmp.Or(n, m.count)
	}
	if err := m.enough("-n", n, o.own); err != nil {
		return err
	}
	return m.enough("--reference-n", o.referenceN, o.own)
}

// metrics judge images or points; the registry of `amgen eval`.
var metrics = []metric{
	{
		name: "fid", short: "Fréchet distance of features; the FID, with --features inception", count: 50000, weighs: true,
		long: "fid compares mean and covariance of features: ‖μ₁ − μ₂‖² + Tr(Σ₁ + Σ₂ − 2(Σ₁^½ Σ₂ Σ₁^½)^½). Its bias depends on the number of\n" +
			"samples: compare values of equal numbers, 50 000 as a rule, or extrapolate to an infinite number.",
		flags: func(f *pflag.FlagSet, o *metricOptions) {
			f.BoolVar(&o.Extrapolate, "extrapolate", false, "the value for an infinite number of samples, by a line through those of subsets over 1/n")
		},
		options: func(o metricOptions) map[string]any { return map[string]any{"extrapolate": o.Extrapolate} },
		compute: computeFID,
	},
	{
		name: "kid", short: "Kernel distance of features, without bias", count: 10000, each: true,
		long: "kid is the unbiased squared MMD of features with the kernel (x·y/dim + 1)³, the mean over random subsets. It may be below 0.",
		flags: func(f *pflag.FlagSet, o *metricOptions) {
			f.IntVar(&o.Subsets, "subsets", 100, "random subsets")
			f.IntVar(&o.SubsetSize, "subset-size", 1000, "samples of a subset, or all where there are fewer")
		},
		options: func(o metricOptions) map[string]any {
			return map[string]any{"subsets": o.Subsets, "subset_size": o.SubsetSize}
		},
		compute: computeKID,
	},
	{
		name: "is", short: "Inception score, of the samples alone", count: 50000, logits: true, alone: true,
		long: "is is exp(mean KL(p(y|x) ‖ p(y))) of the classes that the network sees, the mean over splits: from 1 to the number of classes.",
		flags: func(f *pflag.FlagSet, o *metricOptions) {
			f.IntVar(&o.Splits, "splits", 10, "parts of the samples, whose spread is the error")
		},
		lacks: func(o metricOptions, n int) string {
			if o.Splits > n/2 {
				return fmt.Sprintf("two samples at least for each of --splits %d", o.Splits)
			}
			return ""
		},
		options: func(o metricOptions) map[string]any { return map[string]any{"splits": o.Splits} },
		compute: computeIS,
	},
	{
		name: "prdc", short: "Precision, recall, density and coverage", count: 10000, each: true,
		long: "prdc asks whether samples lie among the reference's features and those among the samples': improved precision (the value) and\n" +
			"recall with --neighbours, density and coverage with the usual 5.",
		flags: func(f *pflag.FlagSet, o *metricOptions) {
			f.IntVar(&o.Neighbours, "neighbours", 3, "of precision and recall")
		},
		lacks: func(o metricOptions, n int) string {
			if most := max(o.Neighbours, eval.DensityNeighbours); most >= n {
				return fmt.Sprintf("more samples than the %d neighbours of each that it looks at (--neighbours %d)", most, o.Neighbours)
			}
			return ""
		},
		options: func(o metricOptions) map[string]any { return map[string]any{"neighbours": o.Neighbours} },
		compute: computePRDC,
	},
	{
		name: "mmd", short: "Squared maximum mean discrepancy with Gaussian kernels", count: 2000, each: true, weighs: true,
		long:  "mmd is the unbiased squared MMD of features or points with five Gaussian kernels, of ¼ to 4 times the median distance. It may be below 0.",
		flags: noFlags, options: noOptions,
		compute: computeMMD,
	},
	wasserstein(1), wasserstein(2),
	{
		name: "sw2", short: "Sliced Wasserstein distance W₂", count: 10000, each: true, weighs: true,
		long: "sw2 is the root mean square of W₂ along random directions: of features, or of points.",
		flags: func(f *pflag.FlagSet, o *metricOptions) {
			f.IntVar(&o.Projections, "projections", 500, "random directions")
		},
		options: func(o metricOptions) map[string]any { return map[string]any{"projections": o.Projections} },
		compute: computeSliced,
	},
	{
		name: "balance", short: "How evenly the samples have the reference's classes", count: 10000, logits: true, each: true,
		long: "balance is the total variation between the shares of classes that a network sees in the samples and in the reference: 0 where they\n" +
			"are equal, 1 where they have no class in common.",
		flags: noFlags, options: noOptions, compute: computeBalance,
	},
}

func noFlags(*pflag.FlagSet, *metricOptions) {}
func noOptions(metricOptions) map[string]any { return nil }

// wasserstein is the exact distance of an order.
func wasserstein(order int) metric {
	name := fmt.Sprintf("w%d", order)
	return metric{
		name: name, short: fmt.Sprintf("Exact Wasserstein distance W%d", order), count: 1000, most: eval.MostExact, each: true, weighs: true,
		long: fmt.Sprintf("%s is the exact Wasserstein distance of order %d between features or points, by optimal assignment. It takes a second for\n"+
			"2000 of each, a minute for 10 000, and is refused beyond %d.", name, order, eval.MostExact),
		flags: noFlags, options: noOptions,
		compute: func(samples, reference featured, _ metricOptions, _ int64) (finding, error) {
			return betweenClouds(samples, reference, func(a, b eval.Cloud) (eval.Estimate, error) {
				value, err := eval.Wasserstein(float64(order), a, b)
				return eval.Estimate{Value: value}, err
			})
		},
	}
}

func metricNamed(name string) (metric, error) {
	i := slices.IndexFunc(metrics, func(m metric) bool { return m.name == name })
	if i < 0 {
		return metric{}, fmt.Errorf("unknown metric %q; this amgen has no such one", name)
	}
	return metrics[i], nil
}

// admits refuses more images than the metric can judge, and fewer, before their features are computed.
func (m metric) admits(samples, reference *side, o metricOptions) error {
	if err := m.enough("-n", samples.count, o); err != nil {
		return err
	}
	if err := m.enough("--reference-n", reference.count, o); err != nil && reference.gaussian == nil {
		return err
	}
	if n := max(samples.count, reference.count); m.most > 0 && samples.images != nil && n > m.most {
		return usagef("%s of %d images would take too long; pass -n %d or less, or use sw2", m.name, n, m.most)
	}
	return nil
}

// examples judge a run, and samples that are there.
func (m metric) examples() string {
	command := "  amgen eval " + m.name
	judged := command + " --samples pictures/"
	if !m.alone {
		judged += " --reference cifar10:test"
	}
	return fmt.Sprintf("%s --run runs/first -n %d --json\n%s", command, min(m.count, 10000), judged)
}

// limit is how many of the reference are compared with so many samples; 0 is all.
func (m metric) limit(samples int) int {
	if m.each {
		return samples
	}
	return 0
}

func (m metric) referenceDefault() string {
	if m.each {
		return "as many as there are samples"
	}
	return "all"
}

func betweenClouds(samples, reference featured, compare func(a, b eval.Cloud) (eval.Estimate, error)) (f finding, err error) {
	a, err := samples.Cloud()
	if err != nil {
		return f, err
	}
	b, err := reference.Cloud()
	if err != nil {
		return f, err
	}
	f.Estimate, err = compare(a, b)
	return f, err
}

func computeFID(samples, reference featured, o metricOptions, seed int64) (f finding, err error) {
	b, err := reference.Gaussian()
	if err != nil {
		return f, err
	}
	if o.Extrapolate {
		a, err := samples.Cloud()
		if err != nil {
			return f, err
		}
		limit, err := eval.FrechetLimit{Seed: uint64(seed)}.Between(a, b)
		if err != nil {
			return f, err
		}
		f.Estimate, f.parts = limit.Estimate, map[string]float64{"of_all": limit.Distances[len(limit.Distances)-1], "slope": limit.Slope}
		return f, nil
	}
	a, err := samples.Gaussian()
	if err != nil {
		return f, err
	}
	some, err := samples.Some(fidErrorSamples)
	if err != nil {
		return f, err
	}
	if some.Len() == 0 {
		f.Estimate, err = eval.Frechet(a, b)
		return f, err
	}
	f.Estimate, err = eval.FrechetWithError(a, b, some)
	return f, err
}

// fidErrorSamples are enough to know the error of a FID to two per cent.
const fidErrorSamples = 2000

func computeKID(samples, reference featured, o metricOptions, seed int64) (finding, error) {
	size := min(o.SubsetSize, samples.count, reference.count)
	return betweenClouds(samples, reference, eval.KID{Subsets: o.Subsets, Size: size, Seed: uint64(seed)}.Between)
}

func computeIS(samples, _ featured, o metricOptions, _ int64) (f finding, err error) {
	p, classes, err := samples.Probabilities()
	if err != nil {
		return f, err
	}
	score, err := eval.InceptionScore(p, classes, o.Splits)
	f.Estimate, f.parts = score.Estimate, map[string]float64{"deviation": score.Deviation}
	return f, err
}

func computePRDC(samples, reference featured, o metricOptions, _ int64) (finding, error) {
	var m eval.Manifolds
	f, err := betweenClouds(samples, reference, func(a, b eval.Cloud) (_ eval.Estimate, err error) {
		m, err = eval.PRDC{Neighbours: o.Neighbours}.Between(a, b)
		return m.Precision, err
	})
	f.parts = map[string]float64{}
	for name, e := range map[string]eval.Estimate{"precision": m.Precision, "recall": m.Recall, "density": m.Density, "coverage": m.Coverage} {
		f.parts[name] = e.Value
		if e.StdErr != nil {
			f.parts[name+stderrSuffix] = *e.StdErr
		}
	}
	return f, err
}

func computeMMD(samples, reference featured, _ metricOptions, _ int64) (finding, error) {
	return betweenClouds(samples, reference, eval.MMD{}.Between)
}

func computeSliced(samples, reference featured, o metricOptions, seed int64) (finding, error) {
	return betweenClouds(samples, reference, eval.Sliced{Order: 2, Projections: o.Projections, Seed: uint64(seed)}.Between)
}

func computeBalance(samples, reference featured, _ metricOptions, _ int64) (f finding, err error) {
	a, err := samples.ClassCounts()
	if err != nil {
		return f, err
	}
	b, err := reference.ClassCounts()
	if err != nil {
		return f, err
	}
	balance, err := eval.CompareClasses(a, b)
	if err != nil {
		return f, err
	}
	f.Estimate = balance.TotalVariation
	f.parts = map[string]float64{"divergence": balance.Divergence.Value, "missing": float64(len(balance.Missing))}
	return f, nil
}
