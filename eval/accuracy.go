package eval

import (
	"fmt"
	"math"

	"github.com/amgen/amgen/flows"
)

// ClassAccuracy is the share of samples that a classifier takes for what they are meant to be.
type ClassAccuracy struct {
	// Estimate has the standard error of a share of independent samples. It takes half a sample more to either side
	// (Jeffreys' prior), so that it isn't 0 where all are right. Errors of the classifier itself aren't in it.
	Estimate
	// Lowest is the class with the lowest share, the first of several; LowestShare is that share.
	Lowest      int     `json:"lowest"`
	LowestShare float64 `json:"lowest_share"`
}

// Accuracy compares the labels of samples, one each, with the classes that rows of scores (probabilities or logits)
// are highest in; of equal scores the first counts. A label that is no class, part of a row, a NaN and fewer than two
// classes are errors.
func Accuracy[T float32 | float64](scores []T, classes int, labels []int32) (ClassAccuracy, error) {
	found, err := highest(scores, classes)
	if err != nil {
		return ClassAccuracy{}, err
	}
	if len(labels) != len(found) {
		return ClassAccuracy{}, fmt.Errorf("eval: %d labels of %d samples; give one each", len(labels), len(found))
	}
	right, of, all := make([]int, classes), make([]int, classes), 0
	for i, label := range labels {
		if label < 0 || int(label) >= classes {
			return ClassAccuracy{}, fmt.Errorf("eval: sample %d has label %d; give one from 0 to %d", i, label,
				classes-1)
		}
		of[label]++
		if found[i] == int(label) {
			right[label]++
			all++
		}
	}
	a := ClassAccuracy{LowestShare: math.Inf(1)}
	for k, n := range of {
		if share := float64(right[k]) / float64(n); n > 0 && share < a.LowestShare {
			a.Lowest, a.LowestShare = k, share
		}
	}
	n := float64(len(labels))
	a.Value = float64(all) / n
	likely := (float64(all) + 0.5) / (n + 1)
	a.StdErr = finite(math.Sqrt(likely * (1 - likely) / n))
	return a, nil
}

// checkLabels refuses samples of a metric that compares classes with labels, where they lack these.
func (m Metric) checkLabels(s *Set) error {
	switch {
	case !m.Labelled:
		return nil
	case s.Labels == nil:
		return unfit("%s compares with the classes that samples are meant to be of, and nothing tells those of %s; "+
			"give samples with labels", m.Name, s.Name)
	case len(s.Labels) != s.Count:
		return unfit("%s has %d samples and %d labels; give one each", s.Name, s.Count, len(s.Labels))
	}
	for i, label := range s.Labels {
		if label == flows.NoClass {
			return unfit("sample %d of %s is meant to be of any class, and %s needs a class of each; ask for classes",
				i, s.Name, m.Name)
		}
	}
	return nil
}
