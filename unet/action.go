package unet

import (
	"fmt"

	. "github.com/gomlx/gomlx/pkg/core/graph"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
)

// Action returns the scalar action s(t, x) of cfg: t [batch] in [0, 1] from noise to data, x [batch, size, size,
// channels+conditionChannels] → [batch]. With h the network,
//
//	InnerProduct  s = ⟨h(t, x), x⟩      Quadratic  s = −½‖h(t, x) − x‖²
//
// summed over pixels and the image's channels. Condition channels enter h only, and ∇ₓs is zero there. As the last
// convolution starts at zero, so do InnerProduct actions and their gradients.
//
// Action panics if cfg is invalid (see Config.Validate); the function it returns panics if shapes do not fit. To
// differentiate by t or x, they must not be stopped gradients: wrap them in graph.Identity. An action with classes is
// told none, see [ClassAction].
func Action(cfg Config) func(vars *mlcontext.Context, t, x *Node) *Node {
	s := action(cfg)
	return func(vars *mlcontext.Context, t, x *Node) *Node { return s(vars, t, x, told{}) }
}

// action is s(t, x, told).
func action(cfg Config) func(vars *mlcontext.Context, t, x *Node, told told) *Node {
	network := network(cfg)
	channels := cfg.Channels + cfg.ConditionChannels
	return func(vars *mlcontext.Context, t, x *Node, told told) *Node {
		if d := x.Shape().Dimensions; len(d) != 4 || d[1] != cfg.Size || d[2] != cfg.Size || d[3] != channels ||
			t.Rank() != 1 || t.Shape().Dimensions[0] != d[0] {
			panic(fmt.Errorf("unet: want t [batch] and x [batch, %d, %d, %d], got %s and %s",
				cfg.Size, cfg.Size, channels, t.Shape(), x.Shape()))
		}
		image, seen := x, x
		if cfg.ConditionChannels > 0 {
			image = SliceAxis(x, 3, AxisRange(0, cfg.Channels))
			condition := StopGradient(SliceAxis(x, 3, AxisRange(cfg.Channels)))
			seen = Concatenate([]*Node{image, condition}, 3)
		}
		h := network(vars, t, seen, told)
		if cfg.Form == Quadratic {
			return MulScalar(ReduceSum(Square(Sub(h, image)), 1, 2, 3), -0.5)
		}
		return ReduceSum(Mul(h, image), 1, 2, 3)
	}
}
