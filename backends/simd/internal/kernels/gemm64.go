package kernels

// Gemm64 is the micro-kernel of one level for products of float64 matrices that are packed into panels.
type Gemm64 struct {
	Rows, Cols int // of the tile that one call computes

	// Run adds the product of a, k × Rows, and b, k × Cols, to c, Rows × Cols with stride bytes from one row to the
	// next. Both operands are stored step by step. Each element is summed in one accumulator by fused multiply-adds, in
	// the order of the steps; k is at least 1.
	Run func(k int, a, b, c *float64, stride int)
}

// Product64 returns the micro-kernel of the active level; ok is false at level Generic, which has none.
func Product64() (kernel *Gemm64, ok bool) {
	kernel = &gemm64Kernels[Active()]
	return kernel, kernel.Run != nil
}
