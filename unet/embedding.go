package unet

import (
	"cmp"
	"fmt"
	"math"

	"github.com/amgen/amgen/internal/autodiff"
	. "github.com/gomlx/gomlx/pkg/core/graph"
)

// leastTimeScale is the angle of the slowest component of a time embedding.
const leastTimeScale = 0.1

// timeFrequencies are n frequencies in equal ratios, from scale, 0 for the default, down to leastTimeScale.
func timeFrequencies(n int, scale float64) []float64 {
	scale = cmp.Or(scale, DefaultTimeScale)
	frequencies := make([]float64, n)
	for i := range frequencies {
		frequencies[i] = scale * math.Exp(-math.Log(scale/leastTimeScale)*float64(i)/float64(n-1))
	}
	return frequencies
}

// embedTime maps t [n] in [0, 1] to [n, 4·base]: the sines and cosines of scale·t·(10·scale)^(−i/(half−1)) for i < half
// = base/2 (Vaswani et al. 2017; the default scale is that of DDPM's thousand steps), or what the convention says, then
// two dense layers with SiLU between. It is smooth in t, whose derivative Action Matching needs.
func (b builder) embedTime(t *Node, base int, scale float64) *Node {
	if t.Rank() != 1 {
		panic(fmt.Errorf("unet: t must have one value an example, shape [batch], got %s", t.Shape()))
	}
	frequencies := timeFrequencies(base/2, scale)
	if b.convention == Authors {
		t = OneMinus(t)
		clear(frequencies)
		frequencies[0] = 1
	}
	angles := Mul(InsertAxes(t, -1), InsertAxes(ConstAs(t, frequencies), 0)) // [n, half]
	e := Concatenate([]*Node{Sin(angles), Cos(angles)}, -1)                  // [n, base]
	b = b.in("time")
	return b.in("dense_1").dense(autodiff.SiLU(b.in("dense_0").dense(e, 4*base, false)), 4*base, false)
}
