package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

func init() { families["gemm64"] = emitGemm64 }

// emitGemm64 emits the micro-kernels for float64, kernels.Gemm64. Their sums take 28 of the 32 registers of AVX-512 and
// 12 of the 16 of AVX2.
func emitGemm64() {
	gemm64Kernel("AVX512", 14, 8, func() VecVirtual { return ZMM() })
	gemm64Kernel("AVX2", 6, 4, func() VecVirtual { return YMM() })
}

// gemm64Kernel emits the kernel of so many rows and two vectors of so many columns each.
func gemm64Kernel(level string, rows, lanes int, vec func() VecVirtual) {
	name := fmt.Sprintf("gemm%dx%d%sFloat64", rows, 2*lanes, level)
	TEXT(name, NOSPLIT, "func(k int, a, b, c *float64, stride int)")
	Pragma("noescape")
	Doc(fmt.Sprintf("%s is Gemm64.Run for %d rows and %d columns.", name, rows, 2*lanes))
	k, a, b := Load(Param("k"), GP64()), Load(Param("a"), GP64()), Load(Param("b"), GP64())
	sums := make([][2]VecVirtual, rows)
	for i := range sums {
		for j := range sums[i] {
			sums[i][j] = vec()
			if level == "AVX512" {
				VPXORQ(sums[i][j], sums[i][j], sums[i][j])
			} else {
				VXORPD(sums[i][j], sums[i][j], sums[i][j])
			}
		}
	}
	Label("step")
	right := [2]VecVirtual{vec(), vec()}
	for j, v := range right {
		VMOVUPD(Mem{Base: b, Disp: 8 * j * lanes}, v)
	}
	for i := range sums {
		left := vec()
		VBROADCASTSD(Mem{Base: a, Disp: 8 * i}, left)
		for j, v := range right {
			VFMADD231PD(v, left, sums[i][j])
		}
	}
	ADDQ(Imm(uint64(8*rows)), a)
	ADDQ(Imm(uint64(16*lanes)), b)
	DECQ(k)
	JNZ(LabelRef("step"))
	c, stride := Load(Param("c"), GP64()), Load(Param("stride"), GP64())
	for i := range sums {
		for j, v := range sums[i] {
			at := Mem{Base: c, Disp: 8 * j * lanes}
			VADDPD(at, v, v)
			VMOVUPD(v, at)
		}
		ADDQ(stride, c)
	}
	VZEROUPPER()
	RET()
}
