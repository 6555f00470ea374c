package main

import (
	"fmt"
	"strings"
)

// function is a function in the making. Its instructions are kept until their vector registers are known.
type function struct {
	file       *file
	name, doc  string
	parameters []parameter
	code       []instruction
	labels     int
	taken      [32]bool // vector registers that are named by number, or pinned
	virtual    int      // how many virtual registers there have been
	most       int      // how many registers were in use at once
}

// vector is a vector register: 0 to 31 by number, or from 32 on a virtual one, which allocate replaces.
type vector int

// instruction is a line of text, but for its vector registers.
type instruction struct {
	reg      []vector // the first is written
	reads    bool     // the first one is read, too or instead
	two      bool     // the second one is written too
	encode   func(reg []vector) string
	boundary bool // a label or a branch: no virtual register is alive here
	move     bool // a copy, which isn't needed where the original isn't read again
}

func (f *file) function(name, doc string, parameters ...parameter) *function {
	g := &function{file: f, name: name, doc: doc, parameters: parameters}
	f.functions = append(f.functions, g)
	return g
}

func (g *function) write(b *strings.Builder) {
	g.allocate()
	fmt.Fprintf(b, "\n// func %s%s\nTEXT ·%s(SB), NOSPLIT, $0-%d\n", g.name, g.signature(), g.name, g.frame())
	for _, i := range g.code {
		if i.encode != nil {
			b.WriteString(i.encode(i.reg) + "\n")
		}
	}
}

// line adds an instruction without vector registers that are virtual.
func (g *function) line(format string, a ...any) {
	text := "\t" + fmt.Sprintf(format, a...)
	g.code = append(g.code, instruction{encode: func([]vector) string { return text }})
}

// branch adds a line that leaves the straight way.
func (g *function) branch(format string, a ...any) {
	g.line(format, a...)
	g.code[len(g.code)-1].boundary = true
}

func (g *function) label(name string) {
	g.code = append(g.code, instruction{boundary: true, encode: func([]vector) string { return "\n" + name + ":" }})
}

// newLabel is a label that the function doesn't have yet.
func (g *function) newLabel(name string) string {
	g.labels++
	return fmt.Sprintf("%s%d", name, g.labels)
}

// fresh is a virtual register.
func (g *function) fresh() vector {
	g.virtual++
	return vector(31 + g.virtual)
}

// pin keeps a register until the function's end.
func (g *function) pin() vector {
	for i := range g.taken {
		if !g.taken[i] {
			g.taken[i] = true
			return vector(i)
		}
	}
	panic("neon: " + g.name + " pins more than 32 registers")
}

// native adds an instruction of Go's assembler in whose text %[1]d is the vector register that is written, %[2]d and so
// on are those that are read.
func (g *function) native(format string, reg ...vector) *instruction {
	return g.add(reg, func(reg []vector) string { return "\t" + fmt.Sprintf(format, numbers(reg)...) })
}

// word adds an instruction that Go's assembler lacks: its encoding without registers, of which ARM's places are 0, 5
// and 16, and ARM's mnemonic, in whose text %[1]d and so on are the registers.
func (g *function) word(encoding uint32, mnemonic string, reg ...vector) *instruction {
	return g.add(reg, func(reg []vector) string {
		w := encoding
		for i, place := range []int{0, 5, 16}[:len(reg)] {
			w |= uint32(reg[i]) << place
		}
		return fmt.Sprintf("\tWORD $%#08x // %s", w, fmt.Sprintf(mnemonic, numbers(reg)...))
	})
}

func numbers(reg []vector) (all []any) {
	for _, r := range reg {
		all = append(all, int(r))
	}
	return all
}

func (g *function) add(reg []vector, encode func([]vector) string) *instruction {
	g.code = append(g.code, instruction{reg: reg, encode: encode})
	return &g.code[len(g.code)-1]
}
