package eval

import (
	"fmt"
	"math"
)

// Estimate is what a metric was found to be.
type Estimate struct {
	Value float64 `json:"value"`
	// StdErr is the standard error of the value, as far as the metric knows one; each says what of.
	StdErr *float64 `json:"stderr,omitempty"`
	// Warning says why the value is unreliable; it is usually empty.
	Warning string `json:"warning,omitempty"`
}

// String is the value, with its error where there is one.
func (e Estimate) String() string {
	if e.StdErr == nil {
		return fmt.Sprintf("%.6g", e.Value)
	}
	return fmt.Sprintf("%.6g ± %.2g", e.Value, *e.StdErr)
}

// warn adds a warning, unless it is empty.
func (e *Estimate) warn(text string) {
	if text == e.Warning {
		return // the same for both sets
	}
	if e.Warning != "" && text != "" {
		e.Warning += "; "
	}
	e.Warning += text
}

// meanOf is the mean of independent values with its standard error, which a single one hasn't.
func meanOf(values []float64) Estimate {
	mean, deviation := meanAndDeviation(values)
	e := Estimate{Value: mean}
	if n := len(values); n > 1 {
		e.StdErr = finite(deviation / math.Sqrt(float64(n)))
	}
	return e
}

// meanAndDeviation are the mean and the standard deviation (ddof 1; 0 of a single value).
func meanAndDeviation(values []float64) (mean, deviation float64) {
	for _, v := range values {
		mean += v
	}
	mean /= float64(len(values))
	for _, v := range values {
		deviation += (v - mean) * (v - mean)
	}
	return mean, math.Sqrt(deviation / float64(max(1, len(values)-1)))
}

// finite points to an error that is a number.
func finite(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}
