package heldout

import (
	"github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
)

// given are times that were chosen outside of the graph, [batch], evenly: their density is 1.
type given struct{ t *graph.Node }

// Draw implements [flows.Times].
func (g given) Draw(_ *mlcontext.Context, _ *graph.Graph, shape shapes.Shape) (t, density *graph.Node) {
	return graph.ConvertDType(g.t, shape.DType), graph.OnesLike(graph.ConvertDType(g.t, shape.DType))
}
