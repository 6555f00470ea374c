package main

import "fmt"

// The methods here add one instruction each; the register that is written comes first, as in ARM's mnemonics.

func (g *function) zero(d vector) { g.native("VEOR V%[1]d.B16, V%[1]d.B16, V%[1]d.B16", d) }

func (g *function) copy(d, n vector) { g.native("VORR V%[2]d.B16, V%[2]d.B16, V%[1]d.B16", d, n) }

// load16, load8 and load4 read so many bytes from an address in Go's notation; the register's other lanes become zero.
func (g *function) load16(d vector, at string) { g.native("FMOVQ "+at+", F%[1]d", d) }
func (g *function) load8(d vector, at string)  { g.native("FMOVD "+at+", F%[1]d", d) }
func (g *function) load4(d vector, at string)  { g.native("FMOVS "+at+", F%[1]d", d) }

// store16, store8 and store4 write the first bytes of a register.
func (g *function) store16(d vector, at string) { g.native("FMOVQ F%[1]d, "+at, d).reads = true }
func (g *function) store8(d vector, at string)  { g.native("FMOVD F%[1]d, "+at, d).reads = true }
func (g *function) store4(d vector, at string)  { g.native("FMOVS F%[1]d, "+at, d).reads = true }

// loadLane and storeLane move one lane of 32 bits, and leave the others; the address is a register alone.
func (g *function) loadLane(d vector, lane int, at string) {
	g.native("VLD1 ("+at+"), V%[1]d.S["+string(rune('0'+lane))+"]", d).reads = true
}

func (g *function) storeLane(d vector, lane int, at string) {
	g.native("VST1 V%[1]d.S["+string(rune('0'+lane))+"], ("+at+")", d).reads = true
}

func (g *function) fadd(d, n, m vector) {
	g.word(0x4e20d400, "FADD V%[1]d.4S, V%[2]d.4S, V%[3]d.4S", d, n, m)
}

// faddPairs adds neighbours: those of n, then those of m.
func (g *function) faddPairs(d, n, m vector) {
	g.word(0x6e20d400, "FADDP V%[1]d.4S, V%[2]d.4S, V%[3]d.4S", d, n, m)
}

// fmla adds n·m to d, rounded once.
func (g *function) fmla(d, n, m vector) {
	g.native("VFMLA V%[3]d.S4, V%[2]d.S4, V%[1]d.S4", d, n, m).reads = true
}

// fmlaFirst adds n times the first lane of m to d, rounded once.
func (g *function) fmlaFirst(d, n, m vector) {
	g.word(0x4f801000, "FMLA V%[1]d.4S, V%[2]d.4S, V%[3]d.S[0]", d, n, m).reads = true
}

// fmlaDouble adds n times lane 0 or 1 of m to d, rounded once, in lanes of 64 bits.
func (g *function) fmlaDouble(d, n, m vector, lane int) {
	mnemonic := fmt.Sprintf("FMLA V%%[1]d.2D, V%%[2]d.2D, V%%[3]d.D[%d]", lane)
	g.word(0x4fc01000|uint32(lane)<<11, mnemonic, d, n, m).reads = true
}

func (g *function) faddDouble(d, n, m vector) {
	g.word(0x4e60d400, "FADD V%[1]d.2D, V%[2]d.2D, V%[3]d.2D", d, n, m)
}

// load16At and store16At move 16 bytes at the sum of two general registers, in Go's notation.
func (g *function) load16At(d vector, base, index string) {
	g.word(0x3ce06800|general(base)<<5|general(index)<<16,
		fmt.Sprintf("LDR Q%%[1]d, [X%d, X%d]", general(base), general(index)), d)
}

func (g *function) store16At(d vector, base, index string) {
	g.word(0x3ca06800|general(base)<<5|general(index)<<16,
		fmt.Sprintf("STR Q%%[1]d, [X%d, X%d]", general(base), general(index)), d).reads = true
}

// general is the number of a general register in Go's notation.
func general(reg string) (number uint32) {
	if n, err := fmt.Sscanf(reg, "R%d", &number); n != 1 {
		panic(err)
	}
	return number
}
