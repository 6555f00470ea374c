package eval

import (
	"fmt"
	"slices"
	"strings"
)

// Metric is a way to judge samples by, with what it needs of them. [Metrics] lists all.
type Metric struct {
	Name string
	// Summary is a line, Details tell formula and limits, both for people.
	Summary, Details string
	// Samples are as many as it is usually taken of.
	Samples int
	// Most is how many images it can be taken of in reasonable time; 0 is any number.
	Most int
	// Classes tells that it needs a network that classifies.
	Classes bool
	// Alone tells that samples are compared with nothing.
	Alone bool
	// Statistics tells that a mean and covariance stand for samples.
	Statistics bool
	// Each tells that samples are compared one by one, as a rule with as many of the reference.
	Each bool
	// Weighs tells that samples may have weights.
	Weighs bool
	// Settings are its options.
	Settings []Setting

	needs   func(o Options) (samples, reference need)
	lacks   func(o Options, n int) (takes, setting string) // what n samples are too few for; nil never
	compare func(samples, reference *Features, o Options, seed int64) (finding, error)
}

// finding is what a metric found.
type finding struct {
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
		Name: "fid", Summary: "Fréchet distance of features; the FID, with those of inception", Samples: 50000, Weighs: true, Statistics: true,
		Details: "fid compares mean and covariance of features: ‖μ₁ − μ₂‖² + Tr(Σ₁ + Σ₂ − 2(Σ₁^½ Σ₂ Σ₁^½)^½). Its bias " +
			"depends on the number of\n" +
			"samples: compare values of equal numbers, 50 000 as a rule, or extrapolate to an infinite number.",
		Settings: []Setting{extrapolate}, needs: needFID, compare: compareFID,
	},
	{
		Name: "kid", Summary: "Kernel distance of features, without bias", Samples: 10000, Each: true,
		Details: "kid is the unbiased squared MMD of features with the kernel (x·y/dim + 1)³, the mean over random " +
			"subsets. It may be below 0.",
		Settings: []Setting{subsets, subsetSize}, needs: needClouds, compare: compareKID,
	},
	{
		Name: "is", Summary: "Inception score, of the samples alone", Samples: 50000, Classes: true, Alone: true,
		Details: "is is exp(mean KL(p(y|x) ‖ p(y))) of the classes that the network sees, the mean over splits: from 1 to " +
			"the number of classes.",
		Settings: []Setting{splits}, needs: needClasses, compare: scoreIS,
		lacks: func(o Options, n int) (takes, setting string) {
			if o.Splits > n/2 {
				return fmt.Sprintf("two samples at least for each of %d splits", o.Splits), splits.Name
			}
			return "", ""
		},
	},
	{
		Name: "prdc", Summary: "Precision, recall, density and coverage", Samples: 10000, Each: true,
		Details: "prdc asks whether samples lie among the reference's features and those among the samples': improved " +
			"precision (the value) and\n" +
			"recall with a number of neighbours that can be set, density and coverage with the usual 5.",
		Settings: []Setting{neighbours}, needs: needClouds, compare: comparePRDC,
		lacks: func(o Options, n int) (takes, setting string) {
			if most := max(o.Neighbours, DensityNeighbours); most >= n {
				return fmt.Sprintf("more samples than the %d neighbours of each that it looks at", most), neighbours.Name
			}
			return "", ""
		},
	},
	{
		Name: "mmd", Summary: "Squared maximum mean discrepancy with Gaussian kernels", Samples: 2000, Each: true, Weighs: true,
		Details: "mmd is the unbiased squared MMD of features or points with five Gaussian kernels, of ¼ to 4 times the " +
			"median distance. It may be below 0.",
		needs: needClouds, compare: compareMMD,
	},
	wassersteinMetric(1), wassersteinMetric(2),
	{
		Name: "sw2", Summary: "Sliced Wasserstein distance W₂", Samples: 10000, Each: true, Weighs: true,
		Details:  "sw2 is the root mean square of W₂ along random directions: of features, or of points.",
		Settings: []Setting{projections}, needs: needClouds, compare: compareSliced,
	},
	{
		Name: "balance", Summary: "How evenly the samples have the reference's classes", Samples: 10000, Classes: true, Each: true,
		Details: "balance is the total variation between the shares of classes that a network sees in the samples and in " +
			"the reference: 0 where they\n" +
			"are equal, 1 where they have no class in common.",
		needs: needClasses, compare: compareBalance,
	},
}

// wassersteinMetric is the exact distance of an order.
func wassersteinMetric(order int) Metric {
	name := fmt.Sprintf("w%d", order)
	return Metric{
		Name: name, Summary: fmt.Sprintf("Exact Wasserstein distance W%d", order),
		Samples: 1000, Most: MostExact, Each: true, Weighs: true,
		Details: fmt.Sprintf("%s is the exact Wasserstein distance of order %d between features or points, by optimal "+
			"assignment. It takes a second for\n"+
			"2000 of each, a minute for 10 000, and is refused beyond %d.", name, order, MostExact),
		needs: needClouds,
		compare: func(samples, reference *Features, _ Options, _ int64) (f finding, err error) {
			f.Value, err = Wasserstein(float64(order), samples.cloud, reference.cloud)
			return f, err
		},
	}
}

// Metrics lists all metrics.
func Metrics() []Metric { return slices.Clone(metrics) }

// MetricByName is the metric called name: "fid", "kid", "is", "prdc", "mmd", "w1", "w2", "sw2" or "balance".
func MetricByName(name string) (Metric, error) {
	i := slices.IndexFunc(metrics, func(m Metric) bool { return m.Name == name })
	if i < 0 {
		return Metric{}, fmt.Errorf("eval: unknown metric %q; known are %s", name, namesOf(func(Metric) bool { return true }))
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
