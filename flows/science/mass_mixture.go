package science

import (
	"math/rand/v2"

	"github.com/amgen/amgen/flows"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
	"github.com/pkg/errors"
)

// MassMixture is a path of the plane whose masses change while nothing moves:
//
//	q_t = (1 − w_t) N((−2, 0), ½²I) + w_t N((2, 0), ½²I),   w_t = 0.2 + 0.6 t.
//
// Growth, as unbalanced Action Matching has it, can be s = ẇ/w on the right and −ẇ/(1 − w) on the left; without it mass
// has to cross where q_t is nearly 0. It is known by its samples: it has no velocity.
type MassMixture struct{}

const (
	mixtureCentre = 2.0
	mixtureSpread = 0.5
	mixtureStart  = 0.2
	mixtureRate   = 0.6
)

// Weight is w_t, the mass on the right at t.
func (MassMixture) Weight(t float64) float64 { return mixtureStart + mixtureRate*t }

// Marginal is q_t.
func (m MassMixture) Marginal(t float64) Distribution {
	return Distribution{"mass-mixture", 2, func(rng *rand.Rand, point []float32) {
		x := -mixtureCentre
		if rng.Float64() < m.Weight(t) {
			x = mixtureCentre
		}
		set(point, x+mixtureSpread*rng.NormFloat64(), mixtureSpread*rng.NormFloat64())
	}}
}

// parts are the sides, but for what of each component lies beyond the middle: one point in 30 000.
func (m MassMixture) parts(t float64) []Part {
	return []Part{
		{"left", func(x []float64) bool { return x[0] <= 0 }, 1 - m.Weight(t)},
		{"right", func(x []float64) bool { return x[0] > 0 }, m.Weight(t)},
	}
}

// Draw implements [flows.Path]. Of data, [batch, 2], only the shape counts. A curve keeps its place in its component
// and changes sides when w_t passes a level of its own, so that terms at different times vary together.
func (MassMixture) Draw(vars *mlcontext.Context, data *Node) flows.Curves {
	if data.Rank() != 2 || data.Shape().Dimensions[1] != 2 {
		panic(errors.Errorf("science: data of shape %s; the mass mixture wants [batch, 2]", data.Shape()))
	}
	g := data.Graph()
	level := vars.RandomUniform(g, shapeOf(data, data.Shape().Dimensions[0])) // [batch]
	noise := MulScalar(vars.RandomNormal(g, data.Shape()), mixtureSpread)     // [batch, 2]
	right := Const(g, [][]float64{{mixtureCentre, 0}})                        // [1, 2]
	right = BroadcastToDims(ConvertDType(right, data.DType()), data.Shape().Dimensions...)
	at := func(t *Node) (x, velocity *Node) {
		w := AddScalar(MulScalar(t, mixtureRate), mixtureStart)
		onRight := BroadcastToDims(Reshape(LessThan(level, w), -1, 1), data.Shape().Dimensions...)
		return Add(noise, Where(onRight, right, Neg(right))), nil
	}
	start, _ := at(ZerosLike(level))
	end, _ := at(OnesLike(level))
	return flows.Curves{Start: start, End: end, At: at}
}

// Name implements [flows.Path].
func (MassMixture) Name() string { return massMixtureName }

// KnowsVelocity implements [flows.Path].
func (MassMixture) KnowsVelocity() bool { return false }
