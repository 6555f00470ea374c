package eval

import (
	"fmt"
	"math"
)

// Score is the Inception score of each split: their mean, with its standard error, and their deviation (ddof 0), which
// is what papers print after the ±.
type Score struct {
	Estimate
	Deviation float64 `json:"deviation"`
	Splits    int     `json:"splits"`
}

// InceptionScore is exp(mean KL(p(y|x) ‖ p(y))) of class probabilities, rows of so many classes, p(y) being the mean of
// a split's: Salimans et al., Improved techniques for training GANs, 2016. It is between 1 and the number of classes.
//
// Rows are dealt out to the splits, 10 as a rule, in an order drawn with a fixed seed: samples often come in the order
// of their classes, and a split of one class has the score 1. The value is that of torch-fidelity's defaults. Rows that
// don't add up to 1 are an error; [Softmax] makes such of logits.
func InceptionScore(probabilities []float64, classes, splits int) (Score, error) {
	n, err := checkProbabilities(probabilities, classes)
	if err != nil {
		return Score{}, err
	}
	if splits < 1 || splits > n/2 {
		return Score{}, fmt.Errorf("eval: an Inception score of %d samples in %d splits; give two samples a split at "+
			"least", n, splits)
	}
	values, order := make([]float64, splits), dealt(n)
	for s := range values {
		var split []float64
		for _, row := range order[s*n/splits : (s+1)*n/splits] {
			split = append(split, probabilities[row*classes:(row+1)*classes]...)
		}
		values[s] = math.Exp(meanDivergence(split, classes))
	}
	score := Score{Estimate: meanOf(values), Splits: splits}
	for _, v := range values {
		score.Deviation += (v - score.Value) * (v - score.Value) / float64(splits)
	}
	score.Deviation = math.Sqrt(score.Deviation)
	return score, nil
}

// meanDivergence is the mean of KL(row ‖ mean of all rows), in nats.
func meanDivergence(rows []float64, classes int) float64 {
	n := float64(len(rows) / classes)
	mean := make([]float64, classes)
	for i, p := range rows {
		mean[i%classes] += p / n
	}
	sum := 0.0
	for i, p := range rows {
		if p > 0 { // p log p → 0; and then the mean is above 0 as well
			sum += p * (math.Log(p) - math.Log(mean[i%classes])) / n
		}
	}
	return sum
}

// checkProbabilities counts the rows, and returns an error unless each is a distribution over classes.
func checkProbabilities(rows []float64, classes int) (n int, err error) {
	if classes < 2 || len(rows) == 0 || len(rows)%classes != 0 {
		return 0, fmt.Errorf("eval: %d probabilities of %d classes; give whole rows of two classes at least", len(rows),
			classes)
	}
	for at := 0; at < len(rows); at += classes {
		sum := 0.0
		for k, p := range rows[at : at+classes] {
			if !(p >= 0) {
				return 0, fmt.Errorf("eval: row %d has probability %g of class %d; give probabilities, as of Softmax",
					at/classes+1, p, k)
			}
			sum += p
		}
		if math.Abs(sum-1) > 1e-4 { // float32 over a thousand classes
			return 0, fmt.Errorf("eval: row %d has probabilities with the sum %g; give probabilities, as of Softmax",
				at/classes+1, sum)
		}
	}
	return len(rows) / classes, nil
}

// Softmax makes probabilities, in float64, of rows of logits. Part of a row, and logits that are not finite, are
// errors.
func Softmax[T float32 | float64](logits []T, classes int) ([]float64, error) {
	if classes < 1 || len(logits)%classes != 0 {
		return nil, fmt.Errorf("eval: %d logits of %d classes; give whole rows", len(logits), classes)
	}
	out := make([]float64, len(logits))
	for at := 0; at < len(logits); at += classes {
		row, most := logits[at:at+classes], math.Inf(-1)
		for k, v := range row {
			if v := float64(v); math.IsNaN(v) || math.IsInf(v, 0) {
				return nil, fmt.Errorf("eval: row %d has logit %g of class %d; give finite logits", at/classes+1, v, k)
			}
			most = max(most, float64(v))
		}
		sum := 0.0
		for k, v := range row {
			out[at+k] = math.Exp(float64(v) - most)
			sum += out[at+k]
		}
		for k := range row {
			out[at+k] /= sum
		}
	}
	return out, nil
}
