package eval

import (
	"fmt"
	"math"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/tensors"

	"github.com/amgen/amgen/internal/evenly"
)

// Cloud is a finite set of points, each with a mass: a distribution to compare with another.
type Cloud struct {
	Dim int
	// X are the coordinates, point after point.
	X []float64
	// Narrow are the coordinates where X is nil: half the memory, for many features.
	Narrow []float32
	// Weights of the points, not negative and not all 0; nil are equal ones. Their sum makes no difference.
	Weights []float64
}

// CloudOf returns the points of a tensor, [points, dim] of float32 or float64, with equal weights. A tensor of
// another rank or type is an error.
func CloudOf(t *tensors.Tensor) (Cloud, error) {
	if t.Rank() != 2 {
		return Cloud{}, fmt.Errorf("eval: points of shape %s; give [points, dim]", t.Shape())
	}
	c := Cloud{Dim: t.Shape().Dimensions[1]}
	switch t.DType() {
	case dtypes.Float64:
		c.X = tensors.MustCopyFlatData[float64](t)
	case dtypes.Float32:
		for _, v := range tensors.MustCopyFlatData[float32](t) {
			c.X = append(c.X, float64(v))
		}
	default:
		return Cloud{}, fmt.Errorf("eval: points of shape %s; give float32 or float64", t.Shape())
	}
	return c, nil
}

// mostNumber bounds coordinates: sums of their squares must be finite.
const mostNumber = 1e150

// Check returns an error unless there is at least one point, all coordinates are finite and below 1e150, beyond which
// sums of their squares overflow, and the weights are as they must be.
func (c Cloud) Check() error { return c.check() }

// Len is the number of points.
func (c Cloud) Len() int { return c.numbers() / max(1, c.Dim) }

// numbers counts the coordinates.
func (c Cloud) numbers() int {
	if c.X != nil {
		return len(c.X)
	}
	return len(c.Narrow)
}

// number is the i-th coordinate.
func (c Cloud) number(i int) float64 {
	if c.X != nil {
		return c.X[i]
	}
	return float64(c.Narrow[i])
}

// row is the i-th point: in scratch if it must be widened.
func (c Cloud) row(i int, scratch []float64) []float64 {
	if c.X != nil {
		return c.X[i*c.Dim : (i+1)*c.Dim]
	}
	return c.rows(scratch, i, i+1)
}

// wide is the cloud with its coordinates in X.
func (c Cloud) wide() Cloud {
	if c.X != nil || c.Narrow == nil {
		return c
	}
	c.X = make([]float64, len(c.Narrow))
	for i, v := range c.Narrow {
		c.X[i] = float64(v)
	}
	c.Narrow = nil
	return c
}

// rows puts points from one up to another into dst, and returns what they fill.
func (c Cloud) rows(dst []float64, from, to int) []float64 {
	dst = dst[:(to-from)*c.Dim]
	if c.X != nil {
		copy(dst, c.X[from*c.Dim:])
		return dst
	}
	for i := range dst {
		dst[i] = float64(c.Narrow[from*c.Dim+i])
	}
	return dst
}

// Spread are n points, at least one, with their weights, from all over the cloud at equal distances: they may be in an
// order, such as that of classes. It is the cloud itself where that has no more.
func (c Cloud) Spread(n int) Cloud {
	if n >= c.Len() {
		return c
	}
	indices := make([]int, n)
	for i := range indices {
		indices[i] = evenly.Index(i, n, c.Len())
	}
	out := c.pick(indices)
	if c.Weights != nil {
		for _, from := range indices {
			out.Weights = append(out.Weights, c.Weights[from])
		}
	}
	return out
}

// pick is the wide cloud of the points with the given indices, with equal weights.
func (c Cloud) pick(indices []int) Cloud {
	out := Cloud{Dim: c.Dim, X: make([]float64, len(indices)*c.Dim)}
	for i, from := range indices {
		c.rows(out.X[i*c.Dim:], from, from+1)
	}
	return out
}

// masses are the weights, scaled to the sum 1.
func (c Cloud) masses() []float64 {
	m := make([]float64, c.Len())
	sum := float64(len(m))
	if c.Weights != nil {
		sum = 0
		for _, w := range c.Weights {
			sum += w
		}
	}
	for i := range m {
		if m[i] = 1 / sum; c.Weights != nil {
			m[i] = c.Weights[i] / sum
		}
	}
	return m
}

// checkSamples returns an error unless both are of at least a number of points with equal weights in one space.
func checkSamples(what string, least int, a, b Cloud) error {
	if err := checkPair(a, b); err != nil {
		return err
	}
	for _, c := range []Cloud{a, b} {
		switch {
		case c.Weights != nil:
			return fmt.Errorf("eval: %s of weighted points; give points of equal weights", what)
		case c.Len() < least:
			return fmt.Errorf("eval: %s of %d points; give at least %d", what, c.Len(), least)
		}
	}
	return nil
}

// checkPair returns an error unless both are clouds in one space.
func checkPair(a, b Cloud) error {
	for _, c := range []Cloud{a, b} {
		if err := c.check(); err != nil {
			return err
		}
	}
	if a.Dim != b.Dim {
		return fmt.Errorf("eval: points in %d and in %d dimensions; compare points of one space", a.Dim, b.Dim)
	}
	return nil
}

func (c Cloud) check() error {
	switch {
	case c.Dim < 1 || c.numbers() == 0 || c.numbers()%c.Dim != 0:
		return fmt.Errorf("eval: %d coordinates of points in %d dimensions; give at least one whole point", c.numbers(),
			c.Dim)
	case c.Weights != nil && len(c.Weights) != c.Len():
		return fmt.Errorf("eval: %d weights of %d points; give one each, or none", len(c.Weights), c.Len())
	}
	for i := range c.numbers() {
		if v := c.number(i); math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("eval: point %d has coordinate %d = %g; give finite points", i/c.Dim+1, i%c.Dim+1, v)
		} else if math.Abs(v) > mostNumber {
			return fmt.Errorf("eval: point %d has coordinate %d = %g, beyond ±%g, where squares overflow; scale the "+
				"points", i/c.Dim+1, i%c.Dim+1, v, mostNumber)
		}
	}
	sum := 0.0
	for i, w := range c.Weights {
		if sum += w; !(w >= 0) || math.IsInf(sum, 0) {
			return fmt.Errorf("eval: point %d has weight %g; give finite weights of 0 or more", i+1, w)
		}
	}
	if c.Weights != nil && sum == 0 {
		return fmt.Errorf("eval: all %d weights are 0; give some point a mass", c.Len())
	}
	return nil
}
