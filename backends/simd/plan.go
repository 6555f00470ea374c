package simd

import (
	"slices"

	"github.com/gomlx/gomlx/backends"
	"github.com/pkg/errors"
)

// place says where a value is in memory during a run.
type place struct {
	kind  placeKind
	index int // of the parameter or output; for the arena, the offset in bytes
	size  int // bytes
}

type placeKind uint8

const (
	inArena placeKind = iota
	inParameter
	inConstant
	inOutput
)

// plan assigns memory: one arena that values share over time, and the buffers of parameters and outputs.
type plan struct {
	steps  []*step
	places map[*node]place
	arena  int       // bytes
	dying  [][]int   // by step: parameters that are read for the last time
	copies []copyOut // outputs that are not computed in place
}

// copyOut fills an output from a value that is elsewhere in memory.
type copyOut struct {
	output int
	from   *node
}

// newPlan turns an optimised graph into steps, with fused clusters unless fusing is off, and assigns their memory.
func newPlan(g *graph, fuse bool) (*plan, error) {
	steps, err := makeSteps(g, fuse)
	if err != nil {
		return nil, err
	}
	if fuse {
		steps = joinBands(steps)
		compileChains(programsOf(steps))
	}
	return assign(steps, g.outputs), nil
}

// assign simulates the steps: a value takes the smallest free stretch of the arena that holds it, or the place
// of an input that the step reads last, and gives it back after its last reader.
func assign(steps []*step, outputs []*node) *plan {
	p := &plan{steps: steps, places: map[*node]place{}, dying: make([][]int, len(steps))}
	last := map[*node]int{}
	for i, s := range steps {
		for _, n := range s.out {
			if n != nil {
				last[n] = i
			}
		}
		for _, n := range s.in {
			last[n] = i
			p.placeFixed(n)
		}
	}
	for k, o := range outputs {
		n := viewRoot(o)
		p.placeFixed(n)
		last[n] = len(steps)
		if _, taken := p.places[n]; taken {
			p.copies = append(p.copies, copyOut{k, n})
		} else {
			p.places[n] = place{inOutput, k, int(n.shape.Memory())}
		}
	}
	var heap arena
	for i, s := range steps {
		taken := map[*node]bool{}
		for k, n := range s.out {
			if n == nil {
				continue // it has no reader: the run takes temporary memory
			}
			if _, ok := p.places[n]; ok {
				continue // an output of the computation
			}
			if from := p.replaced(s, k, i, last, taken); from != nil {
				taken[from] = true
				p.places[n] = place{inArena, p.places[from].index, s.size[k]}
				continue
			}
			p.places[n] = place{inArena, heap.take(s.size[k]), s.size[k]}
		}
		p.retire(i, s, last, taken, &heap)
	}
	p.arena = heap.end
	return p
}

// placeFixed places parameters and constants.
func (p *plan) placeFixed(n *node) {
	switch n.op {
	case backends.OpTypeParameter:
		p.places[n] = place{inParameter, n.attrs.(parameter).index, int(n.shape.Memory())}
	case backends.OpTypeConstant:
		p.places[n] = place{kind: inConstant, size: int(n.shape.Memory())}
	}
}

// replaced finds an input whose place output k of step i may take over.
func (p *plan) replaced(s *step, k, i int, last map[*node]int, taken map[*node]bool) *node {
	usable := func(from *node) bool {
		where := p.places[from]
		return where.kind == inArena && last[from] == i && where.size == s.size[k] && !taken[from]
	}
	if s.parts == nil {
		if k == 0 {
			for _, c := range replaceable(s.node.op) {
				if from := s.in[c]; usable(from) && count(s.in, from) == 1 {
					return from
				}
			}
		}
		return nil
	}
	for j, part := range s.parts {
		store := slices.Index(part.out, k)
		if store < 0 || store >= len(part.prog.stores) {
			continue
		}
		for _, c := range part.prog.mayReplace(store) {
			if in := part.in[c]; in >= 0 && usable(s.in[in]) && s.lastReadLocally(in, j) {
				return s.in[in]
			}
		}
	}
	return nil
}

// lastReadLocally reports whether no part after j reads input in, and those before read of it only the band at hand.
func (s *step) lastReadLocally(in, j int) bool {
	for i, part := range s.parts {
		source := slices.Index(part.in, in)
		if source < 0 || i == j {
			continue
		}
		if i > j {
			return false
		}
		for _, input := range part.prog.inputs {
			if input.source == source && !input.access.batchLocal(part.prog.size, s.in[in].shape.Size(), s.batch) {
				return false
			}
		}
	}
	return true
}

func count(list []*node, n *node) (times int) {
	for _, x := range list {
		if x == n {
			times++
		}
	}
	return times
}

// retire gives back what step i uses last.
func (p *plan) retire(i int, s *step, last map[*node]int, taken map[*node]bool, heap *arena) {
	seen := map[*node]bool{}
	for _, n := range slices.Concat(s.in, s.out) {
		if n == nil || seen[n] || last[n] != i {
			continue
		}
		seen[n] = true
		switch where := p.places[n]; where.kind {
		case inParameter:
			p.dying[i] = append(p.dying[i], where.index)
		case inArena:
			if !taken[n] {
				heap.give(where.index, where.size)
			}
		}
	}
}

// check refuses a computation that cannot fit, before any of it runs.
func (p *plan) check(name string, m *memory) error {
	var results int64
	var largest *node
	for n, where := range p.places {
		if where.kind == inOutput {
			results += int64(where.size)
		}
		if where.kind != inArena && where.kind != inOutput {
			continue
		}
		if size := p.places[largest].size; largest == nil || where.size > size || where.size == size &&
			n.id < largest.id {
			largest = n
		}
	}
	need, capacity := int64(p.arena)+results, m.capacity()
	if need <= capacity {
		return nil
	}
	has := "there are " + formatSize(capacity)
	if m.limit > 0 {
		has = "the option memory allows " + formatSize(capacity)
	}
	return errors.Errorf("simd: computation %q needs %s of memory, %s for intermediate values and %s for results, "+
		"and %s; the largest value is %s of %s; use a smaller batch or model",
		name, formatSize(need), formatSize(int64(p.arena)), formatSize(results), has, largest,
		formatSize(int64(p.places[largest].size)))
}

// arena simulates allocation in one stretch of memory.
type arena struct {
	free []extent // ascending, never adjacent
	end  int
}

type extent struct{ at, size int }

// take returns the offset of a free stretch, the tightest that there is.
func (a *arena) take(size int) int {
	size = tileBytes(size, 1)
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
	size = tileBytes(size, 1)
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
