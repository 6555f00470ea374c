package simd

import (
	"slices"

	"github.com/pkg/errors"
)

// evaluate computes a node whose inputs are all constants.
func evaluate(r *run, n *node) (*array, error) {
	in := make([]*array, len(n.inputs))
	for i, input := range n.inputs {
		in[i] = input.attrs.(*array)
	}
	out := &array{shape: n.shape.Clone(), mem: make([]byte, (n.shape.Memory()+7)&^7)[:n.shape.Memory()]}
	if views[n.op] {
		copy(out.mem, in[0].mem)
		return out, nil
	}
	if clusterable(n) {
		return out, evaluateCluster(r, n, out)
	}
	execute := executorOf(n.op)
	if execute == nil {
		return nil, errors.Errorf("op %s has no executor; remove it", n)
	}
	return out, execute(r, n, in, []*array{out})
}

// evaluateCluster runs one clusterable node by itself.
func evaluateCluster(r *run, n *node, out *array) error {
	alone := &graph{name: n.graph.name}
	inputs := make([]*node, len(n.inputs))
	for i, in := range n.inputs {
		if first := slices.Index(n.inputs, in); first < i {
			inputs[i] = inputs[first]
		} else {
			inputs[i] = alone.add(in.op, in.shape, in.attrs)
		}
	}
	alone.outputs = []*node{alone.add(n.op, n.shape, n.attrs, inputs...)}
	steps, err := makeSteps(alone, false)
	if err != nil {
		return err
	}
	sources := make([][]byte, len(steps[0].in))
	for i, x := range steps[0].in {
		sources[i] = x.attrs.(*array).mem
	}
	runPrograms(r.pool, r.memory, []*program{steps[0].parts[0].prog}, [][][]byte{sources}, [][][]byte{{out.mem}})
	return nil
}
