package eval

import (
	"fmt"
	"math"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/tensors"
)

// Cloud is a finite set of points, each with a mass: a distribution to compare with another.
type Cloud struct {
	Dim int
	// X are the coordinates, point after point.
	X []float64
	// Weights of the points, not negative and not all 0; nil are equal ones. Their sum makes no difference.
	Weights []float64
}

// CloudOf returns the points of a tensor, [points, dim] of float32 or float64, with equal weights.
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

// Len is the number of points.
func (c Cloud) Len() int { return len(c.X) / max(1, c.Dim) }

// point is the i-th.
func (c Cloud) point(i int) []float64 { return c.X[i*c.Dim : (i+1)*c.Dim] }

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
	case c.Dim < 1 || len(c.X) == 0 || len(c.X)%c.Dim != 0:
		return fmt.Errorf("eval: %d coordinates of points in %d dimensions; give at least one whole point", len(c.X), c.Dim)
	case c.Weights != nil && len(c.Weights) != c.Len():
		return fmt.Errorf("eval: %d weights of %d points; give one each, or none", len(c.Weights), c.Len())
	}
	for i, v := range c.X {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("eval: point %d has coordinate %d = %g; give finite points", i/c.Dim+1, i%c.Dim+1, v)
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
