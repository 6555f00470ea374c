//go:build !purego

package matmul

import "golang.org/x/sys/cpu"

var (
	avx512 = kernel{14, 16, gemm14x16AVX512}
	avx2   = kernel{6, 8, gemm6x8AVX2}
)

// kernels are those that this processor and its operating system can run, the best one first.
func kernels() []kernel {
	x := &cpu.X86
	var list []kernel
	if x.HasAVX512F {
		list = append(list, avx512)
	}
	if x.HasAVX2 && x.HasFMA {
		list = append(list, avx2)
	}
	return append(list, kernel{})
}

var best = kernels()[0]
