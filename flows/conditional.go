package flows

import (
	"fmt"

	"github.com/gomlx/gomlx/backends"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
	"github.com/pkg/errors"
)

// Conditional is implemented by paths that restore images from part of what they hold: the source is made of the
// data, and the model is told what is given. It gets the condition as further channels of x, after those of the state.
type Conditional interface {
	Path

	// ConditionChannels is how many channels the condition of images with so many channels has.
	ConditionChannels(channels int) int

	// Begin builds the start of each curve, of the shape of data, [batch, height, width, channels], and the condition,
	// [batch, height, width, ConditionChannels], from the data and noise of N(0, I) of its shape. shown is what is
	// given as a person would look at it, of the shape of data.
	Begin(data, noise *Node) (start, condition, shown *Node)
}

// drawConditional draws the straight curves of a conditional path.
func drawConditional(vars *mlcontext.Context, path Conditional, data *Node) Curves {
	checkImages(data)
	start, condition, _ := path.Begin(data, vars.RandomNormal(data.Graph(), data.Shape()))
	curves := Line(start, data)
	curves.Condition = condition
	return curves
}

// Line is the path x_t = (1 − t) x₀ + t x₁, ẋ_t = x₁ − x₀.
func Line(source, data *Node) Curves {
	return Curves{
		Start: source,
		End:   data,
		At: func(t *Node) (x, velocity *Node) {
			t = broadcastTime(t, data)
			return Add(Mul(OneMinus(t), source), Mul(t, data)), Sub(data, source) // [batch, ...]
		},
	}
}

// checkImages panics unless data is a batch of float images.
func checkImages(data *Node) {
	checkData(data)
	if data.Rank() != 4 {
		panic(errors.Errorf("flows: data has shape %s; this path restores images, [batch, height, width, channels]",
			data.Shape()))
	}
}

// given is the model that is told the condition, nil for none, beside its state.
func (model Action) given(condition *Node) Action {
	if condition == nil {
		return model
	}
	return func(vars *mlcontext.Context, t, x *Node) *Node {
		return model(vars, t, Concatenate([]*Node{x, StopGradient(condition)}, -1))
	}
}

// Start is what a sampler starts from on a [Conditional] path: tensors that the caller finalises.
type Start struct {
	X         *tensors.Tensor // x₀, [batch, height, width, channels]
	Condition *tensors.Tensor // for [FollowOptions.Condition]
	Shown     *tensors.Tensor // what is given, to look at, of the shape of X
}

// Begin makes the start of a path from the data and noise of N(0, I) of one shape. Shapes that don't fit the path
// are an error.
func Begin(backend backends.Backend, path Conditional, data, noise *tensors.Tensor) (Start, error) {
	begin, err := NewExec(backend, path.Begin)
	if err != nil {
		return Start{}, err
	}
	defer begin.Finalize()
	out, err := begin.Exec(data, noise)
	if err != nil {
		return Start{}, fmt.Errorf("flows: start of path %s: %w", path.Name(), err)
	}
	return Start{X: out[0], Condition: out[1], Shown: out[2]}, nil
}
