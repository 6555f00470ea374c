package eval

import (
	"fmt"
	"math"
	"slices"

	"github.com/amgen/amgen/internal/transport"
)

// MostExact bounds the points of a cloud that [Wasserstein] takes in two or more dimensions: some minutes' work.
const MostExact = 20_000

// Wasserstein is the exact distance W_p(a, b) = (min Σ mass·‖x − y‖^p)^(1/p) over all transport plans, with Euclidean
// distances and order p ≥ 1.
//
// It takes O(n log n) time on a line, else a linear program's, somewhat more than O(n²) for n points each, and O(n)
// memory: 2 000 points take a second, 10 000 about a minute ([transport.Plan]). More than [MostExact] points off a
// line, an order below 1, different dimensions, and numbers that are not finite are errors.
func Wasserstein(order float64, a, b Cloud) (float64, error) {
	if err := checkOrder(order); err != nil {
		return 0, err
	}
	if err := checkPair(a, b); err != nil {
		return 0, err
	}
	a, b = a.wide(), b.wide()
	if a.Dim == 1 {
		return math.Pow(onLine(order, sorted(a.X, a.masses()), sorted(b.X, b.masses())), 1/order), nil
	}
	if most := max(a.Len(), b.Len()); most > MostExact {
		return 0, fmt.Errorf("eval: exact transport of %d points; give at most %d in each set, or take the sliced "+
			"distance", most, MostExact)
	}
	_, cost, err := transport.Plan(a.masses(), b.masses(), transport.Euclidean(a.Dim, order, a.X, b.X))
	return math.Pow(max(0, cost), 1/order), err
}

func checkOrder(order float64) error {
	if !(order >= 1) || math.IsInf(order, 0) {
		return fmt.Errorf("eval: a Wasserstein distance of order %g; give a finite one of 1 or more", order)
	}
	return nil
}

func dot(a, b []float64) float64 {
	sum := 0.0
	for i, v := range a {
		sum += v * b[i]
	}
	return sum
}

// weighted is a point of a line with its mass.
type weighted struct{ x, mass float64 }

func sorted(x, mass []float64) []weighted {
	points := make([]weighted, len(x))
	for i := range x {
		points[i] = weighted{x[i], mass[i]}
	}
	slices.SortFunc(points, func(a, b weighted) int {
		switch {
		case a.x < b.x:
			return -1
		case a.x > b.x:
			return 1
		}
		return 0
	})
	return points
}

// onLine is W_p^p between sorted points: the monotone plan is optimal.
func onLine(order float64, a, b []weighted) float64 {
	cost := 0.0
	for i, j, left, wanted := 0, 0, a[0].mass, b[0].mass; ; {
		mass := min(left, wanted)
		cost += mass * math.Pow(math.Abs(a[i].x-b[j].x), order)
		// One set is used up: exactly so, as the lesser of two numbers was taken from both. At the end of one set
		// the other has nothing left but rounding.
		if left, wanted = left-mass, wanted-mass; left == 0 {
			if i++; i == len(a) {
				return cost
			}
			left = a[i].mass
		}
		if wanted == 0 {
			if j++; j == len(b) {
				return cost
			}
			wanted = b[j].mass
		}
	}
}
