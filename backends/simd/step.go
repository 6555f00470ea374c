package simd

import (
	"slices"

	"github.com/pkg/errors"
)

// step is one instruction of a compiled computation: an op, or a cluster of fused ones.
type step struct {
	node  *node    // the op, or the cluster's first root
	exec  execFunc // nil for a cluster
	parts []part   // nil for an op
	in    []*node  // values in memory that it reads: of an op, one an input
	out   []*node  // values that it writes, nil if an op's output has no reader
	size  []int    // bytes of each output
	batch int      // of a step of several clusters: what they share, see joinBands
}

// part is one program of a step.
type part struct {
	prog *program
	in   []int // its sources, as indices into the step's in or, complemented, out
	out  []int // its outputs, as indices into the step's out
}

// newPart is the only program of a step.
func newPart(p *program, s *step) []part {
	one := part{prog: p}
	for k := range s.in {
		one.in = append(one.in, k)
	}
	for k := range s.out {
		one.out = append(one.out, k)
	}
	return []part{one}
}

// programsOf lists the programs of all steps.
func programsOf(steps []*step) (programs []*program) {
	for _, s := range steps {
		for _, part := range s.parts {
			programs = append(programs, part.prog)
		}
	}
	return programs
}

// makeSteps turns an optimised graph into instructions.
func makeSteps(g *graph, fused bool) ([]*step, error) {
	f := fuse(g, fused)
	return f.steps(f.schedule())
}

// steps turns scheduled units into instructions.
func (f *fusion) steps(order [][]*unit) ([]*step, error) {
	var steps []*step
	outputs := map[*node]bool{}
	for _, n := range f.g.outputs {
		outputs[viewRoot(n)] = true
	}
	multi := map[*node][]*node{}
	for _, n := range f.g.nodes {
		if n.op == opOutput {
			from := n.inputs[0]
			if multi[from] == nil {
				multi[from] = make([]*node, len(from.multi))
			}
			multi[from][n.attrs.(int)] = n
		}
	}
	for _, group := range order {
		if group[0].nodes != nil {
			s, err := f.clusterStep(group, outputs)
			if err != nil {
				return nil, err
			}
			steps = append(steps, s)
			continue
		}
		n := group[0].root
		execute := executorOf(n.op)
		if execute == nil {
			return nil, errors.Errorf("simd: computation %q, got op %s without an executor; remove it", f.g.name, n)
		}
		s := &step{node: n, exec: execute, out: []*node{n}}
		if n.multi != nil {
			s.out = multi[n]
		}
		for _, in := range n.inputs {
			s.in = append(s.in, viewRoot(in))
		}
		for _, shape := range n.outputShapes() {
			s.size = append(s.size, int(shape.Memory()))
		}
		steps = append(steps, s)
	}
	return steps, nil
}

// clusterStep writes the program of a group of units.
func (f *fusion) clusterStep(group []*unit, outputs map[*node]bool) (*step, error) {
	c := &clusterBuilder{f: f, p: &program{size: group[0].space}, value: map[*node]int{}, s: &step{node: group[0].root}}
	inGroup := map[*unit]bool{}
	var nodes []*node
	for _, u := range group {
		inGroup[u] = true
		for _, n := range u.nodes {
			if !isReduce(n) {
				nodes = append(nodes, n)
			}
		}
	}
	slices.SortFunc(nodes, func(a, b *node) int { return a.id - b.id })
	nodes = slices.Compact(nodes)
	c.findInputs(nodes, group)
	for _, n := range nodes {
		if err := c.addInstr(n); err != nil {
			return nil, err
		}
	}
	for _, u := range group {
		needed := outputs[u.root] || slices.ContainsFunc(u.readers, func(e edge) bool { return !inGroup[e.to] })
		if !isReduce(u.root) && needed {
			c.p.stores = append(c.p.stores, c.value[u.root])
			c.addOutput(u.root)
		}
	}
	for _, u := range group {
		if isReduce(u.root) {
			c.addReduce(u.root)
			c.addOutput(u.root)
		}
	}
	c.p.finish()
	c.s.parts = newPart(c.p, c.s)
	return c.s, nil
}

// clusterBuilder numbers the values of a program.
type clusterBuilder struct {
	f     *fusion
	p     *program
	s     *step
	value map[*node]int // of nodes that the cluster computes
}

// findInputs lists the distinct operands in memory.
func (c *clusterBuilder) findInputs(nodes []*node, group []*unit) {
	for _, n := range nodes {
		c.value[n] = -1
	}
	add := func(n *node) {
		for _, o := range c.f.operands[n.id] {
			if c.computes(o) || c.inputOf(o) >= 0 {
				continue
			}
			source := slices.Index(c.s.in, o.source)
			if source < 0 {
				source = len(c.s.in)
				c.s.in = append(c.s.in, o.source)
			}
			width := o.source.shape.DType.Size()
			c.p.inputs = append(c.p.inputs, progInput{source: source, width: width, access: o.access})
			c.p.width = append(c.p.width, width)
		}
	}
	for _, n := range nodes {
		add(n)
	}
	for _, u := range group {
		if isReduce(u.root) {
			add(u.root)
		}
	}
}

// computes reports whether the cluster itself makes the operand, element for element.
func (c *clusterBuilder) computes(o operand) bool {
	_, ok := c.value[o.source]
	return ok && o.inlines(c.p.size)
}

// inputOf finds an operand among the program's inputs.
func (c *clusterBuilder) inputOf(o operand) int {
	return slices.IndexFunc(c.p.inputs, func(in progInput) bool {
		return c.s.in[in.source] == o.source && in.access.equal(o.access)
	})
}

func (c *clusterBuilder) valueOf(o operand) int {
	if c.computes(o) {
		return c.value[o.source]
	}
	return c.inputOf(o)
}

func (c *clusterBuilder) addInstr(n *node) error {
	dtype := n.inputs[len(n.inputs)-1].shape.DType
	kernel, err := kernelFor(n.op, n.shape.DType, dtype)
	if err != nil {
		return errors.WithMessagef(err, "simd: computation %q", c.f.g.name)
	}
	ins := instr{tiled: kernel, lanes: laneOpFor(n.op, n.shape.DType, dtype), args: [3]int{-1, -1, -1}}
	if len(n.inputs) == 2 {
		ins.scalar = scalarKernels(n.op, dtype)
	}
	for i, o := range c.f.operands[n.id] {
		ins.args[i] = c.valueOf(o)
	}
	c.value[n] = len(c.p.inputs) + len(c.p.instrs)
	c.p.instrs = append(c.p.instrs, ins)
	c.p.width = append(c.p.width, n.shape.DType.Size())
	c.p.cost += opWeight(n.op)
	return nil
}

func (c *clusterBuilder) addReduce(n *node) {
	dtype := n.shape.DType
	combiner := combiners[n.op]
	c.p.reduces = append(c.p.reduces, progReduce{
		value:    c.valueOf(c.f.operands[n.id][0]),
		width:    dtype.Size(),
		out:      reduceAccess(n),
		outBytes: int(n.shape.Memory()),
		combine:  lookupKernel(combiner, dtype),
		lanes:    laneCombiner(combiner, dtype),
		fold:     foldFor(combiner, dtype),
		identity: identityOf(combiner, dtype),
	})
}

func (c *clusterBuilder) addOutput(n *node) {
	c.s.out = append(c.s.out, n)
	c.s.size = append(c.s.size, int(n.shape.Memory()))
}
