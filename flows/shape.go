package flows

import (
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
	"github.com/pkg/errors"
)

// checkData panics unless data is a batch of float32 or float64 examples.
func checkData(data *Node) {
	if data.Rank() < 2 {
		panic(errors.Errorf("flows: data has shape %s; give a batch of examples, [batch, dim] or "+
			"[batch, height, width, channels]", data.Shape()))
	}
	if d := data.DType(); d != dtypes.Float32 && d != dtypes.Float64 {
		panic(errors.Errorf("flows: data has shape %s; convert it to float32, by TrainerConfig.Prepare", data.Shape()))
	}
}

// batchSize is the first dimension of x.
func batchSize(x *Node) int { return x.Shape().Dimensions[0] }

// timeShape is the shape of times for the examples of x, [batch].
func timeShape(x *Node) shapes.Shape { return shapes.Make(x.DType(), batchSize(x)) }

// broadcastTime reshapes t from [batch] to [batch, 1, ...], to combine with x of [batch, ...].
func broadcastTime(t, x *Node) *Node {
	dims := make([]int, x.Rank())
	for i := range dims {
		dims[i] = 1
	}
	dims[0] = batchSize(x)
	return Reshape(t, dims...)
}

// sumExample sums each example of x, [batch, ...], to [batch].
func sumExample(x *Node) *Node {
	axes := make([]int, x.Rank()-1)
	for i := range axes {
		axes[i] = i + 1
	}
	return ReduceSum(x, axes...)
}

// variable cuts x off from what it was computed from and makes it something to differentiate by. Both halves
// matter: x_t depends on t, and were t's own gradient to flow through it, ∂ₜs would be the total derivative; and
// the gradient by a node that itself stops gradients is silently zero, so ∂ₜs and ∇ₓs would vanish.
func variable(x *Node) *Node { return Identity(StopGradient(x)) }

// potential calls the action and checks the shape that it returns.
func (model Action) potential(vars *mlcontext.Context, t, x *Node) *Node {
	s := model(vars, t, x)
	if s.Rank() != 1 || batchSize(s) != batchSize(x) || s.DType() != x.DType() {
		panic(errors.Errorf("flows: the action returned shape %s for x of shape %s; return one %s an example",
			s.Shape(), x.Shape(), x.DType()))
	}
	return s
}
