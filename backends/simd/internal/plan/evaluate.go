package plan

import (
	"slices"

	"github.com/pkg/errors"

	"github.com/amgen/amgen/backends/simd/internal/dense"
	"github.com/amgen/amgen/backends/simd/internal/exec"
	"github.com/amgen/amgen/backends/simd/internal/graph"
	"github.com/amgen/amgen/backends/simd/internal/tile"
)

// Evaluate computes a node whose inputs are all constants.
func Evaluate(r *exec.Run, n *graph.Node) (*dense.Array, error) {
	in := make([]*dense.Array, len(n.Inputs))
	for i, input := range n.Inputs {
		in[i] = input.Attrs.(*dense.Array)
	}
	out := &dense.Array{Shape: n.Shape.Clone(), Mem: make([]byte, (n.Shape.Memory()+7)&^7)[:n.Shape.Memory()]}
	if graph.Views[n.Op] {
		copy(out.Mem, in[0].Mem)
		return out, nil
	}
	if tile.Clusterable(n) {
		return out, evaluateCluster(r, n, out)
	}
	task := exec.Prepare(n)
	if task == nil {
		return nil, errors.Errorf("op %s cannot be run; remove it", n)
	}
	return out, task(r, in, []*dense.Array{out})
}

// evaluateCluster runs one clusterable node by itself.
func evaluateCluster(r *exec.Run, n *graph.Node, out *dense.Array) error {
	alone := &graph.Graph{Name: n.Graph.Name}
	inputs := make([]*graph.Node, len(n.Inputs))
	for i, in := range n.Inputs {
		if first := slices.Index(n.Inputs, in); first < i {
			inputs[i] = inputs[first]
		} else {
			inputs[i] = alone.Add(in.Op, in.Shape, in.Attrs)
		}
	}
	alone.Outputs = []*graph.Node{alone.Add(n.Op, n.Shape, n.Attrs, inputs...)}
	steps, err := makeSteps(alone, false)
	if err != nil {
		return err
	}
	sources := make([][]byte, len(steps[0].In))
	for i, x := range steps[0].In {
		sources[i] = x.Attrs.(*dense.Array).Mem
	}
	tile.Run(r.Pool, r.Memory, []*tile.Program{steps[0].Parts[0].Program}, [][][]byte{sources}, [][][]byte{{out.Mem}})
	return nil
}
