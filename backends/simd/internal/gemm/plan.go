package gemm

import (
	"github.com/amgen/amgen/backends/simd/internal/kernels"
)

// job is a batch of products and how they are cut into tasks.
type job struct {
	m, n, k    int
	a, b       Matrix
	c          []float32
	ldc        int
	batch      []Offset
	accumulate bool
	kernels    *kernels.GemmKernels

	rows, cols, depth int  // of a block of C, and of the slice of k that it takes at a time
	height            int  // of a tile
	groups            int  // parts that k is split into, each summed apart
	packA             bool // copy blocks of A before use
	packB             bool // copy B before use
	shareB            bool // B is packed once for all blocks
	partial           []float32
	packedB           []float32
}

const (
	// maxDepth keeps a panel of B (depth × 32 columns) and a tile's rows of A in the first-level cache.
	maxDepth = 320
	// maxRows × maxDepth and maxDepth × maxCols elements stay in the second-level cache.
	maxRows, maxCols = 112, 512
	// taskWork is the number of multiply-adds that makes a task worth handing to a worker.
	taskWork = 1 << 20
	// fewTasks is how many tasks there should be at least, where the work allows: enough to feed many cores evenly.
	fewTasks = 64
)

// plan cuts the work. It looks at shapes and strides, never at the number of workers.
func (j *job) plan() {
	j.depth = evenPart(j.k, maxDepth)
	j.cols = evenPart(j.n, maxCols)
	if width := j.kernels.MaxColumns(); j.cols < j.n {
		j.cols = roundUp(j.cols, width)
	}
	j.height = j.kernels.MaxRows(min(j.n, j.kernels.MaxColumns()))
	j.rows = min(maxRows, max(taskWork/(j.cols*j.k), 1))
	j.rows = evenPart(j.m, max(j.rows, 4*j.height))
	if blocks := ceilDiv(j.m, j.rows) * ceilDiv(j.n, j.cols) * len(j.batch); blocks < fewTasks {
		j.rows = evenPart(j.m, max(j.rows*blocks/fewTasks, taskWork/(j.cols*j.k), 1))
	}
	if j.rows < j.m {
		j.rows = min(roundUp(j.rows, j.height), roundUp(j.m, j.height))
	}
	j.groups = j.splitK()
	j.packA = j.shouldPackA()
	j.packB = j.shouldPackB()
	j.shareB = j.packB && (j.rows < j.m || j.groups > 1)
}

// splitK is the number of parts to split k into: more than one only where C is too small to feed several workers
// but k is long, as in the gradient of a convolution's kernel.
func (j *job) splitK() int {
	blocks := ceilDiv(j.m, j.rows) * ceilDiv(j.n, j.cols) * len(j.batch)
	const enough, minDepth = 8, 512
	if blocks >= enough || j.k < 2*minDepth || j.m*j.n*j.k < 4*taskWork {
		return 1
	}
	return min(ceilDiv(2*enough, blocks), j.k/minDepth)
}

// shouldPackA tells whether to copy blocks of A: where neither stride is 1, where a tile's rows would fall into the
// same few sets of the first-level cache, and where a column of A costs a cache line or more a step that several
// panels of B would ask for again.
func (j *job) shouldPackA() bool {
	const page = 4096
	panels := ceilDiv(j.n, j.kernels.MaxColumns())
	switch {
	case j.m == 1 || j.k == 1:
		return false
	case j.a.ColStride == 1:
		bytes := 4 * j.a.RowStride
		return panels > 1 && j.m > 4 && bytes%(page/2) == 0 && bytes >= page
	case j.a.RowStride == 1:
		return panels > 2 && 4*j.a.ColStride >= 1024
	default:
		return panels > 2
	}
}

// shouldPackB tells whether to copy B into panels: where its columns are not contiguous the kernels require it, and
// where its rows are long and used by many tiles it saves cache misses.
func (j *job) shouldPackB() bool {
	if j.b.ColStride != 1 && j.n > 1 {
		return true
	}
	return 4*j.b.RowStride >= 512 && j.m >= 4*j.height && j.k > 1
}

// evenPart is the size of the parts that total is cut into, as equal as can be, none larger than limit.
func evenPart(total, limit int) int { return ceilDiv(total, ceilDiv(total, limit)) }

func ceilDiv(a, b int) int { return (a + b - 1) / b }

func roundUp(a, to int) int { return ceilDiv(a, to) * to }
