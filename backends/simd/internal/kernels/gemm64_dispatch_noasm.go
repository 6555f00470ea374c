//go:build purego || !amd64

package kernels

// gemm64Kernels holds no micro-kernel: this build has no assembly.
var gemm64Kernels [AVX512 + 1]Gemm64
