package kernels

import "math/bits"

// Tile is one small matrix product C = A·B, or C += A·B, of up to 14 rows and 32 columns, on operands as they lie
// in memory: nothing needs to be packed.
//
// The inner dimension is Segs × K long. Within a segment, step k reads A at k·AK bytes and B at k·BK bytes; a segment
// itself starts anywhere. So one tile of a convolution walks over the rows of its window, a segment each, and
// reads the image in place. Sums run over the segments in order in one accumulator per element of C, by fused
// multiply-adds at the levels above Generic: an element has the same bits whatever tile it is computed in.
//
// The fields' order and size is known to the generated assembly.
type Tile struct {
	A    *float32 // row i of the tile is at i·ARow bytes
	B    *float32 // its columns are contiguous
	C    *float32 // row i of the tile is at i·CRow bytes, its columns are contiguous
	Segs *Segment // the first of NSegs
	// NSegs is the number of segments; with 0 the product is zero.
	NSegs int
	K     int // steps in a segment, at least 1
	ARow  int // bytes from one row of A to the next
	AK    int // bytes from one step to the next in A
	BK    int // bytes from one step to the next in B
	CRow  int // bytes from one row of C to the next
	Mask  uint64
	Add   uint64 // 1 adds the product to C, 0 overwrites C
}

// Segment is the start of a run of steps, in bytes from Tile.A and Tile.B.
type Segment struct{ A, B int }

// Columns sets how many of the columns of a kernel's width exist: others are neither read nor written.
func (t *Tile) Columns(n int) { t.Mask = 1<<n - 1 }

// GemmKernels are the micro-kernels of one instruction set.
type GemmKernels struct {
	MaxRows int // rows of the largest tile
	Lanes   int // columns come in one or two times this
	run     func(k *GemmKernels, t *Tile, rows, vecs int)
	full    [2][]gemmFunc // by vectors - 1, rows - 1; all columns present
	masked  [2][]gemmFunc // by vectors - 1, rows - 1
}

type gemmFunc func(t *uintptr)

// Gemm returns the micro-kernels of the active level.
func Gemm() *GemmKernels { return gemmKernels[Active()] }

// MaxColumns is the width of the widest tile.
func (k *GemmKernels) MaxColumns() int { return 2 * k.Lanes }

// Run computes the tile of the given number of rows, 1 to MaxRows, and as many columns as t.Columns has set, 1 to
// MaxColumns.
func (k *GemmKernels) Run(t *Tile, rows int) {
	columns := bits.Len64(t.Mask)
	k.run(k, t, rows, columns)
}
