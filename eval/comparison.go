package eval

import (
	"fmt"
	"math"
	"strings"

	"github.com/amgen/amgen/internal/jsondiff"
)

// Comparison is two values of one measure, and their difference.
type Comparison struct {
	Metric           string
	A, B, Difference Estimate // B − A
}

// Compare compares two reports. Those that weren't measured alike are refused with an [UnlikeError]: by
// metric, network and its weights, preprocessing, reference or numbers of samples. The difference has a standard error
// where both values do.
func Compare(a, b Report) (Comparison, error) {
	if unlike := jsondiff.Values(a.Measure, b.Measure); len(unlike) > 0 {
		return Comparison{}, &UnlikeError{unlike}
	}
	c := Comparison{Metric: named(a.Metric, a.ValueName), A: Estimate{Value: a.Value, StdErr: a.Stderr},
		B: Estimate{Value: b.Value, StdErr: b.Stderr}}
	c.Difference.Value = b.Value - a.Value
	if a.Stderr != nil && b.Stderr != nil {
		c.Difference.StdErr = finite(math.Hypot(*a.Stderr, *b.Stderr))
	}
	return c, nil
}

// String is a line.
func (c Comparison) String() string {
	show := func(e Estimate) string { return figure(e.Value, e.StdErr) }
	return fmt.Sprintf("%s  A %s  B %s  B − A %s", c.Metric, show(c.A), show(c.B), show(c.Difference))
}

// UnlikeError tells that two reports weren't measured alike.
type UnlikeError struct {
	// Differences, each as "count: 260 and 200".
	Differences []string
}

func (e *UnlikeError) Error() string {
	return fmt.Sprintf("eval: not measured alike: %s; measure one of them again", strings.Join(e.Differences, ", "))
}
