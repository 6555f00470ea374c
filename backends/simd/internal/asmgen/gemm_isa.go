package main

import (
	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"

	"github.com/amgen/amgen/backends/simd/internal/asmgen/layout"
)

// isa512 is AVX-512. Its masks cost nothing, so every kernel uses them.
type isa512 struct{}

// gemmMask is the opmask register of the last vector of each row; the kernels use no other.
var gemmMask = K1

func (isa512) name() string      { return "AVX512" }
func (isa512) lanes() int        { return 16 }
func (isa512) vec() VecVirtual   { return ZMM() }
func (isa512) zero(v VecVirtual) { VPXORD(v, v, v) }

func (isa512) loadMask(tile Register, vecs int) {
	bits := GP64()
	MOVQ(Mem{Base: tile, Disp: layout.TileMask}, bits)
	if vecs == 2 {
		SHRQ(Imm(16), bits)
	}
	KMOVW(bits.As32(), gemmMask)
}

func (isa512) maskFirst(n GPVirtual) {
	bits, one := GP64(), GP64()
	MOVQ(U32(1), one)
	SHLXQ(n, one, bits)
	DECQ(bits)
	KMOVW(bits.As32(), gemmMask)
}

func (isa512) load(m Mem, v VecVirtual, masked bool) {
	if masked {
		VMOVUPS_Z(m, gemmMask, v)
	} else {
		VMOVUPS(m, v)
	}
}

func (isa512) add(m Mem, v VecVirtual, masked bool) {
	if masked {
		VADDPS(m, v, gemmMask, v)
	} else {
		VADDPS(m, v, v)
	}
}

func (isa512) store(v VecVirtual, m Mem, masked bool) {
	if masked {
		VMOVUPS(v, gemmMask, m)
	} else {
		VMOVUPS(v, m)
	}
}

// isa256 is AVX2 with FMA. Masked loads and above all stores cost extra, so whole vectors have kernels of their own.
type isa256 struct {
	mask   VecVirtual
	shifts *Mem // [8]uint32{31, 30 … 24}
	ones   *Mem // [16]uint32, eight times all ones, then zeros
}

func (*isa256) name() string      { return "AVX2" }
func (*isa256) lanes() int        { return 8 }
func (*isa256) vec() VecVirtual   { return YMM() }
func (*isa256) zero(v VecVirtual) { VXORPS(v, v, v) }

// loadMask widens the tile's bits to lanes: it moves lane i's bit to the lane's sign, which is what VMASKMOVPS reads.
func (s *isa256) loadMask(tile Register, vecs int) {
	if s.shifts == nil {
		m := GLOBL("gemmShifts", attr.RODATA|attr.NOPTR)
		for i := range 8 {
			DATA(4*i, U32(31-i))
		}
		s.shifts = &m
	}
	s.mask = YMM()
	VPBROADCASTD(Mem{Base: tile, Disp: layout.TileMask + vecs - 1}, s.mask)
	VPSLLVD(*s.shifts, s.mask, s.mask)
}

// maskFirst reads the mask from a row of ones followed by zeros, n lanes before the first zero.
func (s *isa256) maskFirst(n GPVirtual) {
	if s.ones == nil {
		m := GLOBL("gemmOnes", attr.RODATA|attr.NOPTR)
		for i := range 16 {
			DATA(4*i, U32(uint32(int32(i/8)-1)))
		}
		s.ones = &m
	}
	at := GP64()
	LEAQ(s.ones.Offset(32), at)
	back := GP64()
	MOVQ(n, back)
	NEGQ(back)
	s.mask = YMM()
	VMOVUPS(Mem{Base: at, Index: back, Scale: 4}, s.mask)
}

func (s *isa256) load(m Mem, v VecVirtual, masked bool) {
	if masked {
		VMASKMOVPS(m, s.mask, v)
	} else {
		VMOVUPS(m, v)
	}
}

func (s *isa256) add(m Mem, v VecVirtual, masked bool) {
	if !masked {
		VADDPS(m, v, v)
		return
	}
	old := YMM()
	VMASKMOVPS(m, s.mask, old)
	VADDPS(old, v, v)
}

func (s *isa256) store(v VecVirtual, m Mem, masked bool) {
	if masked {
		VMASKMOVPS(v, s.mask, m)
	} else {
		VMOVUPS(v, m)
	}
}
