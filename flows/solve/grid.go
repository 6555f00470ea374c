package solve

import (
	"cmp"
	"fmt"
	"math"
	"strings"
)

// Grid places the steps of a solver with fixed steps.
type Grid interface {
	// Name is the name in the registry.
	Name() string

	// Times returns the times of n ≥ 1 steps between 0 and 1: n + 1 of them that rise from exactly 0 to exactly 1. An
	// integration over another interval stretches them. A backward one passes the same times in reverse.
	Times(n int) ([]float64, error)
}

// UniformGrid has steps of equal length.
type UniformGrid struct{}

// Name implements [Grid].
func (UniformGrid) Name() string { return "uniform" }

// Times implements [Grid].
func (UniformGrid) Times(n int) ([]float64, error) {
	return placed(n, func(u float64) float64 { return u }), nil
}

// EDMGrid has the noise levels of EDM, which gather near the data at t = 1. With σ = (1 − t)/t, the ratio of noise to
// data on a linear path,
//
//	t_i = 1/(1 + σ_i),   σ_i = (σ_max^{1/ρ} + i/(n − 1)·(σ_min^{1/ρ} − σ_max^{1/ρ}))^ρ,   ρ = 7,   i = 0 … n − 1,
//
// but t_0 = 0, and t_n = 1. Karras et al. 2022, Elucidating the Design Space of Diffusion-Based Generative Models,
// equation 5. It is the same in t on other paths.
type EDMGrid struct {
	// SigmaMax and SigmaMin are the largest and the smallest σ; 0 is 80 and 0.002.
	SigmaMax, SigmaMin float64
}

const (
	edmSigmaMax = 80.0
	edmSigmaMin = 0.002
	edmRho      = 7.0
)

// Name implements [Grid].
func (EDMGrid) Name() string { return "edm" }

// Times implements [Grid].
func (g EDMGrid) Times(n int) ([]float64, error) {
	most, least := cmp.Or(g.SigmaMax, edmSigmaMax), cmp.Or(g.SigmaMin, edmSigmaMin)
	if !(least > 0 && least < most) || math.IsInf(most, 0) {
		return nil, fmt.Errorf("solve: grid edm from σ=%g down to %g; give 0 < SigmaMin < SigmaMax", most, least)
	}
	top, bottom := math.Pow(most, 1/edmRho), math.Pow(least, 1/edmRho)
	times := placed(n, func(u float64) float64 {
		return 1 / (1 + math.Pow(top+u*float64(n)/float64(n-1)*(bottom-top), edmRho))
	})
	return times, nil
}

// CosineGrid has short steps near both ends, t_i = (1 − cos(πi/n))/2.
type CosineGrid struct{}

// Name implements [Grid].
func (CosineGrid) Name() string { return "cosine" }

// Times implements [Grid].
func (CosineGrid) Times(n int) ([]float64, error) {
	return placed(n, func(u float64) float64 { return (1 - math.Cos(math.Pi*u)) / 2 }), nil
}

// placed has at(i/n) at 0 < i < n, between 0 and 1.
func placed(n int, at func(u float64) float64) []float64 {
	times := make([]float64, n+1)
	for i := 1; i < n; i++ {
		times[i] = at(float64(i) / float64(n))
	}
	times[n] = 1
	return times
}

// grids lists them, the default first.
var grids = []Grid{UniformGrid{}, EDMGrid{}, CosineGrid{}}

// GridNames lists the grids that [GridByName] knows, the default first.
func GridNames() []string {
	names := make([]string, len(grids))
	for i, g := range grids {
		names[i] = g.Name()
	}
	return names
}

// GridByName returns a grid by its registry name. An unknown name is an error that lists what exists.
func GridByName(name string) (Grid, error) {
	for _, g := range grids {
		if g.Name() == name {
			return g, nil
		}
	}
	return nil, fmt.Errorf("solve: unknown grid %q; choose one of %s", name, strings.Join(GridNames(), ", "))
}

// gridSteps follows the times of a grid and accepts each step.
type gridSteps struct {
	grid    string    // its name
	times   []float64 // between 0 and 1
	lengths []float64 // of the steps to come
}

// newGridSteps checks the times of a grid.
func newGridSteps(name string, steps int, grid Grid) (Controller, error) {
	times, err := grid.Times(steps)
	if err != nil {
		return nil, err
	}
	rising := len(times) == steps+1 && times[0] == 0 && times[steps] == 1
	for i := 0; rising && i < steps; i++ {
		rising = times[i+1]-times[i] >= minStep
	}
	if !rising {
		return nil, fmt.Errorf(
			"solve: the times of grid %s don't rise from 0 to 1 in %d steps of %s; take fewer steps "+
				"or another grid", grid.Name(), steps, name)
	}
	return &gridSteps{grid: grid.Name(), times: times}, nil
}

// Tolerance implements [Controller].
func (c *gridSteps) Tolerance() (rtol, atol float64, ok bool) { return 0, 0, false }

// Start implements [Controller].
func (c *gridSteps) Start(t0, t1 float64, _ func() (float64, error)) (float64, error) {
	n := len(c.times) - 1
	c.lengths = make([]float64, n)
	for i := range n {
		length := (c.times[i+1] - c.times[i]) * math.Abs(t1-t0)
		if t1 < t0 {
			c.lengths[n-1-i] = length
		} else {
			c.lengths[i] = length
		}
	}
	return c.lengths[0], nil
}

// Judge implements [Controller].
func (c *gridSteps) Judge(h, _ float64) (accept bool, next float64) {
	if c.lengths = c.lengths[1:]; len(c.lengths) > 0 {
		h = c.lengths[0]
	}
	return true, h
}
