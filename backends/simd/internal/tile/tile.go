package tile

import (
	"math"
	"unsafe"

	"github.com/amgen/amgen/backends/simd/internal/memory"
	"github.com/amgen/amgen/backends/simd/internal/pool"
)

// chunkRun is the state of a worker that runs a program over one chunk.
type chunkRun struct {
	p       *Program
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

// Run runs programs one after another on each of their chunks, of which all have the same number. in and out
// are the memory of each program: its sources; its element-wise outputs followed by its reductions'. It keeps none of
// it.
func Run(workers *pool.Pool, m *memory.Memory, programs []*Program, in, out [][][]byte) {
	chunks := len(programs[0].chunks) - 1
	partials := make([][]byte, len(programs)) // copies of the outputs that chunks share, by chunk from the second on
	defer func() {
		for _, mem := range partials {
			m.Put(mem)
		}
	}()
	scratch := 0
	for k, p := range programs {
		for i := range p.Reduces {
			red := &p.Reduces[i]
			fillTile(out[k][len(p.Stores)+i], red.Identity)
		}
		scratch = max(scratch, p.scratch+p.chainMemory)
		if bytes := p.partialBytes(); bytes > 0 && p.Size > 0 {
			partials[k] = m.Get(bytes * (chunks - 1))
		}
	}
	workers.Run(chunks, func(c int) {
		mem := m.Get(scratch)
		defer m.Put(mem)
		for k, p := range programs {
			var partial []byte
			if partials[k] != nil && c > 0 {
				bytes := p.partialBytes()
				partial = partials[k][(c-1)*bytes:][:bytes]
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
func (p *Program) partialBytes() (total int) {
	for i := range p.Reduces {
		if red := &p.Reduces[i]; red.partial {
			total += Bytes(red.OutBytes, 1)
		}
	}
	return total
}

// combinePartials adds the chunks' copies to the outputs, in their order.
func (p *Program) combinePartials(out [][]byte, mem []byte) {
	for len(mem) > 0 {
		for i := range p.Reduces {
			red := &p.Reduces[i]
			if red.partial {
				total := out[len(p.Stores)+i]
				red.Combine(total, total, mem[:red.OutBytes], nil)
				mem = mem[Bytes(red.OutBytes, 1):]
			}
		}
	}
}

// newChunk readies the state for a chunk; partial is nil for the first, which writes to the outputs themselves.
func (p *Program) newChunk(in, out [][]byte, scratch, partial []byte) *chunkRun {
	w, ok := p.idle.Get().(*chunkRun)
	if !ok {
		w = &chunkRun{p: p, vals: make([][]byte, len(p.Width)), filled: make([]fillMark, len(p.Inputs)),
			accs: make([]accRun, len(p.Reduces)), table: make([]unsafe.Pointer, p.chainArrays())}
	}
	w.in, w.out, w.scratch = in, out, scratch
	w.transit = scratch[p.scratch : p.scratch+p.chainMemory]
	clear(w.filled)
	for v, in := range p.Inputs {
		switch in.kind {
		case readElement:
			w.vals[v] = in.element(w.in)
		case readScalar:
			fillTile(w.scratch[p.temp[v]:][:p.tile*in.Width], in.element(w.in))
		}
	}
	for i := range p.Reduces {
		red := &p.Reduces[i]
		acc := &w.accs[i]
		*acc = accRun{red: red, out: out[len(p.Stores)+i]}
		if red.partial && partial != nil {
			acc.out = partial[:red.OutBytes]
			partial = partial[Bytes(red.OutBytes, 1):]
			fillTile(acc.out, red.Identity)
		}
		if red.vertical > 0 {
			acc.tile = scratch[red.accumulator:][:p.tile*red.Width]
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
			for i := range p.Instrs {
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
				w.accs[i].add(w.vals[w.accs[i].red.Value], start, n)
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
	ins := &p.Instrs[i]
	dst := w.place(len(p.Inputs)+i, start, n)
	var args [3][]byte
	for k, arg := range ins.Args {
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
		dst = w.out[out][start*p.Width[v]:][:n*p.Width[v]]
	} else {
		dst = w.scratch[p.temp[v]:][:n*p.Width[v]]
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
	for v := range w.p.Inputs {
		in := &w.p.Inputs[v]
		switch in.kind {
		case readDirect:
			w.vals[v] = w.in[in.Source][(in.Access.offset+start)*in.Width:][:n*in.Width]
		case readElement: // newChunk set it
		case readScalar:
			w.vals[v] = w.scratch[w.p.temp[v]:][:n*in.Width]
		default:
			if mark := &w.filled[v]; start+n <= mark.until && n <= mark.length {
				w.vals[v] = w.scratch[w.p.temp[v]:][:n*in.Width]
			} else {
				w.expand(v, start, n)
			}
		}
	}
}

// expand makes the tile of an input that is neither dense nor one element.
func (w *chunkRun) expand(v, start, n int) {
	in := &w.p.Inputs[v]
	src := w.in[in.Source]
	if in.kind == readRuns && start%in.block+n <= in.block {
		w.vals[v] = src[in.Access.at(start)*in.Width:][:n*in.Width]
		return
	}
	if in.cycle > 0 { // chunks, and so tiles, start at whole repetitions
		w.vals[v] = w.scratch[w.p.temp[v]:][:in.cycle*in.Width]
		in.Access.fill(w.vals[v], src, in.Width, start)
		w.filled[v] = fillMark{until: start - start%in.block + in.block, length: math.MaxInt}
		return
	}
	tile := w.scratch[w.p.temp[v]:][:n*in.Width]
	in.Access.fill(tile, src, in.Width, start)
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
