package simd

import (
	"fmt"
	"strings"

	"github.com/gomlx/gomlx/backends"
)

// maxComparedConstant bounds the constants that are compared by value, in bytes.
const maxComparedConstant = 1 << 16

// mergeCommon computes equal expressions once. Random draws stay apart, whatever their state.
func (g *graph) mergeCommon() {
	seen := make(map[string]*node, len(g.nodes))
	g.rewrite(func(n *node) *node {
		key, ok := expressionKey(n)
		if !ok {
			return n
		}
		if first := seen[key]; first != nil {
			return first
		}
		seen[key] = n
		return n
	})
}

// expressionKey spells out what a node computes; nodes of equal keys are equal.
func expressionKey(n *node) (string, bool) {
	var key strings.Builder
	fmt.Fprintf(&key, "%d %d %v", n.op, n.shape.DType, n.shape.Dimensions)
	switch n.op {
	case backends.OpTypeParameter, backends.OpTypeRNGBitGenerator:
		return "", false
	case backends.OpTypeConstant:
		mem := n.attrs.(*array).mem
		if len(mem) > maxComparedConstant {
			return "", false
		}
		key.Write(mem)
		return key.String(), true
	}
	if n.attrs != nil {
		fmt.Fprintf(&key, " %#v", n.attrs)
	}
	for _, in := range n.inputs {
		fmt.Fprintf(&key, " %d", in.id)
	}
	return key.String(), true
}
