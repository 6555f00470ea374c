package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

func init() { families["vecconvert"] = vecConvert }

// conversion is a kernel from one element type to another. It handles whole groups of 16 elements; the Go side
// does the rest.
type conversion struct {
	name, doc string
	from, to  string
	op        func(v isa, from, to Mem)
}

var sizes = map[string]int{"uint8": 1, "uint16": 2, "int32": 4, "uint32": 4, "float32": 4}

func vecConvert() {
	for _, c := range []conversion{
		{"uint8ToFloat32", "float32(a[i])", "uint8", "float32", func(v isa, from, to Mem) {
			x := v.reg()
			VPMOVZXBD(from, x)
			VMOVUPS(v.toFloat(x), to)
		}},
		{"int32ToFloat32", "float32(a[i])", "int32", "float32",
			func(v isa, from, to Mem) { VMOVUPS(v.toFloat(from), to) }},
		{"uint32ToFloat32", "float32(a[i])", "uint32", "float32", isa.uint32ToFloat},
		{"bfloat16ToFloat32", "the value of the bfloat16 with the bits a[i]", "uint16", "float32",
			func(v isa, from, to Mem) {
				x := v.reg()
				VPMOVZXWD(from, x)
				VMOVUPS(v.shl(x, 16), to)
			}},
		{"float16ToFloat32", "the value of the binary16 number with the bits a[i]", "uint16", "float32",
			func(v isa, from, to Mem) {
				x := v.reg()
				VCVTPH2PS(from, x)
				VMOVUPS(x, to)
			}},
		{"float32ToFloat16", "the bits of a[i] rounded to binary16", "float32", "uint16", func(v isa, from, to Mem) {
			const nearestEven = 0
			VCVTPS2PH(U8(nearestEven), v.load(from), to)
		}},
		{"float32ToBFloat16", "the bits of a[i] rounded to bfloat16", "float32", "uint16", isa.floatToBFloat16},
	} {
		for _, v := range isas {
			c.emitFor(v)
		}
	}
}

func (c conversion) emitFor(v isa) {
	TEXT(c.name+v.name, NOSPLIT, fmt.Sprintf("func(dst []%s, a []%s)", c.to, c.from))
	Doc(fmt.Sprintf("%s%s sets dst[i] = %s for every i < len(dst), a multiple of 16.", c.name, v.name, c.doc))
	Pragma("noescape")
	dst := Load(Param("dst").Base(), GP64())
	n := Load(Param("dst").Len(), GP64())
	a := Load(Param("a").Base(), GP64())
	i := GP64()
	XORQ(i, i)
	groups(n, i, func() {
		for r := range compareGroup / v.lanes {
			at := func(base Register, size int) Mem {
				return Mem{Base: base, Index: i, Scale: uint8(size), Disp: size * v.lanes * r}
			}
			c.op(v, at(a, sizes[c.from]), at(dst, sizes[c.to]))
		}
	})
	VZEROUPPER()
	RET()
}

// uint32ToFloat has an instruction in AVX-512 only; elsewhere the halves of 16 bits are converted, exactly, and
// joined by a multiplication and an addition rounded once.
func (v isa) uint32ToFloat(from, to Mem) {
	if v.wide() {
		r := v.reg()
		VCVTUDQ2PS(from, r)
		VMOVUPS(r, to)
		return
	}
	x, low := v.load(from), v.reg()
	VPAND(u32(0xffff), x, low)
	high := v.toFloat(v.shr(x, 16))
	VMOVUPS(v.fma(high, v.load(f32(0x1p16)), v.toFloat(low)), to)
}

// floatToBFloat16 rounds the lower half of the bits into the upper: adding 0x7fff, or 0x8000 if the lowest bit kept
// is odd, carries exactly where the number must be rounded up. A NaN keeps its upper half with the quiet bit set.
func (v isa) floatToBFloat16(from, to Mem) {
	x := v.load(from)
	odd := v.and(v.shr(x, 16), u32(1))
	rounded := v.shr(v.addInt(v.addInt(x, u32(0x7fff)), odd), 16)
	nan := v.or(v.shr(x, 16), u32(0x40))
	r := v.choose(v.compare(unordered, x, x), nan, rounded)
	if v.wide() {
		VPMOVDW(r, to)
		return
	}
	high, packed := XMM(), XMM()
	VEXTRACTI128(U8(1), r, high)
	VPACKUSDW(high, r.AsX(), packed)
	VMOVDQU(packed, to)
}
