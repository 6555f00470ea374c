package simd

import "slices"

// allocateTiles gives scratch tiles to expanded inputs, to results that are not outputs, and to accumulators.
// A result takes over the tile of an argument that no later instruction reads.
func (p *program) allocateTiles() {
	count := len(p.inputs) + len(p.instrs)
	p.temp, p.store = make([]int, count), make([]int, count)
	for v := range count {
		p.temp[v], p.store[v] = -1, -1
	}
	for out, v := range p.stores {
		p.store[v] = out
	}
	p.scratch = 0
	place := func(width int) int {
		at := p.scratch
		p.scratch += tileBytes(p.tile, width)
		return at
	}
	for v, in := range p.inputs {
		if in.kind != readDirect && in.kind != readElement {
			p.temp[v] = place(in.width)
		}
	}
	last := p.lastUses()
	free := map[int][]int{} // by width
	for i, ins := range p.instrs {
		v := len(p.inputs) + i
		for k, arg := range ins.args {
			// Inputs keep their tiles: a broadcast operand is expanded once for many tiles.
			if arg >= len(p.inputs) && last[arg] == i && p.temp[arg] >= 0 && !slices.Contains(ins.args[:k], arg) {
				free[p.width[arg]] = append(free[p.width[arg]], p.temp[arg])
			}
		}
		if p.store[v] >= 0 {
			continue
		}
		w := p.width[v]
		if list := free[w]; len(list) > 0 {
			p.temp[v] = list[len(list)-1]
			free[w] = list[:len(list)-1]
		} else {
			p.temp[v] = place(w)
		}
	}
	for i := range p.reduces {
		if p.reduces[i].vertical > 0 {
			p.reduces[i].accumulator = place(p.reduces[i].width)
		}
	}
}

// lastUses finds the last instruction that reads each value; reductions read after all instructions.
func (p *program) lastUses() []int {
	last := make([]int, len(p.inputs)+len(p.instrs))
	for v := range last {
		last[v] = -1
	}
	for i, ins := range p.instrs {
		for _, arg := range ins.args {
			if arg >= 0 {
				last[arg] = i
			}
		}
	}
	for _, red := range p.reduces {
		last[red.value] = len(p.instrs)
	}
	return last
}

// mayReplace lists the inputs whose memory output out may take over: read linearly, by instructions no later
// than the one that writes the output.
func (p *program) mayReplace(out int) (sources []int) {
	v := p.stores[out]
	last := p.lastUses()
	for i, in := range p.inputs {
		if in.width == p.width[v] && in.access.isLinear() && last[i] <= v-len(p.inputs) && !p.readsElsewhere(i) {
			sources = append(sources, in.source)
		}
	}
	return sources
}

// readsElsewhere reports whether another input reads the same source.
func (p *program) readsElsewhere(input int) bool {
	for i, in := range p.inputs {
		if i != input && in.source == p.inputs[input].source {
			return true
		}
	}
	return false
}
