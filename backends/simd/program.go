package simd

import "sync"

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

	pieces      []piece // the instructions with their machine code; nil if there is none
	inChain     []bool  // the reductions that pieces accumulate
	chainMemory int     // bytes that the pieces need for vectors in transit

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

// instr applies an element-wise kernel to values.
type instr struct {
	f      tileFunc    // chosen by chooseReads
	tiled  tileFunc    // the form of f that takes tiles
	scalar [2]tileFunc // the forms that read a single element as the first or the second argument, or nil
	lanes  laneOp      // the form for machine code, nil if there is none
	args   [3]int      // values, -1 if absent
}

// progReduce folds a value into an output.
type progReduce struct {
	value    int
	width    int
	out      access // from the space to the output's elements; stride 0 along reduced dims
	outBytes int
	combine  tileFunc
	lanes    laneOp // combine for machine code, nil if there is none
	fold     foldFunc
	identity []byte
	// vertical > 0: whole tiles are summed up element by element in an accumulator first, which is folded
	// each stretch elements (a multiple of grid); the output repeats with that period inside a stretch.
	vertical, stretch int
	accumulator       int  // offset in scratch memory
	partial           bool // chunks share outputs, so each fills a copy, combined in order at the end
}

const (
	targetTile   = 1024
	maxChunks    = 16
	chunkCost    = 1 << 16 // element operations worth handing to another goroutine
	smallestGrid = 128
)

// tileBytes is the bytes of a tile of n elements, padded to whole cache lines.
func tileBytes(n, width int) int { return (n*width + blockAlign - 1) &^ (blockAlign - 1) }

// finish lays out tiles, chunks and scratch memory once inputs, instrs, stores and reduces are there.
func (p *program) finish() {
	p.chooseTile()
	p.chooseChunks()
	p.layOut()
}

// cut replaces the chunks by others, of which the list has the boundaries: from 0 to the size of the space.
func (p *program) cut(chunks []int) {
	p.chunks = chunks
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
