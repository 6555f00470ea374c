package plan

import (
	"container/heap"
	"slices"

	"github.com/gomlx/gomlx/backends"

	"github.com/amgen/amgen/backends/simd/internal/graph"
	"github.com/amgen/amgen/backends/simd/internal/tile"
)

// unit is a piece of work that makes one value in memory (or, for ops with several outputs, all of them): an op of
// its own, or a clusterable root with what it recomputes.
type unit struct {
	root    *graph.Node
	nodes   []*graph.Node // what a clusterable root computes, itself last; nil for other ops
	space   int
	streams []*graph.Node // arrays of the size of the space that it reads in order
	readers []edge        // units that read the value
	pending int           // units whose values it waits for
	inGroup int           // of these, the ones that are in the cluster being formed and readable there
	grouped bool
}

// edge leads to a reader; linear if every read goes element by element over the reader's own space.
type edge struct {
	to     *unit
	linear bool
}

const (
	maxClusterOps     = 96
	maxClusterStreams = 24
)

// schedule orders the units and gathers them into clusters: starting from the first unit that is ready, a cluster
// takes up every other unit of the same space that is ready (or will be, once the cluster has run the same tile) and
// shares an array with it. What is ready needs nothing that runs later, so clusters can never wait for each other.
func (f *fusion) schedule() [][]*unit {
	units := f.units()
	var ready unitHeap
	for _, u := range units {
		if u.pending == 0 {
			heap.Push(&ready, u)
		}
	}
	var order [][]*unit
	for len(ready) > 0 {
		seed := heap.Pop(&ready).(*unit)
		group := []*unit{seed}
		seed.grouped = true
		if seed.nodes != nil && f.absorb {
			group = grow(seed, &ready)
		}
		for _, u := range group {
			for _, e := range u.readers {
				e.to.inGroup = 0
				e.to.pending--
				if e.to.pending == 0 && !e.to.grouped {
					heap.Push(&ready, e.to)
				}
			}
		}
		order = append(order, group)
	}
	return order
}

// grow forms a cluster around a seed, taking units out of ready.
func grow(seed *unit, ready *unitHeap) []*unit {
	streams := map[*graph.Node]bool{}
	nodes := map[*graph.Node]bool{}
	var group, candidates []*unit
	take := func(u *unit) {
		u.grouped = true
		group = append(group, u)
		for _, n := range u.streams {
			streams[n] = true
		}
		for _, n := range u.nodes {
			nodes[n] = true
		}
		if tile.IsReduce(u.root) {
			return // its value is there only when the cluster has finished
		}
		streams[u.root] = true
		for _, e := range u.readers {
			if e.linear && e.to.space == seed.space {
				if e.to.inGroup++; e.to.inGroup == e.to.pending {
					candidates = append(candidates, e.to)
				}
			}
		}
	}
	for _, u := range *ready {
		if u.nodes != nil && u.space == seed.space {
			candidates = append(candidates, u)
		}
	}
	take(seed)
	for {
		slices.SortFunc(candidates, func(a, b *unit) int { return a.root.ID - b.root.ID })
		i := slices.IndexFunc(candidates, func(u *unit) bool {
			return !u.grouped && shares(u, streams, nodes) &&
				len(nodes)+len(u.nodes) <= maxClusterOps && len(streams)+len(u.streams) < maxClusterStreams
		})
		if i < 0 {
			break
		}
		take(candidates[i])
		candidates = slices.Delete(candidates, i, i+1)
	}
	*ready = slices.DeleteFunc(*ready, func(u *unit) bool { return u.grouped })
	heap.Init(ready)
	return group
}

// shares reports whether a unit reads an array of the cluster or computes one of its nodes.
func shares(u *unit, streams, nodes map[*graph.Node]bool) bool {
	for _, n := range u.streams {
		if streams[n] {
			return true
		}
	}
	for _, n := range u.nodes {
		if nodes[n] {
			return true
		}
	}
	return false
}

// units lists the work that the values in memory take.
func (f *fusion) units() []*unit {
	var units []*unit
	maker := make([]*unit, len(f.g.Nodes)) // of each value in memory
	for i, n := range f.g.Nodes {
		if n.Op == graph.OpOutput {
			maker[i] = maker[n.Inputs[0].ID]
			continue
		}
		if !f.inMemory[i] || n.Op == backends.OpTypeParameter || n.Op == backends.OpTypeConstant {
			continue
		}
		u := &unit{root: n, space: spaceOfUnit(n, f.operands[i] != nil)}
		reads := map[*unit]bool{} // linear?
		read := func(n *graph.Node, linear bool) {
			if from := maker[n.ID]; from != nil {
				was, seen := reads[from]
				reads[from] = linear && (was || !seen)
			}
		}
		if f.operands[i] != nil {
			f.collect(u, n, map[*graph.Node]bool{}, read)
		} else {
			for _, in := range n.Inputs {
				read(graph.ViewRoot(in), false)
			}
		}
		for from, linear := range reads {
			from.readers = append(from.readers, edge{u, linear})
			u.pending++
		}
		maker[i] = u
		units = append(units, u)
	}
	return units
}

func spaceOfUnit(n *graph.Node, cluster bool) int {
	if cluster {
		return tile.Space(n)
	}
	return -1
}

// collect gathers the nodes that a root computes, operands first, and reports what it reads from memory.
func (f *fusion) collect(u *unit, n *graph.Node, seen map[*graph.Node]bool, read func(n *graph.Node, linear bool)) {
	seen[n] = true
	for _, o := range f.operands[n.ID] {
		switch {
		case seen[o.Source]:
		case o.Inlines(u.space) && !f.inMemory[o.Source.ID]:
			f.collect(u, o.Source, seen, read)
			continue
		}
		if !o.Inlines(u.space) || f.inMemory[o.Source.ID] {
			whole := o.Access.IsLinear() && o.Source.Shape.Size() == u.space
			if whole && !slices.Contains(u.streams, o.Source) {
				u.streams = append(u.streams, o.Source)
			}
			read(o.Source, whole && f.operands[o.Source.ID] != nil && !tile.IsReduce(o.Source))
		}
	}
	u.nodes = append(u.nodes, n)
}

// unitHeap yields units in the order of the program.
type unitHeap []*unit

// Len implements heap.Interface.
func (h unitHeap) Len() int { return len(h) }

// Less implements heap.Interface.
func (h unitHeap) Less(i, j int) bool { return h[i].root.ID < h[j].root.ID }

// Swap implements heap.Interface.
func (h unitHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }

// Push implements heap.Interface.
func (h *unitHeap) Push(u any) { *h = append(*h, u.(*unit)) }

// Pop implements heap.Interface.
func (h *unitHeap) Pop() any {
	old := *h
	u := old[len(old)-1]
	*h = old[:len(old)-1]
	return u
}
