// Package plan turns an optimised graph into steps and assigns their memory. It decides which values to keep in memory
// and which to compute again (fuse.go), joins element-wise ops and reductions into clusters (cluster.go, band.go),
// writes a program for each cluster (step.go), and lets values share one arena over time (plan.go).
package plan

import (
	"slices"

	"github.com/gomlx/gomlx/backends"
	"github.com/pkg/errors"

	"github.com/amgen/amgen/backends/simd/internal/exec"
	"github.com/amgen/amgen/backends/simd/internal/graph"
	"github.com/amgen/amgen/backends/simd/internal/memory"
	"github.com/amgen/amgen/backends/simd/internal/tile"
)

// Place says where a value is in memory during a run.
type Place struct {
	Kind  PlaceKind
	Index int // of the parameter or output; for the arena, the offset in bytes
	Size  int // bytes
}

// PlaceKind is the kind of memory that a value is in.
type PlaceKind uint8

// The kinds of memory.
const (
	Nowhere     PlaceKind = iota // not in memory
	InArena                      // one stretch of memory for the length of an execution
	InParameter                  // the buffer of a parameter
	InConstant                   // the node's own attributes
	InOutput                     // the buffer of a result
)

// Plan assigns memory: one arena that values share over time, and the buffers of parameters and outputs.
type Plan struct {
	Steps  []*Step
	Places []Place   // by the IDs of nodes
	Arena  int       // bytes
	Dying  [][]int   // by step: parameters that are read for the last time
	Copies []CopyOut // outputs that are not computed in place
}

// CopyOut fills an output from a value that is elsewhere in memory.
type CopyOut struct {
	Output int
	From   int // the ID of the node
}

// New turns an optimised graph into steps, with fused clusters unless fusing is off, and assigns their memory.
func New(g *graph.Graph, fuse bool) (*Plan, error) {
	steps, err := makeSteps(g, fuse)
	if err != nil {
		return nil, err
	}
	if fuse {
		steps = joinBands(steps)
		tile.Compile(programsOf(steps))
	}
	return assign(steps, g), nil
}

// assign simulates the steps: a value takes the smallest free stretch of the arena that holds it, or the place
// of an input that the step reads last, and gives it back after its last reader.
func assign(steps []*Step, g *graph.Graph) *Plan {
	p := &Plan{Steps: steps, Places: make([]Place, len(g.Nodes)), Dying: make([][]int, len(steps))}
	last := map[*graph.Node]int{}
	for i, s := range steps {
		for _, n := range s.Out {
			if n != nil {
				last[n] = i
			}
		}
		for _, n := range s.In {
			last[n] = i
			p.placeFixed(n)
		}
	}
	for k, o := range g.Outputs {
		n := graph.ViewRoot(o)
		p.placeFixed(n)
		last[n] = len(steps)
		if p.Places[n.ID].Kind != Nowhere {
			p.Copies = append(p.Copies, CopyOut{k, n.ID})
		} else {
			p.Places[n.ID] = Place{InOutput, k, int(n.Shape.Memory())}
		}
	}
	var heap arena
	for i, s := range steps {
		taken := map[*graph.Node]bool{}
		for k, n := range s.Out {
			if n == nil {
				continue // it has no reader: the run takes temporary memory
			}
			if p.Places[n.ID].Kind != Nowhere {
				continue // an output of the computation
			}
			if from := p.replaced(s, k, i, last, taken); from != nil {
				taken[from] = true
				p.Places[n.ID] = Place{InArena, p.Places[from.ID].Index, s.Size[k]}
				continue
			}
			p.Places[n.ID] = Place{InArena, heap.take(s.Size[k]), s.Size[k]}
		}
		p.retire(i, s, last, taken, &heap)
	}
	p.Arena = heap.end
	return p
}

// placeFixed places parameters and constants.
func (p *Plan) placeFixed(n *graph.Node) {
	switch n.Op {
	case backends.OpTypeParameter:
		p.Places[n.ID] = Place{InParameter, n.Attrs.(graph.ParameterAttrs).Index, int(n.Shape.Memory())}
	case backends.OpTypeConstant:
		p.Places[n.ID] = Place{Kind: InConstant, Size: int(n.Shape.Memory())}
	}
}

// replaced finds an input whose place output k of step i may take over.
func (p *Plan) replaced(s *Step, k, i int, last map[*graph.Node]int, taken map[*graph.Node]bool) *graph.Node {
	usable := func(from *graph.Node) bool {
		where := p.Places[from.ID]
		return where.Kind == InArena && last[from] == i && where.Size == s.Size[k] && !taken[from]
	}
	if s.Parts == nil {
		if k == 0 {
			for _, c := range exec.Replaceable(s.Node.Op) {
				if from := s.In[c]; usable(from) && count(s.In, from) == 1 {
					return from
				}
			}
		}
		return nil
	}
	for j, part := range s.Parts {
		store := slices.Index(part.Out, k)
		if store < 0 || store >= len(part.Program.Stores) {
			continue
		}
		for _, c := range part.Program.MayReplace(store) {
			if in := part.In[c]; in >= 0 && usable(s.In[in]) && s.lastReadLocally(in, j) {
				return s.In[in]
			}
		}
	}
	return nil
}

// lastReadLocally reports whether no part after j reads input in, and those before read of it only the band at hand.
func (s *Step) lastReadLocally(in, j int) bool {
	for i, part := range s.Parts {
		source := slices.Index(part.In, in)
		if source < 0 || i == j {
			continue
		}
		if i > j {
			return false
		}
		for _, input := range part.Program.Inputs {
			if input.Source == source && !input.Access.BatchLocal(part.Program.Size, s.In[in].Shape.Size(), s.batch) {
				return false
			}
		}
	}
	return true
}

func count(list []*graph.Node, n *graph.Node) (times int) {
	for _, x := range list {
		if x == n {
			times++
		}
	}
	return times
}

// retire gives back what step i uses last.
func (p *Plan) retire(i int, s *Step, last map[*graph.Node]int, taken map[*graph.Node]bool, heap *arena) {
	seen := map[*graph.Node]bool{}
	for _, n := range slices.Concat(s.In, s.Out) {
		if n == nil || seen[n] || last[n] != i {
			continue
		}
		seen[n] = true
		switch where := p.Places[n.ID]; where.Kind {
		case InParameter:
			p.Dying[i] = append(p.Dying[i], where.Index)
		case InArena:
			if !taken[n] {
				heap.give(where.Index, where.Size)
			}
		}
	}
}

// Check refuses a computation that cannot fit, before any of it runs. g is the graph that the plan was made for.
func (p *Plan) Check(g *graph.Graph, m *memory.Memory) error {
	var results int64
	largest := -1
	for id, where := range p.Places {
		if where.Kind == InOutput {
			results += int64(where.Size)
		}
		if where.Kind != InArena && where.Kind != InOutput {
			continue
		}
		if largest < 0 || where.Size > p.Places[largest].Size {
			largest = id
		}
	}
	need, capacity := int64(p.Arena)+results, m.Capacity()
	if need <= capacity {
		return nil
	}
	has := "there are " + memory.FormatSize(capacity)
	if m.Limit > 0 {
		has = "the option memory allows " + memory.FormatSize(capacity)
	}
	return errors.Errorf("simd: computation %q needs %s of memory, %s for intermediate values and %s for results, "+
		"and %s; the largest value is %s of %s; use a smaller batch or model",
		g.Name, memory.FormatSize(need), memory.FormatSize(int64(p.Arena)), memory.FormatSize(results), has,
		g.Nodes[largest], memory.FormatSize(int64(p.Places[largest].Size)))
}

// arena simulates allocation in one stretch of memory.
type arena struct {
	free []extent // ascending, never adjacent
	end  int
}

type extent struct{ at, size int }

// take returns the offset of a free stretch, the tightest that there is.
func (a *arena) take(size int) int {
	size = tile.Bytes(size, 1)
	best := -1
	for i, e := range a.free {
		if e.size >= size && (best < 0 || e.size < a.free[best].size) {
			best = i
		}
	}
	if best < 0 {
		at := a.end
		if k := len(a.free) - 1; k >= 0 && a.free[k].at+a.free[k].size == a.end {
			at = a.free[k].at // the last stretch grows
			a.free = a.free[:k]
		}
		a.end = at + size
		return at
	}
	at := a.free[best].at
	if a.free[best].size == size {
		a.free = slices.Delete(a.free, best, best+1)
	} else {
		a.free[best].at += size
		a.free[best].size -= size
	}
	return at
}

// give takes a stretch back and joins it with its neighbours.
func (a *arena) give(at, size int) {
	size = tile.Bytes(size, 1)
	if size == 0 {
		return
	}
	i, _ := slices.BinarySearchFunc(a.free, at, func(e extent, at int) int { return e.at - at })
	a.free = slices.Insert(a.free, i, extent{at, size})
	if i+1 < len(a.free) && at+size == a.free[i+1].at {
		a.free[i].size += a.free[i+1].size
		a.free = slices.Delete(a.free, i+1, i+2)
	}
	if i > 0 && a.free[i-1].at+a.free[i-1].size == at {
		a.free[i-1].size += a.free[i].size
		a.free = slices.Delete(a.free, i, i+1)
	}
}
