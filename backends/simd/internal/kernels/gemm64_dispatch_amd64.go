//go:build !purego

package kernels

// gemm64Kernels holds each level's micro-kernel.
var gemm64Kernels = [...]Gemm64{
	AVX2:   {Rows: 6, Cols: 8, Run: gemm6x8AVX2Float64},
	AVX512: {Rows: 14, Cols: 16, Run: gemm14x16AVX512Float64},
}
