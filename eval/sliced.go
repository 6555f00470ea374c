package eval

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"sync"
)

// Sliced is the sliced distance (E_θ W_p(θ·a, θ·b)^p)^(1/p) over directions θ drawn uniformly from the sphere:
// Bonneel et al., Sliced and Radon Wasserstein barycenters of measures, 2015. It is at most W_p, and as low as
// W_p/√dim for a translation.
type Sliced struct {
	// Order p; 0 is 2.
	Order float64
	// Projections are the directions drawn; 0 are 1000.
	Projections int
	// Seed decides the directions.
	Seed uint64
}

// Between takes O(n (dim + log n)) time a projection. The standard error is that of the mean over directions, of the
// clouds as they are.
func (s Sliced) Between(a, b Cloud) (Estimate, error) {
	if s.Order == 0 {
		s.Order = 2
	}
	if s.Projections == 0 {
		s.Projections = 1000
	}
	if err := checkOrder(s.Order); err != nil {
		return Estimate{}, err
	}
	if err := checkPair(a, b); err != nil {
		return Estimate{}, err
	}
	if s.Projections < 1 {
		return Estimate{}, fmt.Errorf("eval: a sliced distance of %d projections; give at least one", s.Projections)
	}
	mean := meanOf(s.powers(a, b))
	e := Estimate{Value: math.Pow(mean.Value, 1/s.Order)}
	if mean.StdErr != nil && mean.Value > 0 {
		e.StdErr = finite(*mean.StdErr * e.Value / mean.Value / s.Order)
	}
	return e, nil
}

// powers are W_p^p along each direction.
func (s Sliced) powers(a, b Cloud) []float64 {
	massA, massB := a.masses(), b.masses()
	values := make([]float64, s.Projections)
	waiting := make(chan int)
	var group sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			direction := make([]float64, a.Dim)
			for i := range waiting {
				s.direction(i, direction)
				values[i] = onLine(s.Order, sorted(a.project(direction), massA), sorted(b.project(direction), massB))
			}
		})
	}
	for i := range values {
		waiting <- i
	}
	close(waiting)
	group.Wait()
	return values
}

// direction draws the i-th, a unit vector.
func (s Sliced) direction(i int, direction []float64) {
	rng := rand.New(rand.NewPCG(s.Seed, 0x51ced+uint64(i)))
	norm := 0.0
	for norm == 0 {
		for k := range direction {
			direction[k] = rng.NormFloat64()
		}
		norm = math.Sqrt(dot(direction, direction))
	}
	for k := range direction {
		direction[k] /= norm
	}
}

// project returns the points' coordinates along a direction.
func (c Cloud) project(direction []float64) []float64 {
	out, scratch := make([]float64, c.Len()), make([]float64, c.Dim)
	for i := range out {
		out[i] = dot(c.row(i, scratch), direction)
	}
	return out
}
