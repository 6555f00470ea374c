package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

func init() { families["veccompare"] = vecCompare }

// comparison is a kernel that compares a slice with another or with a scalar. It handles whole groups of 16
// elements; the Go side does the rest.
type comparison struct {
	name, symbol string
	p            predicate
}

func vecCompare() {
	for _, c := range []comparison{
		{"equal", "==", equal}, {"notEqual", "!=", notEqual}, {"less", "<", less}, {"lessEqual", "<=", lessEqual},
		{"greater", ">", greater}, {"greaterEqual", ">=", greaterEqual},
	} {
		for _, v := range isas {
			c.emitFor(v, false)
			c.emitFor(v, true)
		}
	}
	for _, v := range isas {
		where(v)
	}
}

const compareGroup = 16 // elements a turn: what fills the narrowest store of bytes

func (c comparison) emitFor(v isa, scalar bool) {
	if scalar {
		TEXT(c.name+"Scalar"+v.name, NOSPLIT, "func(dst []bool, a []float32, s float32)")
		Doc(fmt.Sprintf("%sScalar%s sets dst[i] = a[i] %s s for every i < len(dst), a multiple of 16.", c.name, v.name,
			c.symbol))
	} else {
		TEXT(c.name+v.name, NOSPLIT, "func(dst []bool, a, b []float32)")
		Doc(fmt.Sprintf("%s%s sets dst[i] = a[i] %s b[i] for every i < len(dst), a multiple of 16.", c.name, v.name,
			c.symbol))
	}
	Pragma("noescape")
	dst := Load(Param("dst").Base(), GP64())
	n := Load(Param("dst").Len(), GP64())
	a := Load(Param("a").Base(), GP64())
	var b, s Register
	if scalar {
		s = v.param("s")
	} else {
		b = Load(Param("b").Base(), GP64())
	}
	i := GP64()
	XORQ(i, i)
	ones := XMM()
	VMOVDQU(byteOnes(), ones)
	groups(n, i, func() {
		var masks []Register
		for r := range compareGroup / v.lanes {
			at := func(base Register) Mem { return Mem{Base: base, Index: i, Scale: 4, Disp: 4 * v.lanes * r} }
			var right Op = s
			if !scalar {
				right = at(b)
			}
			masks = append(masks, v.compare(c.p, v.load(at(a)), right))
		}
		VMOVDQU(v.bools(masks, ones), Mem{Base: dst, Index: i, Scale: 1})
	})
	VZEROUPPER()
	RET()
}

// groups emits a loop of i over n, a multiple of compareGroup.
func groups(n, i Register, body func()) {
	CMPQ(i, n)
	JGE(LabelRef("done"))
	Label("loop")
	body()
	ADDQ(U32(compareGroup), i)
	CMPQ(i, n)
	JL(LabelRef("loop"))
	Label("done")
}

// bools returns 16 bytes that are 1 in the lanes of the masks and 0 elsewhere.
func (v isa) bools(masks []Register, ones Register) Register {
	r := XMM()
	if v.wide() {
		VMOVDQU8_Z(ones, masks[0], r)
		return r
	}
	halves := make([]Register, len(masks))
	for k, m := range masks { // 8 lanes of 32 bits to 8 of 16
		high, low := XMM(), XMM()
		VEXTRACTI128(U8(1), m, high)
		VPACKSSDW(high, m.(VecVirtual).AsX(), low)
		halves[k] = low
	}
	VPACKSSWB(halves[1], halves[0], r)
	VPAND(ones, r, r)
	return r
}

// byteOnes is the constant of 16 bytes of 1.
func byteOnes() Mem { return u32(0x01010101) }

// where emits the kernel that chooses between two slices by a third of bools.
func where(v isa) {
	TEXT("where"+v.name, NOSPLIT, "func(dst []float32, cond []bool, a, b []float32)")
	Doc(fmt.Sprintf("where%s sets dst[i] = a[i] where cond[i] holds, else b[i], for every i < len(dst), a multiple "+
		"of 16.", v.name))
	Pragma("noescape")
	dst := Load(Param("dst").Base(), GP64())
	n := Load(Param("dst").Len(), GP64())
	cond := Load(Param("cond").Base(), GP64())
	a := Load(Param("a").Base(), GP64())
	b := Load(Param("b").Base(), GP64())
	i := GP64()
	XORQ(i, i)
	groups(n, i, func() {
		for r := range compareGroup / v.lanes {
			at := func(base Register) Mem { return Mem{Base: base, Index: i, Scale: 4, Disp: 4 * v.lanes * r} }
			bytes := v.reg()
			VPMOVZXBD(Mem{Base: cond, Index: i, Scale: 1, Disp: v.lanes * r}, bytes)
			VMOVUPS(v.choose(v.oddLanes(bytes), at(a), v.load(at(b))), at(dst))
		}
	})
	VZEROUPPER()
	RET()
}
