package main

import "fmt"

// The methods here add one instruction each; the register that is written comes first, as in ARM's mnemonics.

func (g *function) zero(d vector) { g.native("VEOR V%[1]d.B16, V%[1]d.B16, V%[1]d.B16", d) }

func (g *function) copy(d, n vector) {
	g.native("VORR V%[2]d.B16, V%[2]d.B16, V%[1]d.B16", d, n).move = true
}

// load16, load8 and load4 read so many bytes from an address in Go's notation; the register's other lanes become zero.
func (g *function) load16(d vector, at string) { g.native("FMOVQ "+at+", F%[1]d", d) }
func (g *function) load8(d vector, at string)  { g.native("FMOVD "+at+", F%[1]d", d) }
func (g *function) load4(d vector, at string)  { g.native("FMOVS "+at+", F%[1]d", d) }

// loadPair reads 32 bytes from where a general register points, and moves it on.
func (g *function) loadPair(d, e vector, pointer string) {
	g.native("FLDPQ.P 32("+pointer+"), (F%[1]d, F%[2]d)", d, e).two = true
}

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

// faddPairs adds neighbours: those of n, then those of m.
func (g *function) faddPairs(d, n, m vector) {
	g.word(0x6e20d400, "FADDP V%[1]d.4S, V%[2]d.4S, V%[3]d.4S", d, n, m)
}

// singles are instructions on lanes of 32 bits, by ARM's name: their encodings without registers.
var singles = map[string]uint32{
	"FADD": 0x4e20d400, "FSUB": 0x4ea0d400, "FMUL": 0x6e20dc00, "FDIV": 0x6e20fc00, "FMAX": 0x4e20f400,
	"FMIN": 0x4ea0f400, "FCMEQ": 0x4e20e400, "FCMGE": 0x6e20e400, "FCMGT": 0x6ea0e400,
	"FSQRT": 0x6ea1f800, "FABS": 0x4ea0f800, "FNEG": 0x6ea0f800, "FRINTN": 0x4e218800, "FRINTM": 0x4e219800,
	"FRINTP": 0x4ea18800, "SCVTF": 0x4e21d800, "UCVTF": 0x6e21d800,
}

// single adds an instruction of two or three registers.
func (g *function) single(name string, reg ...vector) {
	encoding, ok := singles[name]
	if !ok {
		panic("neon: no instruction " + name)
	}
	text := name + " V%[1]d.4S, V%[2]d.4S"
	if len(reg) == 3 {
		text += ", V%[3]d.4S"
	}
	g.word(encoding, text, reg...)
}

func (g *function) fadd(d, n, m vector) { g.single("FADD", d, n, m) }

// bits adds an instruction on all bits: AND, ORR or EOR of Go's assembler, or one that it lacks.
func (g *function) bits(name string, d, n, m vector) {
	switch name {
	case "BIC":
		g.word(0x4e601c00, "BIC V%[1]d.16B, V%[2]d.16B, V%[3]d.16B", d, n, m)
	case "ORN":
		g.word(0x4ee01c00, "ORN V%[1]d.16B, V%[2]d.16B, V%[3]d.16B", d, n, m)
	default:
		g.native("V"+name+" V%[3]d.B16, V%[2]d.B16, V%[1]d.B16", d, n, m)
	}
}

// bsl leaves in d, a mask, yes where the mask's bits are set, and no elsewhere.
func (g *function) bsl(d, yes, no vector) {
	g.native("VBSL V%[3]d.B16, V%[2]d.B16, V%[1]d.B16", d, yes, no).reads = true
}

// integer adds an instruction of Go's assembler on lanes of 32 bits, VADD or VSUB.
func (g *function) integer(name string, d, n, m vector) {
	g.native(name+" V%[3]d.S4, V%[2]d.S4, V%[1]d.S4", d, n, m)
}

// shl, shr and sar shift by a number of bits.
func (g *function) shl(d, n vector, by int) {
	g.native(fmt.Sprintf("VSHL $%d, V%%[2]d.S4, V%%[1]d.S4", by), d, n)
}

func (g *function) shr(d, n vector, by int) {
	g.native(fmt.Sprintf("VUSHR $%d, V%%[2]d.S4, V%%[1]d.S4", by), d, n)
}

func (g *function) sar(d, n vector, by int) {
	g.word(0x4f000400|uint32(64-by)<<16, fmt.Sprintf("SSHR V%%[1]d.4S, V%%[2]d.4S, #%d", by), d, n)
}

// fmls subtracts n·m from d, rounded once.
func (g *function) fmls(d, n, m vector) {
	g.native("VFMLS V%[3]d.S4, V%[2]d.S4, V%[1]d.S4", d, n, m).reads = true
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

// bitsInto is bits with the register that is written as its first operand.
func (g *function) bitsInto(name string, d, m vector) {
	g.native("V"+name+" V%[2]d.B16, V%[1]d.B16, V%[1]d.B16", d, m).reads = true
}
