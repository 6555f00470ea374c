//go:build !purego

package kernels

// gemmKernels holds each level's micro-kernels.
var gemmKernels = [...]*GemmKernels{Generic: &genericGemm, AVX2: &avx2Gemm, AVX512: &avx512Gemm}

var avx2Gemm = GemmKernels{Lanes: 8, rows: [2]int{6, 6}, dotRows: [3]int{8, 4, 3},
	tiles: gemmTiles(8, [2][]gemmFunc{
		{gemm1x8AVX2, gemm2x8AVX2, gemm3x8AVX2, gemm4x8AVX2, gemm5x8AVX2, gemm6x8AVX2},
		{gemm1x16AVX2, gemm2x16AVX2, gemm3x16AVX2, gemm4x16AVX2, gemm5x16AVX2, gemm6x16AVX2},
	}, [2][]gemmFunc{
		{gemm1x8AVX2Masked, gemm2x8AVX2Masked, gemm3x8AVX2Masked, gemm4x8AVX2Masked, gemm5x8AVX2Masked,
			gemm6x8AVX2Masked},
		{gemm1x16AVX2Masked, gemm2x16AVX2Masked, gemm3x16AVX2Masked, gemm4x16AVX2Masked, gemm5x16AVX2Masked,
			gemm6x16AVX2Masked},
	}),
	dot: [3][]gemmFunc{
		{dot1x1AVX2, dot2x1AVX2, dot3x1AVX2, dot4x1AVX2, dot5x1AVX2, dot6x1AVX2, dot7x1AVX2, dot8x1AVX2},
		{dot1x2AVX2, dot2x2AVX2, dot3x2AVX2, dot4x2AVX2},
		{dot1x3AVX2, dot2x3AVX2, dot3x3AVX2},
	},
}

var avx512Gemm = GemmKernels{Lanes: 16, rows: [2]int{16, 14}, dotRows: [3]int{8, 6, 4},
	tiles: gemmTiles(16, avx512Tiles, avx512Tiles),
	dot: [3][]gemmFunc{
		{dot1x1AVX512, dot2x1AVX512, dot3x1AVX512, dot4x1AVX512, dot5x1AVX512, dot6x1AVX512, dot7x1AVX512,
			dot8x1AVX512},
		{dot1x2AVX512, dot2x2AVX512, dot3x2AVX512, dot4x2AVX512, dot5x2AVX512, dot6x2AVX512},
		{dot1x3AVX512, dot2x3AVX512, dot3x3AVX512, dot4x3AVX512},
	},
}

var avx512Tiles = [2][]gemmFunc{
	{gemm1x16AVX512, gemm2x16AVX512, gemm3x16AVX512, gemm4x16AVX512, gemm5x16AVX512, gemm6x16AVX512,
		gemm7x16AVX512, gemm8x16AVX512, gemm9x16AVX512, gemm10x16AVX512, gemm11x16AVX512, gemm12x16AVX512,
		gemm13x16AVX512, gemm14x16AVX512, gemm15x16AVX512, gemm16x16AVX512},
	{gemm1x32AVX512, gemm2x32AVX512, gemm3x32AVX512, gemm4x32AVX512, gemm5x32AVX512, gemm6x32AVX512,
		gemm7x32AVX512, gemm8x32AVX512, gemm9x32AVX512, gemm10x32AVX512, gemm11x32AVX512, gemm12x32AVX512,
		gemm13x32AVX512, gemm14x32AVX512},
}

// gemmTiles arranges kernels, which come by vectors - 1 and rows - 1, by columns. Those that are masked take any number
// of columns in their last vector.
func gemmTiles(lanes int, full, masked [2][]gemmFunc) (tiles [32][]gemmFunc) {
	for i := range 2 * lanes {
		tiles[i] = masked[i/lanes]
		if (i+1)%lanes == 0 {
			tiles[i] = full[i/lanes]
		}
	}
	return tiles
}
