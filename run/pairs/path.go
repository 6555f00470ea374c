package pairs

import (
	"github.com/gomlx/gomlx/pkg/core/graph"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"

	"github.com/amgen/amgen/flows"
)

// Path is the path x_t = (1 − t) x₀ + t x₁ of pairs (x₀, x₁), [batch, 2, ...], whose ẋ_t = x₁ − x₀. It is
// [flows.Linear] with noise that belongs to the image.
type Path struct{ flows.Linear }

// Draw implements [flows.Path]. It draws no random numbers.
func (Path) Draw(_ *mlcontext.Context, pairs *graph.Node) flows.Curves {
	half := func(i int) *graph.Node {
		return graph.Squeeze(graph.SliceAxis(pairs, 1, graph.AxisElem(i)), 1)
	}
	return flows.Line(half(0), half(1))
}
