//go:build !purego

package kernels

// gemm64Kernels holds each level's micro-kernel.
var gemm64Kernels = [...]Gemm64{NEON: {Rows: 6, Cols: 8, Run: gemm6x8NEONFloat64}}
