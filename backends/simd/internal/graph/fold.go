package graph

import (
	"github.com/gomlx/gomlx/backends"
	"github.com/pkg/errors"

	"github.com/amgen/amgen/backends/simd/internal/dense"
)

// maxFolded bounds the constants that folding creates, in bytes: larger results would cost more memory than their
// computation costs time.
const maxFolded = 4096

// foldConstants computes small nodes whose inputs are all constants, by evaluate. Broadcasts stay: fused readers expand
// them for nothing.
func (g *Graph) foldConstants(evaluate func(n *Node) (*dense.Array, error)) error {
	var failure error
	g.rewrite(func(n *Node) *Node {
		if failure != nil || !foldable(n) {
			return n
		}
		out, err := evaluate(n)
		if err != nil {
			failure = errors.WithMessagef(err, "simd: constant %s", n)
			return n
		}
		return g.Add(backends.OpTypeConstant, n.Shape, out)
	})
	return failure
}

func foldable(n *Node) bool {
	switch n.Op {
	case backends.OpTypeParameter, backends.OpTypeConstant, backends.OpTypeBroadcastInDim,
		backends.OpTypeIota, backends.OpTypeRNGBitGenerator, OpOutput:
		return false
	}
	if n.Multi != nil || len(n.Inputs) == 0 || n.Shape.Memory() > maxFolded {
		return false
	}
	for _, in := range n.Inputs {
		if in.Op != backends.OpTypeConstant || in.Shape.Memory() > maxFolded {
			return false
		}
	}
	return true
}
