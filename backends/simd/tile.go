package simd

import (
	"unsafe"

	"github.com/amgen/amgen/backends/simd/internal/pool"
)

// chunkRun is the state of a worker that runs a program over one chunk.
type chunkRun struct {
	p       *program
	in, out [][]byte // by source, by output
	scratch []byte
	vals    [][]byte         // the current tile of each value
	filled  []fillMark       // by input: what its tile holds
	accs    []accRun         // by reduction
	table   []unsafe.Pointer // of the arrays of a chain
	transit []byte           // for vectors of a chain
}

// fillMark says up to which position of the space, and to which length, the tile of an input serves again.
type fillMark struct{ until, length int }

// runPrograms runs programs one after another on each of their chunks, of which all have the same number. in and out
// are the memory of each program: its sources; its element-wise outputs followed by its reductions'.
func runPrograms(workers *pool.Pool, m *memory, programs []*program, in, out [][][]byte) {
	chunks := len(programs[0].chunks) - 1
	partials := make([][][]byte, len(programs))
	scratch := 0
	for k, p := range programs {
		for i, red := range p.reduces {
			fillTile(out[k][len(p.stores)+i], red.identity)
		}
		scratch = max(scratch, p.scratch+p.chainMemory)
		if bytes := p.partialBytes(); bytes > 0 && p.size > 0 {
			mem, done := m.scratch(bytes * (chunks - 1))
			defer done()
			partials[k] = make([][]byte, chunks)
			for c := 1; c < chunks; c++ {
				partials[k][c] = mem[(c-1)*bytes:][:bytes]
			}
		}
	}
	workers.Run(chunks, func(c int) {
		mem, done := m.scratch(scratch)
		defer done()
		for k, p := range programs {
			var partial []byte
			if partials[k] != nil {
				partial = partials[k][c]
			}
			w := p.newChunk(in[k], out[k], mem, partial)
			w.run(p.chunks[c], p.chunks[c+1])
			w.forget()
			p.idle.Put(w)
		}
	})
	for k, p := range programs {
		if partials[k] != nil {
			p.combinePartials(out[k], partials[k])
		}
	}
}

// partialBytes is the memory that a chunk needs for copies of outputs that chunks share.
func (p *program) partialBytes() (total int) {
	for _, red := range p.reduces {
		if red.partial {
			total += tileBytes(red.outBytes, 1)
		}
	}
	return total
}

// combinePartials adds the chunks' copies to the outputs, in their order.
func (p *program) combinePartials(out [][]byte, partials [][]byte) {
	for _, mem := range partials[1:] {
		for i, red := range p.reduces {
			if red.partial {
				total := out[len(p.stores)+i]
				red.combine(total, total, mem[:red.outBytes], nil)
				mem = mem[tileBytes(red.outBytes, 1):]
			}
		}
	}
}

// newChunk readies the state for a chunk; partial is nil for the first, which writes to the outputs themselves.
func (p *program) newChunk(in, out [][]byte, scratch, partial []byte) *chunkRun {
	w, ok := p.idle.Get().(*chunkRun)
	if !ok {
		w = &chunkRun{p: p, vals: make([][]byte, len(p.width)), filled: make([]fillMark, len(p.inputs)),
			accs: make([]accRun, len(p.reduces)), table: make([]unsafe.Pointer, p.chainArrays())}
	}
	w.in, w.out, w.scratch = in, out, scratch
	w.transit = scratch[p.scratch : p.scratch+p.chainMemory]
	clear(w.filled)
	for v, in := range p.inputs {
		switch in.kind {
		case readElement:
			w.vals[v] = in.element(w.in)
		case readScalar:
			fillTile(w.scratch[p.temp[v]:][:p.tile*in.width], in.element(w.in))
		}
	}
	for i := range p.reduces {
		red := &p.reduces[i]
		acc := &w.accs[i]
		*acc = accRun{red: red, out: out[len(p.stores)+i]}
		if red.partial && partial != nil {
			acc.out = partial[:red.outBytes]
			partial = partial[tileBytes(red.outBytes, 1):]
			fillTile(acc.out, red.identity)
		}
		if red.vertical > 0 {
			acc.tile = scratch[red.accumulator:][:p.tile*red.width]
		}
	}
	return w
}

// forget releases the memory of the chunk.
func (w *chunkRun) forget() {
	w.in, w.out, w.scratch, w.transit = nil, nil, nil, nil
	clear(w.table)
	clear(w.vals)
	clear(w.accs)
}

// run goes over the tiles of a chunk.
func (w *chunkRun) run(from, to int) {
	p := w.p
	for start := from; start < to; {
		n := min(p.tile, to-start, p.grid-start%p.grid)
		w.load(start, n)
		if p.pieces == nil {
			for i := range p.instrs {
				w.interpret(i, start, n)
			}
		}
		for k := range p.pieces {
			if pc := &p.pieces[k]; pc.code != nil {
				w.runChain(pc, start, n)
			} else {
				w.interpret(pc.first, start, n)
			}
		}
		for i := range w.accs {
			if p.inChain == nil || !p.inChain[i] {
				w.accs[i].add(w.vals[w.accs[i].red.value], start, n)
			}
		}
		start += n
	}
	for i := range w.accs {
		w.accs[i].flush()
	}
}

// interpret runs one instruction by its kernel.
func (w *chunkRun) interpret(i, start, n int) {
	p := w.p
	ins := &p.instrs[i]
	dst := w.place(len(p.inputs)+i, start, n)
	var args [3][]byte
	for k, arg := range ins.args {
		if arg >= 0 {
			args[k] = w.vals[arg]
		}
	}
	ins.f(dst, args[0], args[1], args[2])
}

// place gives a result its memory: a part of an output, or a tile in scratch memory.
func (w *chunkRun) place(v, start, n int) []byte {
	p := w.p
	var dst []byte
	if out := p.store[v]; out >= 0 {
		dst = w.out[out][start*p.width[v]:][:n*p.width[v]]
	} else {
		dst = w.scratch[p.temp[v]:][:n*p.width[v]]
	}
	w.vals[v] = dst
	return dst
}

// runChain runs a piece by its machine code.
func (w *chunkRun) runChain(pc *piece, start, n int) {
	for _, v := range pc.results {
		w.place(v, start, n)
	}
	for _, k := range pc.sums {
		w.accs[k].expect(start, n)
	}
	table := w.table[:len(pc.arrays)]
	for k, ref := range pc.arrays {
		if ref >= 0 {
			table[k] = unsafe.Pointer(unsafe.SliceData(w.vals[ref]))
		} else {
			table[k] = unsafe.Pointer(unsafe.SliceData(w.accs[^ref].tile))
		}
	}
	pc.code.Run(pc.chain, table, w.transit, n)
}

// load makes the tile of every input: a slice of its source where that will do, else an expansion.
func (w *chunkRun) load(start, n int) {
	for v := range w.p.inputs {
		in := &w.p.inputs[v]
		switch in.kind {
		case readDirect:
			w.vals[v] = w.in[in.source][(in.access.offset+start)*in.width:][:n*in.width]
		case readElement: // newChunk set it
		case readScalar:
			w.vals[v] = w.scratch[w.p.temp[v]:][:n*in.width]
		default:
			if mark := &w.filled[v]; start+n <= mark.until && n <= mark.length {
				w.vals[v] = w.scratch[w.p.temp[v]:][:n*in.width]
			} else {
				w.expand(v, start, n)
			}
		}
	}
}

// expand makes the tile of an input that is neither dense nor one element.
func (w *chunkRun) expand(v, start, n int) {
	in := &w.p.inputs[v]
	src := w.in[in.source]
	if in.kind == readRuns && start%in.block+n <= in.block {
		w.vals[v] = src[in.access.at(start)*in.width:][:n*in.width]
		return
	}
	tile := w.scratch[w.p.temp[v]:][:n*in.width]
	in.access.fill(tile, src, in.width, start)
	w.vals[v] = tile
	w.filled[v] = fillMark{}
	if in.kind == readPeriod && start%in.block+n <= in.block {
		w.filled[v] = fillMark{until: start - start%in.block + in.block, length: n}
	}
}

// fillTile repeats one element over dst.
func fillTile(dst, elem []byte) {
	if len(dst) == 0 {
		return
	}
	for n := copy(dst, elem); n < len(dst); n *= 2 {
		copy(dst[n:], dst[:n])
	}
}
