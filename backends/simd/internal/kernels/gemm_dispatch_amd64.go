//go:build !purego

package kernels

import "unsafe"

// gemmKernels holds each level's micro-kernels.
var gemmKernels = [...]*GemmKernels{Generic: &genericGemm, AVX2: &avx2Gemm, AVX512: &avx512Gemm}

var avx2Gemm = GemmKernels{MaxRows: 6, Lanes: 8, run: runGemm,
	full: [2][]gemmFunc{
		{gemm1x8AVX2, gemm2x8AVX2, gemm3x8AVX2, gemm4x8AVX2, gemm5x8AVX2, gemm6x8AVX2},
		{gemm1x16AVX2, gemm2x16AVX2, gemm3x16AVX2, gemm4x16AVX2, gemm5x16AVX2, gemm6x16AVX2},
	},
	masked: [2][]gemmFunc{
		{gemm1x8AVX2Masked, gemm2x8AVX2Masked, gemm3x8AVX2Masked, gemm4x8AVX2Masked, gemm5x8AVX2Masked,
			gemm6x8AVX2Masked},
		{gemm1x16AVX2Masked, gemm2x16AVX2Masked, gemm3x16AVX2Masked, gemm4x16AVX2Masked, gemm5x16AVX2Masked,
			gemm6x16AVX2Masked},
	},
}

var avx512Gemm = GemmKernels{MaxRows: 14, Lanes: 16, run: runGemm, full: avx512Tiles, masked: avx512Tiles}

var avx512Tiles = [2][]gemmFunc{
	{gemm1x16AVX512, gemm2x16AVX512, gemm3x16AVX512, gemm4x16AVX512, gemm5x16AVX512, gemm6x16AVX512,
		gemm7x16AVX512, gemm8x16AVX512, gemm9x16AVX512, gemm10x16AVX512, gemm11x16AVX512, gemm12x16AVX512,
		gemm13x16AVX512, gemm14x16AVX512},
	{gemm1x32AVX512, gemm2x32AVX512, gemm3x32AVX512, gemm4x32AVX512, gemm5x32AVX512, gemm6x32AVX512,
		gemm7x32AVX512, gemm8x32AVX512, gemm9x32AVX512, gemm10x32AVX512, gemm11x32AVX512, gemm12x32AVX512,
		gemm13x32AVX512, gemm14x32AVX512},
}

// runGemm calls the narrowest assembly that covers the columns.
func runGemm(k *GemmKernels, t *Tile, rows, columns int) {
	vecs := (columns + k.Lanes - 1) / k.Lanes
	kernels := &k.full
	if columns != vecs*k.Lanes {
		kernels = &k.masked
	}
	kernels[vecs-1][rows-1]((*uintptr)(unsafe.Pointer(t)))
}
