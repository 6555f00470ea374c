package simd

// chunkRun is the state of a worker that runs a program over one chunk.
type chunkRun struct {
	p       *program
	in, out [][]byte // by source, by output
	scratch []byte
	vals    [][]byte   // the current tile of each value
	filled  []fillMark // by input: what its tile holds
	accs    []accRun   // by reduction
}

// fillMark identifies an expansion, so that tiles with the same one reuse it.
type fillMark struct{ at, phase, length int }

// exec runs the program. in are the sources; out are the element-wise outputs followed by the reductions'.
func (p *program) exec(r *run, in, out [][]byte) {
	chunks := len(p.chunks) - 1
	partials := make([][][]byte, len(p.reduces)) // by reduction, by chunk
	var partialMem []byte
	partialBytes := 0
	for i, red := range p.reduces {
		fillTile(out[len(p.stores)+i], red.identity)
		if red.partial {
			partialBytes += (chunks - 1) * tileBytes(red.outBytes, 1)
			partials[i] = make([][]byte, chunks)
		}
	}
	if p.size == 0 {
		return
	}
	if partialBytes > 0 {
		var done func()
		partialMem, done = r.scratch(partialBytes)
		defer done()
		for i, red := range p.reduces {
			for c := 1; c < chunks && red.partial; c++ {
				partials[i][c] = partialMem[:red.outBytes]
				partialMem = partialMem[tileBytes(red.outBytes, 1):]
			}
		}
	}
	r.pool.Run(chunks, func(c int) {
		scratch, done := r.scratch(p.scratch)
		defer done()
		w := &chunkRun{p: p, in: in, out: out, scratch: scratch}
		w.prepare(c, partials)
		w.run(p.chunks[c], p.chunks[c+1])
	})
	for i, red := range p.reduces {
		for c := 1; c < chunks && red.partial; c++ {
			total := out[len(p.stores)+i]
			red.combine(total, total, partials[i][c], nil)
		}
	}
}

// prepare points the reductions at the chunk's outputs.
func (w *chunkRun) prepare(chunk int, partials [][][]byte) {
	p := w.p
	w.vals = make([][]byte, len(p.width))
	w.filled = make([]fillMark, len(p.inputs))
	w.accs = make([]accRun, len(p.reduces))
	for i := range p.reduces {
		red := &p.reduces[i]
		acc := &w.accs[i]
		acc.red = red
		acc.out = w.out[len(p.stores)+i]
		if red.partial && chunk > 0 {
			acc.out = partials[i][chunk]
			fillTile(acc.out, red.identity)
		}
		if red.vertical > 0 {
			acc.tile = w.scratch[red.accumulator:][:p.tile*red.width]
		}
	}
}

// run goes over the tiles of a chunk.
func (w *chunkRun) run(from, to int) {
	p := w.p
	for start := from; start < to; {
		n := min(p.tile, to-start, p.grid-start%p.grid)
		w.load(start, n)
		for i := range p.instrs {
			ins := &p.instrs[i]
			v := len(p.inputs) + i
			var dst []byte
			if out := p.store[v]; out >= 0 {
				dst = w.out[out][start*p.width[v]:][:n*p.width[v]]
			} else {
				dst = w.scratch[p.temp[v]:][:n*p.width[v]]
			}
			w.vals[v] = dst
			var args [3][]byte
			for k, arg := range ins.args {
				if arg >= 0 {
					args[k] = w.vals[arg]
				}
			}
			ins.f(dst, args[0], args[1], args[2])
		}
		for i := range w.accs {
			w.accs[i].add(w.vals[w.accs[i].red.value], start, n)
		}
		start += n
	}
	for i := range w.accs {
		w.accs[i].flush()
	}
}

// load makes the tile of every input: a slice of its source where that will do, else an expansion.
func (w *chunkRun) load(start, n int) {
	p := w.p
	for v := range p.inputs {
		in := &p.inputs[v]
		src := w.in[in.source]
		if in.isDirect() {
			w.vals[v] = src[(in.access.offset+start)*in.width:][:n*in.width]
			continue
		}
		if inner := in.access.dims[len(in.access.dims)-1]; inner.stride == 1 && start%inner.n+n <= inner.n {
			w.vals[v] = src[in.access.at(start)*in.width:][:n*in.width]
			continue
		}
		tile := w.scratch[p.temp[v]:][:n*in.width]
		span, block := in.access.period()
		if inner := in.access.dims[len(in.access.dims)-1]; span == block && inner.stride == 0 {
			span, block = 1, inner.n // a run of one repeated element
		}
		mark := fillMark{at: in.access.at(start), phase: start % span, length: n}
		if start%block+n > block {
			mark = fillMark{} // the tile crosses a change: neither reuse it now nor later
			in.access.fill(tile, src, in.width, start)
		} else if old := w.filled[v]; old.length < n || old.at != mark.at || old.phase != mark.phase {
			in.access.fill(tile, src, in.width, start)
		} else {
			mark = old
		}
		w.filled[v] = mark
		w.vals[v] = tile
	}
}
