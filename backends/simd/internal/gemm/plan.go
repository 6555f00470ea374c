package gemm

import (
	"sync"

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

	thin thin // see asThin
}

// jobs are idle ones.
var jobs = sync.Pool{New: func() any { return new(job) }}

// giveBack makes the job idle, without the matrices.
func (j *job) giveBack() {
	*j = job{thin: thin{exchanged: j.thin.exchanged}}
	jobs.Put(j)
}

const (
	// maxDepth keeps a panel of B (depth × 32 columns) and a tile's rows of A in the first-level cache.
	maxDepth = 320
	// maxRows × maxDepth and maxDepth × maxCols elements stay in the second-level cache.
	maxRows, maxCols = 112, 512
	// taskWork is the number of multiply-adds that makes a task worth handing to a worker.
	taskWork = 1 << 19
	// fewTasks is how many tasks there should be at least, where the work allows: enough to feed several cores evenly.
	fewTasks = 32
	// groupDepth is the length of k that is worth summing apart, and groupSize bounds the memory for such sums.
	groupDepth, groupSize = 512, 1 << 20
)

// plan cuts the work. It looks at shapes and strides, never at the number of workers.
func (j *job) plan() {
	width := j.kernels.MaxColumns()
	j.height = j.kernels.MaxRows(min(j.n, width))
	j.depth = evenPart(j.k, maxDepth)
	j.cols = evenPart(j.n, maxCols)
	if j.cols < j.n {
		j.cols = roundUp(j.cols, width)
	}
	// Where there are too few tasks, take fewer rows at a time, as long as they amount to something; then split k; then
	// take even fewer rows. A long k is split first: that reads A and B once.
	j.groups = 1
	j.setRows(maxRows)
	if j.k < 8*max(j.m, j.n) {
		j.halveRows(4 * j.height)
	}
	j.groups = j.splitK()
	j.halveRows(j.height)
	j.packA = j.shouldPackA()
	j.packB = j.shouldPackB()
	// A few blocks of rows copy what they need of B themselves, which then is in their cache.
	const several = 4
	j.shareB = j.packB && ceilDiv(j.m, j.rows) > several
}

// setRows cuts C into blocks of about so many rows.
func (j *job) setRows(rows int) {
	j.rows = evenPart(j.m, max(rows, j.height))
	if j.rows < j.m {
		j.rows = roundUp(j.rows, j.height)
	}
}

// halveRows makes more tasks of at least so many rows.
func (j *job) halveRows(least int) {
	for j.tasks() < fewTasks && j.rows > least && j.rows*j.cols*j.k/j.groups > 2*taskWork {
		j.setRows(max(j.rows/2, least))
	}
}

func (j *job) tasks() int {
	return ceilDiv(j.m, j.rows) * ceilDiv(j.n, j.cols) * len(j.batch) * j.groups
}

// splitK is the number of parts to split k into: more than one only where C is too small to feed several workers
// but k is long, as in the gradient of a weight.
func (j *job) splitK() int {
	if j.m*j.n*j.k < 4*taskWork {
		return 1
	}
	return max(1, min(fewTasks/j.tasks(), j.k/groupDepth, groupSize/(j.m*j.n*len(j.batch))))
}

// shouldPackA reports whether to copy blocks of A: where neither stride is 1, where a tile's rows would fall into the
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
		return 4*j.a.ColStride >= 1024 && j.rows > j.height
	default:
		return panels > 2
	}
}

// shouldPackB reports whether to copy B into panels: where its columns are not contiguous the kernels require it, and
// where its rows are long and used by many tiles it saves cache misses.
func (j *job) shouldPackB() bool {
	if j.b.ColStride != 1 && j.n > 1 {
		return true
	}
	return 4*j.b.RowStride >= 512 && j.m >= 3*j.height && j.k > 1
}

// evenPart is the size of the parts that total is cut into, as equal as can be, none larger than limit.
func evenPart(total, limit int) int { return ceilDiv(total, ceilDiv(total, limit)) }

func ceilDiv(a, b int) int { return (a + b - 1) / b }

func roundUp(a, to int) int { return ceilDiv(a, to) * to }
