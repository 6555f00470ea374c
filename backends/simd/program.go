package simd

import (
	"slices"
	"sync"
)

// A program computes a cluster of fused nodes: it walks one iteration space in tiles of about a thousand
// elements, which stay in the first-level cache, and runs every instruction on a tile before going to the next.
//
// Values are numbered: the inputs first, then one per instruction.
type program struct {
	size    int // elements of the iteration space
	cost    int // of the instructions on an element, in additions
	inputs  []progInput
	instrs  []instr
	stores  []int // value stored by each element-wise output
	reduces []progReduce

	width []int // bytes an element, by value
	temp  []int // offset of the value's tile in scratch memory, -1 if it has none; by value
	store []int // output that the value is written to, -1 if none; by value

	scratch int   // bytes of scratch memory
	tile    int   // elements
	grid    int   // tiles start anew at multiples of it
	chunks  []int // boundaries of the pieces that workers take

	idle sync.Pool // of *chunkRun
}

// progInput is an operand read from memory.
type progInput struct {
	source int // index among the step's input buffers
	width  int
	access access
	kind   readKind
	block  int // for readRuns, the length of a run; for readPeriod, the elements over which the tile stays the same
}

// readKind is how the tiles of an operand come about.
type readKind uint8

const (
	readDirect  readKind = iota // as a slice of its source
	readElement                 // as one element, which the kernels repeat
	readScalar                  // as one element, repeated once a chunk
	readRuns                    // as a slice of a run of its source if the tile lies in one
	readPeriod                  // as an expansion that serves for many tiles
	readOther                   // as an expansion
)

// element is the one element of a scalar operand.
func (in *progInput) element(sources [][]byte) []byte {
	return sources[in.source][in.access.offset*in.width:][:in.width]
}

// instr applies an element-wise kernel to values.
type instr struct {
	f      tileFunc    // chosen by chooseReads
	tiled  tileFunc    // the form of f that takes tiles
	scalar [2]tileFunc // the forms that read a single element as the first or the second argument, or nil
	args   [3]int      // values, -1 if absent
}

// progReduce folds a value into an output.
type progReduce struct {
	value    int
	width    int
	out      access // from the space to the output's elements; stride 0 along reduced dims
	outBytes int
	combine  tileFunc
	fold     foldFunc
	identity []byte
	// vertical > 0: whole tiles are summed up element by element in an accumulator first, which is folded
	// each stretch elements (a multiple of grid); the output repeats with that period inside a stretch.
	vertical, stretch int
	accumulator       int  // offset in scratch memory
	partial           bool // chunks share outputs, so each fills a copy, combined in order at the end
}

// foldFunc combines a run of elements into the single element acc.
type foldFunc func(acc, run []byte)

const (
	targetTile   = 1024
	maxChunks    = 16
	chunkCost    = 1 << 16 // element operations worth handing to another goroutine
	smallestGrid = 128
)

// valueWidth is the bytes of a tile of n elements, padded to whole cache lines.
func tileBytes(n, width int) int { return (n*width + blockAlign - 1) &^ (blockAlign - 1) }

// finish lays out tiles, chunks and scratch memory once inputs, instrs, stores and reduces are there.
func (p *program) finish() {
	p.chooseTile()
	p.chooseChunks()
	p.layOut()
}

// layOut follows the choice of chunks.
func (p *program) layOut() {
	p.chooseReads()
	p.chooseReduceModes()
	p.allocateTiles()
}

// work estimates the operations on the whole space.
func (p *program) work() int { return p.size * (p.cost + len(p.inputs) + len(p.reduces)) }

// chooseTile picks a tile that holds whole repetitions of the broadcast operands and periods of the reductions,
// on a grid that restarts where they change.
func (p *program) chooseTile() {
	base, grid := 1, p.size
	consider := func(span, block int) {
		if span == block || block < smallestGrid {
			return
		}
		if m := lcm(base, span); m <= targetTile {
			base = m
		}
		if block%base == 0 {
			grid = min(grid, block)
		}
	}
	for _, in := range p.inputs {
		consider(in.access.period())
		if k := len(in.access.dims) - 1; k > 0 && in.access.dims[k].stride == 1 && in.access.dims[k].n >= targetTile {
			consider(1, in.access.dims[k].n) // tiles inside a run need no copy
		}
	}
	for _, red := range p.reduces {
		consider(verticalPeriod(red.out))
	}
	tile := max(targetTile/base, 1) * base
	p.grid = max(grid, 1)
	if pieces := (p.grid + tile - 1) / tile; pieces <= 8 {
		even := (p.grid + pieces - 1) / pieces // avoid a short last tile
		tile = min(tile, (even+base-1)/base*base)
	}
	p.tile = max(min(tile, p.grid), 1)
}

func lcm(a, b int) int {
	x, y := a, b
	for y != 0 {
		x, y = y, x%y
	}
	return a / x * b
}

// verticalPeriod is the longest period of at most maxSpan with which a reduction's output index repeats over a
// stretch: the dims inside one reduced dim. Equal results mean that there is none.
func verticalPeriod(out access) (period, stretch int) {
	period, stretch = 1, 1
	span := 1
	for k := len(out.dims) - 1; k >= 0 && span <= maxSpan; k-- {
		if out.dims[k].stride == 0 && k < len(out.dims)-1 {
			period, stretch = span, span*out.dims[k].n
		}
		span *= out.dims[k].n
	}
	return period, stretch
}

// chooseChunks cuts the space by its size and the program's length alone.
func (p *program) chooseChunks() {
	want := max(min(p.work()/chunkCost, maxChunks), 1)
	for _, red := range p.reduces {
		// Copies of a large output must not outweigh the input.
		if red.outBytes > 0 {
			want = min(want, max(p.size*red.width/red.outBytes, 1))
		}
	}
	p.chunks = []int{0}
	step := (p.size + want - 1) / want
	if p.size/p.grid >= want && p.grid > 1 {
		step = (step + p.grid - 1) / p.grid * p.grid
		for at := step; at < p.size; at += step {
			p.chunks = append(p.chunks, at)
		}
	} else { // cut inside grid cells, at whole tiles
		cells := max(p.size/p.grid, 1)
		perCell := (want + cells - 1) / cells
		step = (p.grid + perCell - 1) / perCell
		step = max((step+p.tile-1)/p.tile*p.tile, 1)
		for cell := 0; cell < p.size; cell += p.grid {
			for at := cell; at < min(cell+p.grid, p.size); at += step {
				if at > 0 {
					p.chunks = append(p.chunks, at)
				}
			}
		}
	}
	p.chunks = append(p.chunks, p.size)
}

// chooseReads classifies the inputs, and turns instructions with a scalar operand into their scalar forms.
func (p *program) chooseReads() {
	aligned := func(span int) bool {
		return p.tile%span == 0 && p.grid%span == 0 &&
			!slices.ContainsFunc(p.chunks, func(at int) bool { return at%span != 0 })
	}
	for v := range p.inputs {
		in := &p.inputs[v]
		dims := in.access.dims
		last := len(dims) - 1
		span, block := in.access.period()
		switch {
		case len(dims) == 0 || last == 0 && dims[0].stride == 1:
			in.kind = readDirect
		case last == 0 && dims[0].stride == 0:
			in.kind = readScalar
		case span < block && aligned(span):
			in.kind, in.block = readPeriod, block
		case dims[last].stride == 0:
			in.kind, in.block = readPeriod, dims[last].n
		case dims[last].stride == 1:
			in.kind, in.block = readRuns, dims[last].n
		default:
			in.kind = readOther
		}
	}
	whole := make([]bool, len(p.width)) // needed as a tile
	for i := range p.instrs {
		ins := &p.instrs[i]
		ins.f = ins.tiled
		single := -1 // the argument that is a single element
		for k, f := range ins.scalar {
			if arg := ins.args[k]; f != nil && arg < len(p.inputs) && p.inputs[arg].kind == readScalar && arg != ins.args[1-k] {
				ins.f, single = f, k
				break // the other argument stays a tile
			}
		}
		for k, arg := range ins.args {
			if arg >= 0 && k != single {
				whole[arg] = true
			}
		}
	}
	for _, red := range p.reduces {
		whole[red.value] = true
	}
	for v := range p.inputs {
		if p.inputs[v].kind == readScalar && !whole[v] {
			p.inputs[v].kind = readElement
		}
	}
}

// chooseReduceModes decides for each reduction whether tiles are accumulated first, and whether chunks share outputs.
func (p *program) chooseReduceModes() {
	for i := range p.reduces {
		red := &p.reduces[i]
		period, stretch := verticalPeriod(red.out)
		aligned := !slices.ContainsFunc(p.chunks, func(at int) bool { return at%period != 0 })
		if aligned && period < stretch && stretch >= 2*p.tile && stretch%p.grid == 0 && p.grid%period == 0 && p.tile%period == 0 {
			red.vertical, red.stretch = period, stretch
		} else {
			red.vertical = 0
		}
		outer := 1 // outputs of different stretches of outer elements are disjoint
		span := 1
		for k := len(red.out.dims) - 1; k >= 0; k-- {
			span *= red.out.dims[k].n
			if red.out.dims[k].stride == 0 {
				outer = span
			}
		}
		red.partial = false
		for _, at := range p.chunks[1 : len(p.chunks)-1] {
			red.partial = red.partial || at%outer != 0
		}
	}
}

// allocateTiles gives scratch tiles to expanded inputs, to results that are not outputs, and to accumulators.
// A result takes over the tile of an argument that dies with the instruction.
func (p *program) allocateTiles() {
	count := len(p.inputs) + len(p.instrs)
	p.temp, p.store = make([]int, count), make([]int, count)
	for v := range count {
		p.temp[v], p.store[v] = -1, -1
	}
	for out, v := range p.stores {
		p.store[v] = out
	}
	p.scratch = 0
	place := func(width int) int {
		at := p.scratch
		p.scratch += tileBytes(p.tile, width)
		return at
	}
	for v, in := range p.inputs {
		if in.kind != readDirect && in.kind != readElement {
			p.temp[v] = place(in.width)
		}
	}
	last := p.lastUses()
	free := map[int][]int{} // by width
	for i, ins := range p.instrs {
		v := len(p.inputs) + i
		for k, arg := range ins.args {
			// Inputs keep their tiles: a broadcast operand is expanded once for many tiles.
			if arg >= len(p.inputs) && last[arg] == i && p.temp[arg] >= 0 && !slices.Contains(ins.args[:k], arg) {
				free[p.width[arg]] = append(free[p.width[arg]], p.temp[arg])
			}
		}
		if p.store[v] >= 0 {
			continue
		}
		w := p.width[v]
		if list := free[w]; len(list) > 0 {
			p.temp[v] = list[len(list)-1]
			free[w] = list[:len(list)-1]
		} else {
			p.temp[v] = place(w)
		}
	}
	for i := range p.reduces {
		if p.reduces[i].vertical > 0 {
			p.reduces[i].accumulator = place(p.reduces[i].width)
		}
	}
}

// lastUses finds the last instruction that reads each value; reductions read after all instructions.
func (p *program) lastUses() []int {
	last := make([]int, len(p.inputs)+len(p.instrs))
	for v := range last {
		last[v] = -1
	}
	for i, ins := range p.instrs {
		for _, arg := range ins.args {
			if arg >= 0 {
				last[arg] = i
			}
		}
	}
	for _, red := range p.reduces {
		last[red.value] = len(p.instrs)
	}
	return last
}

// mayReplace lists the inputs whose memory output out may take over: read linearly, by instructions no later
// than the one that writes the output.
func (p *program) mayReplace(out int) (sources []int) {
	v := p.stores[out]
	last := p.lastUses()
	for i, in := range p.inputs {
		if in.width == p.width[v] && in.access.isLinear() && last[i] <= v-len(p.inputs) && !p.readsElsewhere(i) {
			sources = append(sources, in.source)
		}
	}
	return sources
}

// readsElsewhere tells whether another input reads the same source.
func (p *program) readsElsewhere(input int) bool {
	for i, in := range p.inputs {
		if i != input && in.source == p.inputs[input].source {
			return true
		}
	}
	return false
}
