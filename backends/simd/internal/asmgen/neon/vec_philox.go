package main

import "fmt"

func init() { families["vecphilox"] = philox }

// The multipliers and key increments of Philox4x32.
const (
	philoxM0, philoxM1 = 0xD2511F53, 0xCD9E8D57
	philoxW0, philoxW1 = 0x9E3779B9, 0xBB67AE85
	philoxRounds       = 10
)

// philox emits the random number generator, eight blocks a turn. A lane of four registers computes a block, a word in
// each.
func philox(f *file) {
	g := f.function("philoxBlocksNEON", "fills dst with the blocks at the counters high:low, high:low+1, …; len(dst) "+
		"is a multiple of 128 bytes and low doesn't overflow.", parameter{name: "dst", kind: "[]byte"},
		parameter{name: "key", kind: "uint64"}, parameter{name: "low", kind: "uint64"},
		parameter{name: "high", kind: "uint64"})
	g.line("MOVD %s, R1", g.argument("dst", "_base"))
	g.line("MOVD %s, %s", g.argument("dst", "_len"), countReg)
	p := &philoxLanes{function: g}
	p.key, p.high = p.words("key"), p.words("high")
	for i, bits := range []uint32{philoxM0, philoxM1, philoxW0, philoxW1} {
		p.constants[i] = g.pin()
		g.line("MOVD $%#x, R2", bits)
		g.native("VDUP R2, V%[1]d.S4", p.constants[i])
	}
	g.line("MOVD %s, R2", g.argument("low", ""))
	for i := range p.low {
		p.low[i] = g.pin()
		for lane := range 2 {
			g.native(fmt.Sprintf("VMOV R2, V%%[1]d.D[%d]", lane), p.low[i])
			g.line("ADD $1, R2, R2")
		}
	}
	next := g.pin() // eight counters on
	g.line("MOVD $8, R2")
	g.native("VDUP R2, V%[1]d.D2", next)
	g.branch("CBZ %s, done", countReg)
	g.label("loop")
	p.turn()
	for _, low := range p.low {
		g.native("VADD V%[3]d.D2, V%[2]d.D2, V%[1]d.D2", low, low, next)
	}
	g.line("SUBS $128, %s, %s", countReg, countReg)
	g.branch("BNE loop")
	g.label("done")
	g.line("RET")
}

// philoxLanes is the kernel in the making.
type philoxLanes struct {
	*function
	key, high [2]vector // their lower and upper words in every lane
	low       [4]vector // two counters each
	constants [4]vector // M0, M1, W0, W1
}

// words pins the two words of a parameter, each in every lane.
func (p *philoxLanes) words(name string) (two [2]vector) {
	p.line("MOVD %s, R2", p.argument(name, ""))
	for i := range two {
		two[i] = p.pin()
		p.native("VDUP R2, V%[1]d.S4", two[i])
		p.line("LSR $32, R2, R2")
	}
	return two
}

// three adds an instruction of Go's assembler on three registers with the same arrangement of lanes.
func (p *philoxLanes) three(name, lanes string, n, m vector) vector {
	d := p.fresh()
	p.native(fmt.Sprintf("%s V%%[3]d.%s, V%%[2]d.%s, V%%[1]d.%s", name, lanes, lanes, lanes), d, n, m)
	return d
}

// turn emits the blocks of a turn: the rounds of four, and of four others beside them.
func (p *philoxLanes) turn() {
	var c [2][4]vector
	for i := range c {
		c[i] = [4]vector{p.three("VUZP1", "S4", p.low[2*i], p.low[2*i+1]),
			p.three("VUZP2", "S4", p.low[2*i], p.low[2*i+1]), p.high[0], p.high[1]}
	}
	k := p.key
	for round := range philoxRounds {
		if round > 0 {
			k = [2]vector{p.three("VADD", "S4", k[0], p.constants[2]), p.three("VADD", "S4", k[1], p.constants[3])}
		}
		for i := range c {
			c[i] = p.round(c[i], k)
		}
	}
	for _, words := range c {
		p.store(words)
	}
}

// round is one round: (c0, c1, c2, c3) becomes (hi(M1 c2) ^ c1 ^ k0, lo(M1 c2), hi(M0 c0) ^ c3 ^ k1, lo(M0 c0)).
func (p *philoxLanes) round(c [4]vector, k [2]vector) [4]vector {
	product := func(x, m vector) (low, high vector) {
		first, last := p.fresh(), p.fresh()
		p.word(0x2ea0c000, "UMULL V%[1]d.2D, V%[2]d.2S, V%[3]d.2S", first, x, m)
		p.word(0x6ea0c000, "UMULL2 V%[1]d.2D, V%[2]d.4S, V%[3]d.4S", last, x, m)
		return p.three("VUZP1", "S4", first, last), p.three("VUZP2", "S4", first, last)
	}
	xor := func(a, b vector) vector { return p.three("VEOR", "B16", a, b) }
	aLow, aHigh := product(c[0], p.constants[0])
	bLow, bHigh := product(c[2], p.constants[1])
	return [4]vector{xor(xor(bHigh, c[1]), k[0]), bLow, xor(xor(aHigh, c[3]), k[1]), aLow}
}

// store writes four blocks, whose words are in a lane of four registers.
func (p *philoxLanes) store(c [4]vector) {
	for _, v := range p.transposed(c[:]) {
		p.store16(v, "(R1)")
		p.line("ADD $16, R1, R1")
	}
}
