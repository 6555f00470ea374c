package simd

import (
	"github.com/gomlx/gomlx/backends"
	"github.com/pkg/errors"
)

// maxFolded bounds the constants that folding creates, in bytes: larger results would cost more memory than their
// computation costs time.
const maxFolded = 4096

// foldConstants computes small nodes whose inputs are all constants. Broadcasts stay: fused readers expand them for
// nothing.
func (g *graph) foldConstants() error {
	var failure error
	g.rewrite(func(n *node) *node {
		if failure != nil || !foldable(n) {
			return n
		}
		out, err := g.b.backend.evaluate(n)
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

// evaluate runs one node on constant inputs.
func (b *Backend) evaluate(n *node) (*Buffer, error) {
	in := make([]*Buffer, len(n.inputs))
	for i, input := range n.inputs {
		in[i] = input.attrs.(*Buffer)
	}
	out := &Buffer{shape: n.shape.Clone(), mem: make([]byte, (n.shape.Memory()+7)&^7)[:n.shape.Memory()], valid: true}
	if views[n.op] {
		copy(out.mem, in[0].mem)
		return out, nil
	}
	if clusterable(n) {
		return out, b.evaluateCluster(n, in, out)
	}
	exec := executors[n.op]
	if exec == nil {
		return nil, errors.Errorf("op %s has no executor; remove it", n)
	}
	return out, exec(&run{backend: b, pool: b.pool}, n, in, []*Buffer{out})
}
