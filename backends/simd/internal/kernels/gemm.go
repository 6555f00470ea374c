package kernels

import "unsafe"

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
	CCol  int    // bytes from one column of C to the next; only the kernels of DotStrip read it
	// Next is where to fetch ahead from in bytes from A, such as where the next tile starts, and NextStep how far to go
	// at each step; with 0 C is not fetched either. Any values give the same results.
	Next, NextStep int
}

// Segment is the start of a run of steps, in bytes from Tile.A and Tile.B.
type Segment struct{ A, B int }

// GemmKernels are the micro-kernels of one instruction set.
type GemmKernels struct {
	Lanes   int            // columns come in one or two times this
	rows    [2]int         // of the largest tile, by vectors - 1
	dotRows [3]int         // of the largest tile of DotStrip, by columns - 1
	tiles   [32][]gemmFunc // by columns - 1, rows - 1; nil for the generic ones
	dot     [3][]gemmFunc  // by columns - 1, rows - 1; nil for the generic ones
}

type gemmFunc func(t *uintptr)

// Gemm returns the micro-kernels of the active level.
func Gemm() *GemmKernels { return gemmKernels[Active()] }

// MaxColumns is the width of the widest tile.
func (k *GemmKernels) MaxColumns() int { return 2 * k.Lanes }

// MaxRows is the height of the highest tile of so many columns.
func (k *GemmKernels) MaxRows(columns int) int {
	if columns <= k.Lanes {
		return k.rows[0]
	}
	return k.rows[1]
}

// Strip are the micro-kernels of a number of columns.
type Strip struct {
	columns int
	kernels []gemmFunc // by rows - 1; nil for the generic ones
	dot     bool
}

// Strip returns the micro-kernels of so many columns, 1 to MaxColumns, and makes the tile as wide: other columns are
// neither read nor written.
func (k *GemmKernels) Strip(t *Tile, columns int) Strip {
	t.Mask = 1<<columns - 1
	return Strip{columns: columns, kernels: k.tiles[columns-1]}
}

// Run computes a tile of so many rows, 1 to MaxRows or DotRows.
func (s *Strip) Run(t *Tile, rows int) {
	switch {
	case s.kernels != nil:
		s.kernels[rows-1]((*uintptr)(unsafe.Pointer(t)))
	case s.dot:
		dotGeneric(t, rows, s.columns)
	default:
		gemmGeneric(t, rows, s.columns)
	}
}

// DotColumns is the most columns that DotStrip takes.
const DotColumns = 3

// DotRows is the height of the highest tile of so many columns for DotStrip.
func (k *GemmKernels) DotRows(columns int) int { return k.dotRows[columns-1] }

// DotStrip returns the kernels for tiles of few columns, 1 to DotColumns. They run along k, which therefore must be
// contiguous in both operands: within a segment, step k is at 4·k bytes. Column j of B is at j·BK bytes, and of C at
// j·CCol bytes; AK and Mask are not read. Products are summed in one order for each number of steps and each level, in
// any tile.
func (k *GemmKernels) DotStrip(columns int) Strip {
	return Strip{columns: columns, kernels: k.dot[columns-1], dot: true}
}
