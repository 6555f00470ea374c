//go:build !purego

#include "textflag.h"

// func call(code, arrays, memory unsafe.Pointer, n int)
//
// The code finds the table of arrays in DI, memory for vectors in R13, the number of elements in whole vectors in CX, of
// those after them in DX, the mask of their lanes in K1, and zero in SI. It changes general registers but BP and SP.
TEXT ·call(SB), NOSPLIT, $8-32
	MOVQ  code+0(FP), AX
	MOVQ  arrays+8(FP), DI
	MOVQ  memory+16(FP), R13
	MOVQ  n+24(FP), CX
	MOVQ  CX, DX
	ANDQ  $15, DX
	MOVL  $-1, BX
	BZHIL DX, BX, BX
	KMOVW BX, K1
	ANDQ  $~15, CX
	XORL  SI, SI
	CALL  AX
	VZEROUPPER
	RET
