//go:build !purego

package kernels

// gemmKernels holds each level's micro-kernels.
var gemmKernels = [...]*GemmKernels{Generic: &genericGemm, NEON: &neonGemm}

// neonGemm has the tiles of AVX2 and sums in the order of AVX2.
var neonGemm = GemmKernels{Lanes: 8, rows: [2]int{6, 6}, dotRows: [3]int{8, 4, 3}, tiles: neonTiles(),
	dot: [3][]gemmFunc{
		{dot1x1NEON, dot2x1NEON, dot3x1NEON, dot4x1NEON, dot5x1NEON, dot6x1NEON, dot7x1NEON, dot8x1NEON},
		{dot1x2NEON, dot2x2NEON, dot3x2NEON, dot4x2NEON},
		{dot1x3NEON, dot2x3NEON, dot3x3NEON},
	},
}

// neonTiles has kernels of their own for one to three columns, and from four on one for each four.
func neonTiles() (tiles [32][]gemmFunc) {
	quads := [4][]gemmFunc{
		{gemm1x4NEON, gemm2x4NEON, gemm3x4NEON, gemm4x4NEON, gemm5x4NEON, gemm6x4NEON},
		{gemm1x8NEON, gemm2x8NEON, gemm3x8NEON, gemm4x8NEON, gemm5x8NEON, gemm6x8NEON},
		{gemm1x12NEON, gemm2x12NEON, gemm3x12NEON, gemm4x12NEON, gemm5x12NEON, gemm6x12NEON},
		{gemm1x16NEON, gemm2x16NEON, gemm3x16NEON, gemm4x16NEON, gemm5x16NEON, gemm6x16NEON},
	}
	copy(tiles[:], [][]gemmFunc{
		{gemm1x1NEON, gemm2x1NEON, gemm3x1NEON, gemm4x1NEON, gemm5x1NEON, gemm6x1NEON},
		{gemm1x2NEON, gemm2x2NEON, gemm3x2NEON, gemm4x2NEON, gemm5x2NEON, gemm6x2NEON},
		{gemm1x3NEON, gemm2x3NEON, gemm3x3NEON, gemm4x3NEON, gemm5x3NEON, gemm6x3NEON},
	})
	for i := 3; i < 16; i++ {
		tiles[i] = quads[i/4]
	}
	return tiles
}
