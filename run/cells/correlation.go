package cells

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
)

// correlation is Pearson's.
func correlation(a, b []float64) (float64, error) {
	if len(a) != len(b) || len(a) < 2 {
		return 0, fmt.Errorf("cells: correlation of %d and %d numbers; give as many of both, two at least", len(a),
			len(b))
	}
	r := stat.Correlation(a, b, nil)
	if math.IsNaN(r) {
		return 0, errors.New("cells: no correlation with numbers that are all alike; give numbers that differ")
	}
	return r, nil
}

// ranks are those of numbers, from 1 on; equal ones have their mean rank.
func ranks(values []float64) []float64 {
	order := make([]int, len(values))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int {
		switch {
		case values[i] < values[j]:
			return -1
		case values[i] > values[j]:
			return 1
		}
		return 0
	})
	out := make([]float64, len(values))
	for first := 0; first < len(order); {
		end := first + 1
		for end < len(order) && values[order[end]] == values[order[first]] {
			end++
		}
		for _, i := range order[first:end] {
			out[i] = float64(first+1+end) / 2
		}
		first = end
	}
	return out
}
