package simd

import (
	"github.com/gomlx/gomlx/backends"
	"github.com/pkg/errors"
)

// maxFolded bounds the constants that folding creates, in bytes: larger results would cost more memory than their
// computation costs time.
const maxFolded = 4096

// foldConstants computes small nodes whose inputs are all constants, by evaluate. Broadcasts stay: fused readers expand them for
// nothing.
func (g *graph) foldConstants(evaluate func(n *node) (*array, error)) error {
	var failure error
	g.rewrite(func(n *node) *node {
		if failure != nil || !foldable(n) {
			return n
		}
		out, err := evaluate(n)
		if err != nil {
			failure = errors.WithMessagef(err, "simd: constant %s", n)
			return n
		}
		return g.add(backends.OpTypeConstant, n.shape, out)
	})
	return failure
}

func foldable(n *node) bool {
	switch n.op {
	case backends.OpTypeParameter, backends.OpTypeConstant, backends.OpTypeBroadcastInDim,
		backends.OpTypeIota, backends.OpTypeRNGBitGenerator, opOutput:
		return false
	}
	if n.multi != nil || len(n.inputs) == 0 || n.shape.Memory() > maxFolded {
		return false
	}
	for _, in := range n.inputs {
		if in.op != backends.OpTypeConstant || in.shape.Memory() > maxFolded {
			return false
		}
	}
	return true
}
