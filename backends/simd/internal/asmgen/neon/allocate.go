package main

import "slices"

// allocate replaces the virtual registers by numbers that aren't taken. A virtual register lives from where it is first
// written to where it is last read, with no branch and no label between. It gets the number that has been free for
// longest, so that a processor that doesn't rename registers needn't wait.
func (g *function) allocate() {
	last := map[vector]int{}
	for at, i := range g.code {
		for _, r := range i.reg {
			last[r] = at
		}
	}
	var free []vector
	for i := range g.taken {
		if !g.taken[i] {
			free = append(free, vector(i))
		}
	}
	home := map[vector]vector{}
	for at := range g.code {
		i := &g.code[at]
		if i.boundary && len(home) > 0 {
			panic("neon: " + g.name + " keeps a virtual register across a branch")
		}
		release := func(r vector) {
			if number, ok := home[r]; ok && last[r] == at {
				delete(home, r)
				free = append(free, number)
			}
		}
		reg := slices.Clone(i.reg)
		reads, writes := i.parts()
		for _, k := range reads {
			if reg[k] >= 32 {
				number, ok := home[reg[k]]
				if !ok {
					panic("neon: " + g.name + " reads a register that nothing was written to")
				}
				reg[k] = number
			}
		}
		if i.move && i.reg[0] >= 32 && i.reg[1] >= 32 && last[i.reg[1]] == at {
			home[i.reg[0]] = home[i.reg[1]]
			delete(home, i.reg[1])
			i.encode = nil
			continue
		}
		for _, k := range reads {
			release(i.reg[k])
		}
		for _, k := range writes {
			if r := i.reg[k]; r >= 32 {
				if len(free) == 0 {
					panic("neon: " + g.name + " needs more than 32 vector registers")
				}
				reg[k], home[r], free = free[0], free[0], free[1:]
				release(r)
			}
		}
		i.reg = reg
		g.most = max(g.most, 32-len(free))
	}
}

// parts are the places in reg that are read, and those that are only written. A virtual register is written whole once.
func (i *instruction) parts() (reads, writes []int) {
	for k := range i.reg {
		if k > 1 || k == 1 && !i.two || i.reads {
			reads = append(reads, k)
		} else {
			writes = append(writes, k)
		}
	}
	return reads, writes
}
