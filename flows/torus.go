package flows

import (
	"cmp"
	"math"

	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
	"github.com/pkg/errors"
)

// Torus is the path around circles: each coordinate of the data, mod the circumference, is a place on a circle, x₀ is
// drawn evenly from it, and x_t goes the shorter way round from x₀ to x₁ at constant speed,
//
//	x_t = x₀ + t d mod P,   ẋ_t = d,   d = x₁ − x₀ mod P in [−P/2, P/2).
//
// Models have to be of [OnPath]: both estimators integrate by parts around the circle, and an action with a seam would
// have terms there.
type Torus struct {
	// Circumference is P, in units of the data; 0 is 4. Images in [−1, 1] then take one half of each circle, with black
	// as far from white as can be; with 2 they take all of it, and black is next to white.
	Circumference float64
	// Antithetic pairs the examples of a batch by opposite places of x₀, x and −x.
	Antithetic bool
}

const torusCircumference = 4.0

// Period implements [Circular].
func (p Torus) Period() float64 { return cmp.Or(p.Circumference, torusCircumference) }

// Name implements [Path].
func (Torus) Name() string { return "torus" }

// KnowsVelocity implements [Path].
func (Torus) KnowsVelocity() bool { return true }

// Draw implements [Path].
func (p Torus) Draw(vars *mlcontext.Context, data *Node) Curves {
	period := p.Period()
	if !(period > 0) || math.IsInf(period, 0) {
		panic(errors.Errorf("flows: a torus of circumference %g; give a positive one", period))
	}
	start := wrap(mirrored(data, p.Antithetic, func(shape shapes.Shape) *Node {
		return MulScalar(AddScalar(vars.RandomUniform(data.Graph(), shape), -0.5), period)
	}), period)
	way := wrap(Sub(data, start), period) // the shorter one
	return Curves{
		Start: start,
		End:   wrap(data, period),
		At: func(t *Node) (x, velocity *Node) {
			return wrap(Add(start, Mul(broadcastTime(t, data), way)), period), way // [batch, ...]
		},
	}
}

// OnPath is the model as the path needs it: itself on a flat space. On a [Circular] one it sees each coordinate x as a
// point of the plane, R (cos x/R, sin x/R) with R = Period/2π, so for x of [batch, ..., n] it gets [batch, ..., 2n],
// all cosines before all sines, and nothing that it makes of them has a seam. A model that returns a vector field of
// that shape gives the components along the circles.
func OnPath(model Action, path Path) Action {
	period := periodOf(path)
	if period == 0 {
		return model
	}
	radius := period / (2 * math.Pi)
	return func(vars *mlcontext.Context, t, x *Node) *Node {
		angle := DivScalar(x, radius)
		cos, sin := Cos(angle), Sin(angle)
		h := model(vars, t, MulScalar(Concatenate([]*Node{cos, sin}, -1), radius))
		if h.Rank() == 1 {
			return h
		}
		n := x.Shape().Dimensions[x.Rank()-1]
		half := func(r SliceAxisSpec) *Node { return Slice(h, AxisRange().Spacer(), r) }
		return Sub(Mul(cos, half(AxisRange(n))), Mul(sin, half(AxisRange(0, n))))
	}
}
