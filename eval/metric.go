package eval

import (
	"fmt"
	"slices"
	"strings"
)

// Metric is a metric of samples, with what it needs of them. [Metrics] lists all.
type Metric struct {
	Name string
	// Summary is a line for people. Details have the formula and the limits.
	Summary, Details string
	// ValueName is the part that is the value of a report, where there are several of equal rank.
	ValueName string
	// Samples is the usual number of samples.
	Samples int
	// Most is the number of images that take reasonable time; 0 is any number.
	Most int
	// Classes is set if the metric needs a network that classifies.
	Classes bool
	// Labelled is set if the metric needs the classes that samples are meant to be of, [Set].Labels.
	Labelled bool
	// Alone is set if the metric needs no reference.
	Alone bool
	// Statistics is set if a mean and a covariance can stand for samples.
	Statistics bool
	// Each is set if samples are compared one by one, usually with as many of the reference.
	Each bool
	// Weighs is set if samples may have weights.
	Weighs bool
	// Settings are the options of the metric.
	Settings []Setting

	needs   func(o Options) (samples, reference need)
	lacks   func(o Options, n int) (takes, setting string) // what n samples are too few for; nil never
	compare func(samples, reference *Features, o Options, seed int64) (outcome, error)
}

// outcome is what a metric computed.
type outcome struct {
	Estimate
	parts map[string]float64
}

// needClouds is that all features of both are compared.
func needClouds(Options) (samples, reference need) { return need{cloud: true}, need{cloud: true} }

func needClasses(Options) (samples, reference need) { return need{classes: true}, need{classes: true} }

// fidErrorSamples are enough to know the error of a FID to two per cent.
const fidErrorSamples = 2000

func needFID(o Options) (samples, reference need) {
	if o.Extrapolate {
		return need{cloud: true}, need{gaussian: true}
	}
	return need{gaussian: true, some: fidErrorSamples}, need{gaussian: true}
}

// metrics is the registry.
var metrics = []Metric{
	{
		Name: "fid", Summary: "Compute the Fréchet distance of features, such as the FID",
		Samples: 50000, Weighs: true, Statistics: true,
		Details: "Compute ‖μ₁ − μ₂‖² + Tr(Σ₁ + Σ₂ − 2(Σ₁^½ Σ₂ Σ₁^½)^½), with μ and Σ the mean and the covariance of " +
			"features. The distance is biased by the number of samples: compare values of equal numbers, usually " +
			"50000, or extrapolate.",
		Settings: []Setting{extrapolate}, needs: needFID, compare: compareFID,
	},
	{
		Name: "kid", Summary: "Compute the unbiased kernel distance of features", Samples: 10000, Each: true,
		Details: "Compute the unbiased squared MMD of features with the kernel (x·y/dim + 1)³, as a mean over random " +
			"subsets. It may be below 0.",
		Settings: []Setting{subsets, subsetSize}, needs: needClouds, compare: compareKID,
	},
	{
		Name: "is", Summary: "Compute the inception score, which needs no reference",
		Samples: 50000, Classes: true, Alone: true,
		Details: "Compute exp(mean KL(p(y|x) ‖ p(y))) for the classes y that the network predicts, as a mean over " +
			"splits. It is between 1 and the number of classes.",
		Settings: []Setting{splits}, needs: needClasses, compare: scoreIS,
		lacks: func(o Options, n int) (takes, setting string) {
			if o.Splits > n/2 {
				return fmt.Sprintf("two samples at least for each of %d splits", o.Splits), splits.Name
			}
			return "", ""
		},
	},
	{
		Name: "prdc", Summary: "Compute precision, recall, density and coverage",
		Samples: 10000, Each: true, ValueName: "precision",
		Details: "Compute improved precision and recall, with a given number of neighbours, and density and " +
			"coverage, with the usual 5. Precision is the share of samples near features of the reference, recall " +
			"the share of the reference near features of samples. The value is the precision.",
		Settings: []Setting{neighbours}, needs: needClouds, compare: comparePRDC,
		lacks: func(o Options, n int) (takes, setting string) {
			if most := max(o.Neighbours, DensityNeighbours); most >= n {
				return fmt.Sprintf("more samples than the %d neighbours of each that it uses", most), neighbours.Name
			}
			return "", ""
		},
	},
	{
		Name: "mmd", Summary: "Compute the squared maximum mean discrepancy with Gaussian kernels",
		Samples: 2000, Each: true, Weighs: true,
		Details: "Compute the unbiased squared maximum mean discrepancy (MMD²) of features or points with five " +
			"Gaussian kernels, of bandwidths from ¼ to 4 times the median distance within samples and reference " +
			"together. It may be below 0.",
		needs: needClouds, compare: compareMMD,
	},
	wassersteinMetric(1, "W₁"), wassersteinMetric(2, "W₂"),
	{
		Name: "sw2", Summary: "Compute the sliced Wasserstein distance of order 2",
		Samples: 10000, Each: true, Weighs: true,
		Details: "Compute the sliced Wasserstein distance of order 2: the root mean square of W₂ between " +
			"projections of features or points onto random directions.",
		Settings: []Setting{projections}, needs: needClouds, compare: compareSliced,
	},
	{
		Name: "balance", Summary: "Compare the shares of classes in the samples and the reference",
		Samples: 10000, Classes: true, Each: true,
		Details: "Classify samples and reference, and compute the total variation distance between the two class " +
			"distributions: 0 if they are equal, 1 if they have no class in common. The report also has their " +
			"Kullback–Leibler divergence, and the number of classes that are missing among the samples.",
		needs: needClasses, compare: compareBalance,
	},
	{
		Name: "accuracy", Summary: "Compute the share of samples that are of the class asked for",
		Samples: 1000, Classes: true, Labelled: true, Alone: true,
		Details: "Compute the share of samples that a classifier takes for the class that they are meant to be of. " +
			"Its standard error is that of independent samples. The classifier errs too: for test images of MNIST " +
			"its share is 0.993, for those of Fashion-MNIST 0.914.",
		needs: needClasses, compare: compareAccuracy,
	},
}

// wassersteinMetric is the exact distance of an order, which mathematics writes as symbol.
func wassersteinMetric(order int, symbol string) Metric {
	name := fmt.Sprintf("w%d", order)
	return Metric{
		Name: name, Summary: "Compute the exact Wasserstein distance " + symbol,
		Samples: 1000, Most: MostExact, Each: true, Weighs: true,
		Details: fmt.Sprintf("Compute the exact Wasserstein distance %s between features or points, by optimal "+
			"assignment. 2000 samples take about a second, 10000 a minute; more than %d are refused.", symbol,
			MostExact),
		needs: needClouds,
		compare: func(samples, reference *Features, _ Options, _ int64) (f outcome, err error) {
			f.Value, err = Wasserstein(float64(order), samples.cloud, reference.cloud)
			return f, err
		},
	}
}

// Metrics lists all metrics.
func Metrics() []Metric { return slices.Clone(metrics) }

// MetricByName is the metric called name: "fid", "kid", "is", "prdc", "mmd", "w1", "w2", "sw2", "balance"
// or "accuracy".
func MetricByName(name string) (Metric, error) {
	i := slices.IndexFunc(metrics, func(m Metric) bool { return m.Name == name })
	if i < 0 {
		return Metric{}, fmt.Errorf("eval: unknown metric %q (known: %s)", name,
			namesOf(func(Metric) bool { return true }))
	}
	return metrics[i], nil
}

// namesOf lists the metrics that meet a condition.
func namesOf(meets func(Metric) bool) string {
	var names []string
	for _, m := range metrics {
		if meets(m) {
			names = append(names, m.Name)
		}
	}
	return strings.Join(names, ", ")
}

// CheckCount returns a [CountError] where the metric can tell nothing of n samples, or of a reference of n; 0 is a
// number that isn't known.
func (m Metric) CheckCount(o Options, n int, reference bool) error {
	o, err := m.resolve(o)
	if err != nil || m.lacks == nil || n == 0 {
		return err
	}
	if takes, setting := m.lacks(o, n); takes != "" {
		return &CountError{Metric: m.Name, Count: n, Reference: reference, Takes: takes, Setting: setting}
	}
	return nil
}
