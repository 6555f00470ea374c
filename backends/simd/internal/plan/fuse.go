package plan

import (
	"slices"

	"github.com/amgen/amgen/backends/simd/internal/element"
	"github.com/amgen/amgen/backends/simd/internal/graph"
	"github.com/amgen/amgen/backends/simd/internal/tile"
)

// The fusion pass decides which values are written to memory and which are recomputed, in registers, by whoever
// reads them. A value must be in memory if an op of another kind, a reader of another shape, or the caller needs it.
// Of the others, one with a single reader never is; one with several is if it is expensive to recompute.

// fusion holds the decisions, indexed by a node's ID (its position in the graph).
type fusion struct {
	g        *graph.Graph
	absorb   bool
	operands [][]tile.Operand // of clusterable nodes
	inMemory []bool
}

// Times for an element of a value, in tenths of a nanosecond a byte or an operation; only their ratios matter.
const (
	readTime  = 1 // a byte from the second- or third-level cache
	writeTime = 2 // a byte to there
	opTime    = 1 // an addition on a cached tile
)

// fuse decides about every node of an optimised graph.
func fuse(g *graph.Graph, absorb bool) *fusion {
	f := &fusion{g: g, absorb: absorb}
	f.operands = make([][]tile.Operand, len(g.Nodes))
	f.inMemory = make([]bool, len(g.Nodes))
	for i, n := range g.Nodes {
		if tile.Clusterable(n) {
			f.operands[i] = tile.Operands(n, absorb)
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
	wanted := make([]bool, len(f.g.Nodes)) // forced, or recomputed in a cluster
	force := func(n *graph.Node) {
		f.inMemory[n.ID] = true
		wanted[n.ID] = true
	}
	for _, n := range f.g.Outputs {
		force(graph.ViewRoot(n))
	}
	for i := len(f.g.Nodes) - 1; i >= 0; i-- {
		n := f.g.Nodes[i]
		if !wanted[i] {
			continue
		}
		if f.operands[i] == nil {
			for _, in := range n.Inputs {
				force(graph.ViewRoot(in))
			}
			continue
		}
		for _, o := range f.operands[i] {
			if f.absorb && o.Inlines(tile.Space(n)) {
				wanted[o.Source.ID] = true
			} else {
				force(o.Source)
			}
		}
	}
}

// markDear adds the values that are cheaper to keep than to recompute by all their readers but one.
func (f *fusion) markDear() {
	inputs, cost := f.estimate()
	roots := make([][]int, len(f.g.Nodes)) // the values in memory that would recompute the node
	for i := len(f.g.Nodes) - 1; i >= 0; i-- {
		if f.operands[i] == nil {
			continue
		}
		if !f.inMemory[i] && len(roots[i]) > 1 {
			width := f.g.Nodes[i].Shape.DType.Size()
			recompute := (len(roots[i]) - 1) * (f.bytes(inputs[i])*readTime + cost[i]*opTime)
			keep := width*writeTime + (len(roots[i])-1)*width*readTime
			f.inMemory[i] = recompute > keep
		}
		mine := roots[i]
		if f.inMemory[i] {
			mine = []int{i}
		}
		for _, o := range f.operands[i] {
			if o.Inlines(tile.Space(f.g.Nodes[i])) {
				roots[o.Source.ID] = union(roots[o.Source.ID], mine)
			}
		}
		roots[i] = nil
	}
}

// bytes is what reading one element of each of some values takes.
func (f *fusion) bytes(ids []int) (total int) {
	for _, id := range ids {
		total += f.g.Nodes[id].Shape.DType.Size()
	}
	return total
}

// estimate finds for each node the arrays that recomputing it reads, and the operations.
func (f *fusion) estimate() (inputs [][]int, cost []int) {
	readers := f.countReaders()
	inputs, cost = make([][]int, len(f.g.Nodes)), make([]int, len(f.g.Nodes))
	for i, n := range f.g.Nodes {
		if f.operands[i] == nil {
			continue
		}
		cost[i] = element.Cost(n.Op)
		if cost[i] >= element.Expensive && readers[i] > 1 {
			f.inMemory[i] = true
		}
		for _, o := range f.operands[i] {
			if o.Inlines(tile.Space(n)) && !f.inMemory[o.Source.ID] {
				inputs[i] = union(inputs[i], inputs[o.Source.ID])
				cost[i] += cost[o.Source.ID]
			} else if 4*o.Source.Shape.Size() >= tile.Space(n) {
				inputs[i] = union(inputs[i], []int{o.Source.ID})
			}
		}
		cost[i] = min(cost[i], 10*element.Expensive)
	}
	return inputs, cost
}

// countReaders counts the nodes that could recompute each node.
func (f *fusion) countReaders() []int {
	readers := make([]int, len(f.g.Nodes))
	for i, list := range f.operands {
		var seen []int
		for _, o := range list {
			if o.Inlines(tile.Space(f.g.Nodes[i])) && !slices.Contains(seen, o.Source.ID) {
				seen = append(seen, o.Source.ID)
				readers[o.Source.ID]++
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
