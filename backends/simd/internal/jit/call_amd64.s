//go:build !purego

#include "textflag.h"

// The code finds the table of arrays in DI, memory for vectors in R13, the number of elements in whole vectors in CX, of
// those after them in DX, and zero in SI. It changes general registers but BP and SP.

// func callAVX512(code, arrays, memory unsafe.Pointer, n int)
//
// The mask of the last lanes is in K1.
TEXT ·callAVX512(SB), NOSPLIT, $8-32
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

// func callAVX2(code, arrays, memory unsafe.Pointer, n int)
//
// The mask of the last lanes is at the start of the memory.
TEXT ·callAVX2(SB), NOSPLIT, $8-32
	MOVQ         code+0(FP), AX
	MOVQ         arrays+8(FP), DI
	MOVQ         memory+16(FP), R13
	MOVQ         n+24(FP), CX
	MOVQ         CX, DX
	ANDQ         $7, DX
	VMOVQ        DX, X0
	VPBROADCASTD X0, Y0
	VPCMPGTD     laneNumbers<>(SB), Y0, Y0
	VMOVDQU      Y0, (R13)
	ANDQ         $~7, CX
	XORL         SI, SI
	CALL         AX
	VZEROUPPER
	RET

DATA laneNumbers<>+0(SB)/4, $0
DATA laneNumbers<>+4(SB)/4, $1
DATA laneNumbers<>+8(SB)/4, $2
DATA laneNumbers<>+12(SB)/4, $3
DATA laneNumbers<>+16(SB)/4, $4
DATA laneNumbers<>+20(SB)/4, $5
DATA laneNumbers<>+24(SB)/4, $6
DATA laneNumbers<>+28(SB)/4, $7
GLOBL laneNumbers<>(SB), RODATA|NOPTR, $32

// func run(code unsafe.Pointer)
TEXT ·run(SB), NOSPLIT, $8-8
	MOVQ code+0(FP), AX
	CALL AX
	RET
