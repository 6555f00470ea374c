package unet

import (
	"fmt"
	"math"

	"github.com/amgen/amgen/internal/autodiff"
	. "github.com/gomlx/gomlx/pkg/core/graph"
)

// leastTimeScale is the angle of the slowest component of a time embedding whose scale isn't the default.
const leastTimeScale = 0.25

// embedTime maps t [n] in [0, 1] to [n, 4·base]: the sines and cosines of 1000·t·10000^(−i/(half−1)) for i < half =
// base/2 (Vaswani et al. 2017 with DDPM's thousand steps), what [Config.TimeScale] or the convention says, then two dense layers with SiLU
// between. It is smooth in t, whose derivative Action Matching needs.
func (b builder) embedTime(t *Node, base int, scale float64) *Node {
	if t.Rank() != 1 {
		panic(fmt.Errorf("unet: t must have one value an example, shape [batch], got %s", t.Shape()))
	}
	fastest, ratio := 1000.0, 1e4
	if scale != 0 {
		fastest, ratio = scale, scale/leastTimeScale
	}
	half := base / 2
	frequencies := make([]float64, half)
	for i := range frequencies {
		frequencies[i] = fastest * math.Exp(-math.Log(ratio)*float64(i)/float64(half-1))
	}
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
