// Package tile interprets clusters of fused element-wise ops and reductions. An Access says how an operand is read over
// the cluster's iteration space, a Program lists the kernels to run, and Run walks the space in tiles that stay in the
// cache.
package tile

import (
	"sync"

	"github.com/amgen/amgen/backends/simd/internal/element"
	"github.com/amgen/amgen/backends/simd/internal/memory"
)

// A Program computes a cluster of fused nodes: it walks one iteration space in tiles of about a thousand
// elements, which stay in the first-level cache, and runs every instruction on a tile before going to the next.
//
// Values are numbered: the inputs first, then one per instruction.
type Program struct {
	Size    int // elements of the iteration space
	Cost    int // of the instructions on an element, in additions
	Inputs  []Input
	Instrs  []Instr
	Stores  []int // value stored by each element-wise output
	Reduces []Reduce

	Width []int // bytes an element, by value
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

// Input is an operand read from memory.
type Input struct {
	Source int // index among the step's input buffers
	Width  int
	Access Access
	kind   readKind
	cycle  int // elements of a repetition that chains read round and round, 0 if there is none
	block  int // for readRuns, the length of a run; for readPeriod, the elements over which the tile stays the same
}

// Instr applies an element-wise kernel to values.
type Instr struct {
	f      element.Kernel    // chosen by chooseReads
	Tiled  element.Kernel    // the form of f that takes tiles
	Scalar [2]element.Kernel // the forms that read a single element as the first or the second argument, or nil
	Lanes  element.LaneOp    // the form for machine code, nil if there is none
	Args   [3]int            // values, -1 if absent
}

// Reduce folds a value into an output.
type Reduce struct {
	Value    int
	Width    int
	Out      Access // from the space to the output's elements; stride 0 along reduced dims
	OutBytes int
	Combine  element.Kernel
	Lanes    element.LaneOp // combine for machine code, nil if there is none
	Fold     element.Fold
	Identity []byte
	// vertical > 0: whole tiles are summed up element by element in an accumulator first, which is folded
	// each stretch elements (a multiple of grid); the output repeats with that period inside a stretch.
	vertical, stretch int
	accumulator       int  // offset in scratch memory
	partial           bool // chunks share outputs, so each fills a copy, combined in order at the end
}

// ChunkCost is the number of element operations worth handing to another goroutine.
const ChunkCost = 1 << 16

const (
	targetTile   = 1024
	maxChunks    = 16
	smallestGrid = 128
)

// Bytes is the bytes of a tile of n elements, padded to whole cache lines.
func Bytes(n, width int) int { return (n*width + memory.Align - 1) &^ (memory.Align - 1) }

// Finish lays out tiles, chunks and scratch memory once the exported fields are set. The program can run then.
func (p *Program) Finish() {
	p.chooseTile()
	p.chooseChunks()
	p.layOut()
}

// Cut replaces the chunks by others, of which the list has the boundaries: from 0 to the size of the space.
func (p *Program) Cut(chunks []int) {
	p.chunks = chunks
	p.layOut()
}

// layOut follows the choice of chunks.
func (p *Program) layOut() {
	p.chooseReads()
	p.chooseReduceModes()
	p.allocateTiles()
}

// Work estimates the operations on the whole space.
func (p *Program) Work() int { return p.Size * (p.Cost + len(p.Inputs) + len(p.Reduces)) }
