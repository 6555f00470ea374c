package plan

import (
	"slices"

	"github.com/pkg/errors"

	"github.com/amgen/amgen/backends/simd/internal/element"
	"github.com/amgen/amgen/backends/simd/internal/exec"
	"github.com/amgen/amgen/backends/simd/internal/graph"
	"github.com/amgen/amgen/backends/simd/internal/tile"
)

// Step is one instruction of a compiled computation: an op, or a cluster of fused ones.
type Step struct {
	Node  *graph.Node   // the op, or the cluster's first root
	Task  exec.Task     // nil for a cluster
	Parts []Part        // nil for an op
	In    []*graph.Node // values in memory that it reads: of an op, one an input
	Out   []*graph.Node // values that it writes, nil if an op's output has no reader
	Size  []int         // bytes of each output
	batch int           // of a step of several clusters: what they share, see joinBands
}

// Part is one program of a step.
type Part struct {
	Program *tile.Program
	In      []int // its sources, as indices into the step's in or, complemented, out
	Out     []int // its outputs, as indices into the step's out
}

// newPart is the only program of a step.
func newPart(p *tile.Program, s *Step) []Part {
	one := Part{Program: p}
	for k := range s.In {
		one.In = append(one.In, k)
	}
	for k := range s.Out {
		one.Out = append(one.Out, k)
	}
	return []Part{one}
}

// programsOf lists the programs of all steps.
func programsOf(steps []*Step) (programs []*tile.Program) {
	for _, s := range steps {
		for _, part := range s.Parts {
			programs = append(programs, part.Program)
		}
	}
	return programs
}

// makeSteps turns an optimised graph into instructions.
func makeSteps(g *graph.Graph, fused bool) ([]*Step, error) {
	f := fuse(g, fused)
	return f.steps(f.schedule())
}

// steps turns scheduled units into instructions.
func (f *fusion) steps(order [][]*unit) ([]*Step, error) {
	var steps []*Step
	outputs := map[*graph.Node]bool{}
	for _, n := range f.g.Outputs {
		outputs[graph.ViewRoot(n)] = true
	}
	multi := map[*graph.Node][]*graph.Node{}
	for _, n := range f.g.Nodes {
		if n.Op == graph.OpOutput {
			from := n.Inputs[0]
			if multi[from] == nil {
				multi[from] = make([]*graph.Node, len(from.Multi))
			}
			multi[from][n.Attrs.(int)] = n
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
		task := exec.Prepare(n)
		if task == nil {
			return nil, errors.Errorf("simd: computation %q, got op %s, which cannot be run; remove it", f.g.Name, n)
		}
		s := &Step{Node: n, Task: task, Out: []*graph.Node{n}}
		if n.Multi != nil {
			s.Out = multi[n]
		}
		for _, in := range n.Inputs {
			s.In = append(s.In, graph.ViewRoot(in))
		}
		for _, shape := range n.OutputShapes() {
			s.Size = append(s.Size, int(shape.Memory()))
		}
		steps = append(steps, s)
	}
	return steps, nil
}

// clusterStep writes the program of a group of units.
func (f *fusion) clusterStep(group []*unit, outputs map[*graph.Node]bool) (*Step, error) {
	c := &clusterBuilder{f: f, p: &tile.Program{Size: group[0].space}, value: map[*graph.Node]int{},
		s: &Step{Node: group[0].root}}
	inGroup := map[*unit]bool{}
	var nodes []*graph.Node
	for _, u := range group {
		inGroup[u] = true
		for _, n := range u.nodes {
			if !tile.IsReduce(n) {
				nodes = append(nodes, n)
			}
		}
	}
	slices.SortFunc(nodes, func(a, b *graph.Node) int { return a.ID - b.ID })
	nodes = slices.Compact(nodes)
	c.findInputs(nodes, group)
	for _, n := range nodes {
		if err := c.addInstr(n); err != nil {
			return nil, err
		}
	}
	for _, u := range group {
		needed := outputs[u.root] || slices.ContainsFunc(u.readers, func(e edge) bool { return !inGroup[e.to] })
		if !tile.IsReduce(u.root) && needed {
			c.p.Stores = append(c.p.Stores, c.value[u.root])
			c.addOutput(u.root)
		}
	}
	for _, u := range group {
		if tile.IsReduce(u.root) {
			c.addReduce(u.root)
			c.addOutput(u.root)
		}
	}
	c.p.Finish()
	c.s.Parts = newPart(c.p, c.s)
	return c.s, nil
}

// clusterBuilder numbers the values of a program.
type clusterBuilder struct {
	f     *fusion
	p     *tile.Program
	s     *Step
	value map[*graph.Node]int // of nodes that the cluster computes
}

// findInputs lists the distinct operands in memory.
func (c *clusterBuilder) findInputs(nodes []*graph.Node, group []*unit) {
	for _, n := range nodes {
		c.value[n] = -1
	}
	add := func(n *graph.Node) {
		for _, o := range c.f.operands[n.ID] {
			if c.computes(o) || c.inputOf(o) >= 0 {
				continue
			}
			source := slices.Index(c.s.In, o.Source)
			if source < 0 {
				source = len(c.s.In)
				c.s.In = append(c.s.In, o.Source)
			}
			width := o.Source.Shape.DType.Size()
			c.p.Inputs = append(c.p.Inputs, tile.Input{Source: source, Width: width, Access: o.Access})
			c.p.Width = append(c.p.Width, width)
		}
	}
	for _, n := range nodes {
		add(n)
	}
	for _, u := range group {
		if tile.IsReduce(u.root) {
			add(u.root)
		}
	}
}

// computes reports whether the cluster itself makes the operand, element for element.
func (c *clusterBuilder) computes(o tile.Operand) bool {
	_, ok := c.value[o.Source]
	return ok && o.Inlines(c.p.Size)
}

// inputOf finds an operand among the program's inputs.
func (c *clusterBuilder) inputOf(o tile.Operand) int {
	return slices.IndexFunc(c.p.Inputs, func(in tile.Input) bool {
		return c.s.In[in.Source] == o.Source && in.Access.Equal(o.Access)
	})
}

func (c *clusterBuilder) valueOf(o tile.Operand) int {
	if c.computes(o) {
		return c.value[o.Source]
	}
	return c.inputOf(o)
}

func (c *clusterBuilder) addInstr(n *graph.Node) error {
	dtype := n.Inputs[len(n.Inputs)-1].Shape.DType
	kernel, err := element.KernelFor(n.Op, n.Shape.DType, dtype)
	if err != nil {
		return errors.WithMessagef(err, "simd: computation %q", c.f.g.Name)
	}
	ins := tile.Instr{Tiled: kernel, Lanes: element.LaneOpFor(n.Op, n.Shape.DType, dtype), Args: [3]int{-1, -1, -1}}
	if len(n.Inputs) == 2 {
		ins.Scalar = element.ScalarKernels(n.Op, dtype)
	}
	for i, o := range c.f.operands[n.ID] {
		ins.Args[i] = c.valueOf(o)
	}
	c.value[n] = len(c.p.Inputs) + len(c.p.Instrs)
	c.p.Instrs = append(c.p.Instrs, ins)
	c.p.Width = append(c.p.Width, n.Shape.DType.Size())
	c.p.Cost += element.Weight(n.Op)
	return nil
}

func (c *clusterBuilder) addReduce(n *graph.Node) {
	dtype := n.Shape.DType
	combiner := element.Combiners[n.Op]
	c.p.Reduces = append(c.p.Reduces, tile.Reduce{
		Value:    c.valueOf(c.f.operands[n.ID][0]),
		Width:    dtype.Size(),
		Out:      tile.ReduceAccess(n),
		OutBytes: int(n.Shape.Memory()),
		Combine:  element.Lookup(combiner, dtype),
		Lanes:    element.LaneCombiner(combiner, dtype),
		Fold:     element.FoldFor(combiner, dtype),
		Identity: element.Identity(combiner, dtype),
	})
}

func (c *clusterBuilder) addOutput(n *graph.Node) {
	c.s.Out = append(c.s.Out, n)
	c.s.Size = append(c.s.Size, int(n.Shape.Memory()))
}
