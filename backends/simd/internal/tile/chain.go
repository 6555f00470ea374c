package tile

import (
	"math/bits"
	"slices"

	"github.com/amgen/amgen/backends/simd/internal/jit"
)

// piece is a run of instructions of a program: a chain of machine code, or one instruction that its kernel runs.
type piece struct {
	first, end int        // instructions
	code       *jit.Code  // nil for a kernel
	chain      int        // of code
	arrays     []chainRef // of the chain
	results    []int      // values that the chain writes to memory
	memory     int        // bytes that the chain needs for vectors in transit
	sums       []int      // reductions that the chain accumulates
}

// chainRef is what an array of a chain is: the tile of a value or, complemented, the accumulator of a reduction.
type chainRef int

// Compile gives programs machine code for the instructions that it does. They must be laid out before. Where there
// is none, the programs stay as they are.
func Compile(programs []*Program) {
	target := jit.Active()
	if target == nil {
		return
	}
	var codes [][]byte
	for _, p := range programs {
		p.divide()
		p.findCycles(target.Lanes())
		for k := range p.pieces {
			pc := &p.pieces[k]
			if pc.chain < 0 {
				continue
			}
			code, memory, err := p.chain(pc, target)
			if err != nil { // more masks at once than there are registers: one by one, then
				p.Interpret()
				break
			}
			pc.chain, pc.memory = len(codes), memory
			codes = append(codes, code)
		}
	}
	code := target.Load(codes)
	for _, p := range programs {
		if code == nil {
			p.Interpret()
			continue
		}
		for k := range p.pieces {
			if pc := &p.pieces[k]; pc.chain >= 0 {
				pc.code = code
				p.chainMemory = max(p.chainMemory, pc.memory)
			}
		}
	}
}

// Interpret leaves every instruction to its kernel, whose bits are the same. It reports whether the program had machine
// code.
func (p *Program) Interpret() bool {
	had := len(p.pieces) > 0 && p.chainArrays() > 0
	p.pieces, p.inChain = nil, nil
	for v := range p.Inputs {
		p.Inputs[v].cycle = 0
	}
	return had
}

// findCycles finds the inputs that only chains read, and whose repetitions a chain of so many lanes can read round and
// round.
func (p *Program) findCycles(lanes int) {
	for v := range p.Inputs {
		in := &p.Inputs[v]
		span, block := in.Access.period()
		if in.kind != readPeriod || span == block || in.block != block || block%p.grid != 0 ||
			span < lanes || span&(span-1) != 0 || p.Width[v] != 4 ||
			slices.ContainsFunc(p.Reduces, func(red Reduce) bool { return red.Value == v }) ||
			slices.ContainsFunc(p.Instrs, func(ins Instr) bool {
				return ins.Lanes == nil && slices.Contains(ins.Args[:], v)
			}) {
			continue
		}
		in.cycle = span
	}
}

// divide cuts the instructions into pieces.
func (p *Program) divide() {
	p.pieces, p.inChain = nil, make([]bool, len(p.Reduces))
	for i := 0; i < len(p.Instrs); {
		pc := piece{first: i, end: i + 1, chain: -1}
		if p.Instrs[i].Lanes != nil {
			pc.chain = 0
			for pc.end < len(p.Instrs) && p.Instrs[pc.end].Lanes != nil {
				pc.end++
			}
		}
		p.pieces = append(p.pieces, pc)
		i = pc.end
	}
}

// chain writes the chain of a piece and lists what it reads and writes.
func (p *Program) chain(pc *piece, target *jit.Target) ([]byte, int, error) {
	c := &jit.Chain{}
	values := map[int]jit.Value{}
	read := func(v int) jit.Value {
		if x, ok := values[v]; ok {
			return x
		}
		array := len(pc.arrays)
		pc.arrays = append(pc.arrays, chainRef(v))
		switch {
		case v < len(p.Inputs) && (p.Inputs[v].kind == readElement || p.Inputs[v].kind == readScalar) &&
			p.Width[v] == 4:
			values[v] = c.Element(array)
		case p.Width[v] == 1:
			values[v] = c.Bools(array)
		case v < len(p.Inputs) && p.Inputs[v].cycle > 0:
			values[v] = c.Cycle(array, bits.TrailingZeros(uint(p.Inputs[v].cycle)))
		case v < len(p.Inputs) && (p.Inputs[v].kind == readDirect || p.Inputs[v].kind == readRuns):
			values[v] = c.Stream(array)
		default:
			values[v] = c.Tile(array)
		}
		return values[v]
	}
	for i := pc.first; i < pc.end; i++ {
		args := [3]jit.Value{-1, -1, -1}
		for k, arg := range p.Instrs[i].Args {
			if arg >= 0 {
				args[k] = read(arg)
			}
		}
		v := len(p.Inputs) + i
		values[v] = p.Instrs[i].Lanes(c, args)
		p.accumulate(pc, c, v, values[v])
		if p.leaves(v, pc) {
			pc.results = append(pc.results, v)
			if p.Width[v] == 1 {
				c.StoreBools(values[v], len(pc.arrays))
			} else {
				c.Store(values[v], len(pc.arrays))
			}
			pc.arrays = append(pc.arrays, chainRef(v))
		}
	}
	return c.Assemble(target)
}

// accumulate adds the value to the accumulators of the reductions that sum up whole tiles of it.
func (p *Program) accumulate(pc *piece, c *jit.Chain, v int, x jit.Value) {
	for k, red := range p.Reduces {
		if red.Value != v || red.vertical == 0 || red.Lanes == nil {
			continue
		}
		array := len(pc.arrays)
		pc.arrays = append(pc.arrays, ^chainRef(k))
		c.Store(red.Lanes(c, [3]jit.Value{c.Tile(array), x}), array)
		pc.sums = append(pc.sums, k)
		p.inChain[k] = true
	}
}

// leaves reports whether a value is read outside of its piece.
func (p *Program) leaves(v int, pc *piece) bool {
	if p.store[v] >= 0 {
		return true
	}
	for i, ins := range p.Instrs {
		if (i < pc.first || i >= pc.end) && slices.Contains(ins.Args[:], v) {
			return true
		}
	}
	for k, red := range p.Reduces {
		if red.Value == v && !p.inChain[k] {
			return true
		}
	}
	return false
}

// chainArrays is the largest number of arrays of a chain.
func (p *Program) chainArrays() (most int) {
	for _, pc := range p.pieces {
		most = max(most, len(pc.arrays))
	}
	return most
}
