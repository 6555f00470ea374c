package graph

import (
	"slices"
	"testing"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/pkg/errors"

	"github.com/amgen/amgen/backends/simd/internal/dense"
)

// TestCopyLeavesTheOriginal optimises a copy: it has what its output needs, numbered by its order, and the nodes of the
// original stay as they were.
func TestCopyLeavesTheOriginal(t *testing.T) {
	shape := shapes.Make(dtypes.Float32, 2)
	g := &Graph{Name: "original"}
	x := g.Add(backends.OpTypeParameter, shape, ParameterAttrs{Name: "x"})
	dead := g.Add(backends.OpTypeExp, shape, nil, x)
	same := g.Add(backends.OpTypeIdentity, shape, nil, x)
	zero := g.AddConstant(shapes.Make(dtypes.Float32), dense.NumberBytes(dtypes.Float32, 0))
	y := g.Add(backends.OpTypeSub, shape, nil, g.Add(backends.OpTypeTanh, shape, nil, same), zero)
	nodes := slices.Clone(g.Nodes)

	c := g.CopyFor([]*Node{y})
	if len(c.Nodes) != 5 {
		t.Errorf("the copy has %d nodes, want all but the dead one", len(c.Nodes))
	}
	if err := c.Optimize(func(*Node) (*dense.Array, error) { return nil, errors.New("nothing to fold") }); err != nil {
		t.Fatal(err)
	}
	var ops []backends.OpType
	for i, n := range c.Nodes {
		ops = append(ops, n.Op)
		if n.Graph != c || n.ID != i {
			t.Errorf("node %d has ID %d", i, n.ID)
		}
	}
	if want := []backends.OpType{backends.OpTypeParameter, backends.OpTypeTanh}; !slices.Equal(ops, want) {
		t.Errorf("the optimised copy has ops %v, want %v", ops, want)
	}
	if !slices.Equal(g.Nodes, nodes) || y.Inputs[0].Inputs[0] != same || same.Inputs[0] != x {
		t.Error("the original's nodes changed")
	}
	for i, n := range []*Node{x, dead, same, zero} {
		if n.Graph != g || n.ID != i {
			t.Errorf("node %d of the original has ID %d", i, n.ID)
		}
	}
}
