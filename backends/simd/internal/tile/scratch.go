package tile

import "slices"

// allocateTiles gives scratch tiles to expanded inputs, to results that are not outputs, and to accumulators.
// A result takes over the tile of an argument that no later instruction reads.
func (p *Program) allocateTiles() {
	count := len(p.Inputs) + len(p.Instrs)
	p.temp, p.store = make([]int, count), make([]int, count)
	for v := range count {
		p.temp[v], p.store[v] = -1, -1
	}
	for out, v := range p.Stores {
		p.store[v] = out
	}
	p.scratch = 0
	place := func(width int) int {
		at := p.scratch
		p.scratch += Bytes(p.tile, width)
		return at
	}
	for v, in := range p.Inputs {
		if in.kind != readDirect && in.kind != readElement {
			p.temp[v] = place(in.Width)
		}
	}
	last := p.lastUses()
	free := map[int][]int{} // by width
	for i, ins := range p.Instrs {
		v := len(p.Inputs) + i
		for k, arg := range ins.Args {
			// Inputs keep their tiles: a broadcast operand is expanded once for many tiles.
			if arg >= len(p.Inputs) && last[arg] == i && p.temp[arg] >= 0 && !slices.Contains(ins.Args[:k], arg) {
				free[p.Width[arg]] = append(free[p.Width[arg]], p.temp[arg])
			}
		}
		if p.store[v] >= 0 {
			continue
		}
		w := p.Width[v]
		if list := free[w]; len(list) > 0 {
			p.temp[v] = list[len(list)-1]
			free[w] = list[:len(list)-1]
		} else {
			p.temp[v] = place(w)
		}
	}
	for i := range p.Reduces {
		if p.Reduces[i].vertical > 0 {
			p.Reduces[i].accumulator = place(p.Reduces[i].Width)
		}
	}
}

// lastUses finds the last instruction that reads each value; reductions read after all instructions.
func (p *Program) lastUses() []int {
	last := make([]int, len(p.Inputs)+len(p.Instrs))
	for v := range last {
		last[v] = -1
	}
	for i, ins := range p.Instrs {
		for _, arg := range ins.Args {
			if arg >= 0 {
				last[arg] = i
			}
		}
	}
	for _, red := range p.Reduces {
		last[red.Value] = len(p.Instrs)
	}
	return last
}

// MayReplace lists the inputs whose memory output out may take over: read linearly, by instructions no later
// than the one that writes the output.
func (p *Program) MayReplace(out int) (sources []int) {
	v := p.Stores[out]
	last := p.lastUses()
	for i, in := range p.Inputs {
		if in.Width == p.Width[v] && in.Access.IsLinear() && last[i] <= v-len(p.Inputs) && !p.readsElsewhere(i) {
			sources = append(sources, in.Source)
		}
	}
	return sources
}

// readsElsewhere reports whether another input reads the same source.
func (p *Program) readsElsewhere(input int) bool {
	for i, in := range p.Inputs {
		if i != input && in.Source == p.Inputs[input].Source {
			return true
		}
	}
	return false
}
