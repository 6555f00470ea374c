package unet

import (
	"fmt"

	. "github.com/gomlx/gomlx/pkg/core/graph"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
	"github.com/gomlx/gomlx/pkg/ml/context/initializers"
)

// AugmentedNetwork is [Network] told how each image was changed, augment [batch, cfg.Augment] of x's type, and its
// class; class is nil for the null label and for a network without classes. Told zeros, it is the network that is told
// nothing: a linear map without a constant adds the numbers to the embedded time (Karras et al. 2022, arXiv:2206.00364,
// appendix F.2). A network with Augment 0 panics.
func AugmentedNetwork(cfg Config) func(vars *mlcontext.Context, t, x, class, augment *Node) *Node {
	cfg.needAugment()
	h := network(cfg)
	return func(vars *mlcontext.Context, t, x, class, augment *Node) *Node {
		return h(vars, t, x, told{class, augment})
	}
}

// AugmentedAction is [Action] of an [AugmentedNetwork].
func AugmentedAction(cfg Config) func(vars *mlcontext.Context, t, x, class, augment *Node) *Node {
	cfg.needAugment()
	s := action(cfg)
	return func(vars *mlcontext.Context, t, x, class, augment *Node) *Node {
		return s(vars, t, x, told{class, augment})
	}
}

func (c Config) needAugment() {
	if c.Augment == 0 {
		panic(fail("Augment", "must be at least 1 where changes are told, got 0"))
	}
}

// addAugment adds the embedding of how each image was changed, [n, labels], to e [n, channels]; nil adds nothing, as
// zeros do.
func (b builder) addAugment(e, augment *Node, labels int) *Node {
	if augment == nil {
		return e
	}
	n, channels := e.Shape().Dimensions[0], e.Shape().Dimensions[1]
	if augment.DType() != e.DType() || augment.Rank() != 2 || augment.Shape().Dimensions[0] != n ||
		augment.Shape().Dimensions[1] != labels {
		panic(fmt.Errorf("unet: want changes of %s [%d, %d], got %s", e.DType(), n, labels, augment.Shape()))
	}
	return Add(e, linear(augment, b.in("augment").variable(e, "embedding", initializers.Zero, labels, channels)))
}
