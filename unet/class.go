package unet

import (
	"fmt"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
	"github.com/gomlx/gomlx/pkg/ml/context/initializers"
)

// ClassNetwork is [Network] told the class of each example, [batch] int32, from 0 to cfg.Classes. The last is the null
// label, which stands for any class. A network without classes panics.
func ClassNetwork(cfg Config) func(vars *mlcontext.Context, t, x, class *Node) *Node {
	cfg.needClasses()
	h := network(cfg)
	return func(vars *mlcontext.Context, t, x, class *Node) *Node { return h(vars, t, x, told{class: class}) }
}

// ClassAction is [Action] of a [ClassNetwork].
func ClassAction(cfg Config) func(vars *mlcontext.Context, t, x, class *Node) *Node {
	cfg.needClasses()
	s := action(cfg)
	return func(vars *mlcontext.Context, t, x, class *Node) *Node { return s(vars, t, x, told{class: class}) }
}

func (c Config) needClasses() {
	if c.Classes == 0 {
		panic(fail("Classes", "must be at least 1 where a class is told, got 0"))
	}
}

// addClass adds the embedding of each example's class, [n] int32, to e [n, channels]; nil is the null label. A network
// without classes has e as it is.
func (b builder) addClass(e, class *Node, classes int) *Node {
	if classes == 0 {
		return e
	}
	n, channels := e.Shape().Dimensions[0], e.Shape().Dimensions[1]
	if class == nil {
		class = BroadcastToDims(Scalar(e.Graph(), dtypes.Int32, classes), n)
	}
	if class.DType() != dtypes.Int32 || class.Rank() != 1 || class.Shape().Dimensions[0] != n {
		panic(fmt.Errorf("unet: want classes of int32 [%d], got %s", n, class.Shape()))
	}
	table := b.in("class").variable(e, "embedding", initializers.RandomNormalFn(b.vars, classDeviation),
		classes+1, channels)
	// A product, since its gradient sums in the same order each time, and a scatter may not.
	return Add(e, linear(OneHot(class, classes+1, e.DType()), table))
}

// classDeviation is the standard deviation of the embeddings as they begin.
const classDeviation = 1
