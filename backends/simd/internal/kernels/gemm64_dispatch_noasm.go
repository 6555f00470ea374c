//go:build purego || !(amd64 || arm64)

package kernels

// gemm64Kernels holds no micro-kernel: this build has no assembly.
var gemm64Kernels [levelCount]Gemm64
