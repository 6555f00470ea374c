package simd

import "slices"

// The fusion pass decides which values are written to memory and which are recomputed, in registers, by whoever
// reads them. A value must be in memory if an op of another kind, a reader of another shape, or the caller needs it.
// Of the others, one with a single reader never is; one with several is if it is expensive to recompute.

// fusion holds the decisions, indexed by node id (its position in the graph).
type fusion struct {
	g        *graph
	absorb   bool
	operands [][]operand // of clusterable nodes
	inMemory []bool
}

// Times for an element of a value, in tenths of a nanosecond a byte or an operation; only their ratios matter.
const (
	readTime  = 1 // a byte from the second- or third-level cache
	writeTime = 2 // a byte to there
	opTime    = 1 // an addition on a cached tile
)

// fuse decides about every node of an optimised graph.
func fuse(g *graph, absorb bool) *fusion {
	f := &fusion{g: g, absorb: absorb}
	f.operands = make([][]operand, len(g.nodes))
	f.inMemory = make([]bool, len(g.nodes))
	for i, n := range g.nodes {
		if clusterable(n) {
			f.operands[i] = operands(n, absorb)
		}
	}
	f.markForced()
	if absorb {
		f.markDear()
	}
	return f
}

// markForced marks what must be in memory, going from the outputs up. A node that is neither forced nor read by a
// forced or inlined one (an absorbed broadcast, say) needs nothing.
func (f *fusion) markForced() {
	wanted := make([]bool, len(f.g.nodes)) // forced, or recomputed in a cluster
	force := func(n *node) {
		f.inMemory[n.id] = true
		wanted[n.id] = true
	}
	for _, n := range f.g.outputs {
		force(viewRoot(n))
	}
	for i := len(f.g.nodes) - 1; i >= 0; i-- {
		n := f.g.nodes[i]
		if !wanted[i] {
			continue
		}
		if f.operands[i] == nil {
			for _, in := range n.inputs {
				force(viewRoot(in))
			}
			continue
		}
		for _, o := range f.operands[i] {
			if f.absorb && o.inlines(spaceOf(n)) {
				wanted[o.source.id] = true
			} else {
				force(o.source)
			}
		}
	}
}

// markDear adds the values that are cheaper to keep than to recompute by all their readers but one.
func (f *fusion) markDear() {
	inputs, cost := f.estimate()
	roots := make([][]int, len(f.g.nodes)) // the values in memory that would recompute the node
	for i := len(f.g.nodes) - 1; i >= 0; i-- {
		if f.operands[i] == nil {
			continue
		}
		if !f.inMemory[i] && len(roots[i]) > 1 {
			width := f.g.nodes[i].shape.DType.Size()
			recompute := (len(roots[i]) - 1) * (f.bytes(inputs[i])*readTime + cost[i]*opTime)
			keep := width*writeTime + (len(roots[i])-1)*width*readTime
			f.inMemory[i] = recompute > keep
		}
		mine := roots[i]
		if f.inMemory[i] {
			mine = []int{i}
		}
		for _, o := range f.operands[i] {
			if o.inlines(spaceOf(f.g.nodes[i])) {
				roots[o.source.id] = union(roots[o.source.id], mine)
			}
		}
		roots[i] = nil
	}
}

// bytes is what reading one element of each of some values takes.
func (f *fusion) bytes(ids []int) (total int) {
	for _, id := range ids {
		total += f.g.nodes[id].shape.DType.Size()
	}
	return total
}

// estimate finds for each node the arrays that recomputing it reads, and the operations.
func (f *fusion) estimate() (inputs [][]int, cost []int) {
	readers := f.countReaders()
	inputs, cost = make([][]int, len(f.g.nodes)), make([]int, len(f.g.nodes))
	for i, n := range f.g.nodes {
		if f.operands[i] == nil {
			continue
		}
		cost[i] = opCost(n.op)
		if cost[i] >= expensive && readers[i] > 1 {
			f.inMemory[i] = true
		}
		for _, o := range f.operands[i] {
			if o.inlines(spaceOf(n)) && !f.inMemory[o.source.id] {
				inputs[i] = union(inputs[i], inputs[o.source.id])
				cost[i] += cost[o.source.id]
			} else if 4*o.source.shape.Size() >= spaceOf(n) {
				inputs[i] = union(inputs[i], []int{o.source.id})
			}
		}
		cost[i] = min(cost[i], 10*expensive)
	}
	return inputs, cost
}

// countReaders counts the nodes that could recompute each node.
func (f *fusion) countReaders() []int {
	readers := make([]int, len(f.g.nodes))
	for i, list := range f.operands {
		var seen []int
		for _, o := range list {
			if o.inlines(spaceOf(f.g.nodes[i])) && !slices.Contains(seen, o.source.id) {
				seen = append(seen, o.source.id)
				readers[o.source.id]++
			}
		}
	}
	return readers
}

// union merges ascending lists.
func union(a, b []int) []int {
	if len(a) == 0 {
		return b
	}
	merged := slices.Concat(a, b)
	slices.Sort(merged)
	return slices.Compact(merged)
}
