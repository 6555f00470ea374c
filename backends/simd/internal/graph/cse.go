package graph

import (
	"fmt"
	"strings"

	"github.com/gomlx/gomlx/backends"

	"github.com/amgen/amgen/backends/simd/internal/dense"
)

// maxComparedConstant bounds the constants that are compared by value, in bytes.
const maxComparedConstant = 1 << 16

// mergeCommon computes equal expressions once. Random draws stay apart, whatever their state.
func (g *Graph) mergeCommon() {
	seen := make(map[string]*Node, len(g.Nodes))
	g.rewrite(func(n *Node) *Node {
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
func expressionKey(n *Node) (string, bool) {
	var key strings.Builder
	fmt.Fprintf(&key, "%d %d %v", n.Op, n.Shape.DType, n.Shape.Dimensions)
	switch n.Op {
	case backends.OpTypeParameter, backends.OpTypeRNGBitGenerator:
		return "", false
	case backends.OpTypeConstant:
		mem := n.Attrs.(*dense.Array).Mem
		if len(mem) > maxComparedConstant {
			return "", false
		}
		key.Write(mem)
		return key.String(), true
	}
	if n.Attrs != nil {
		fmt.Fprintf(&key, " %#v", n.Attrs)
	}
	for _, in := range n.Inputs {
		fmt.Fprintf(&key, " %d", in.ID)
	}
	return key.String(), true
}
