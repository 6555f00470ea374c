package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"

	"github.com/amgen/amgen/backends/simd/internal/asmgen/layout"
)

func init() { families["gemm"] = emitGemm }

// emitGemm emits every micro-kernel that packages gemm and conv choose from.
//
// A tile of C keeps all its sums in registers: rows × vectors of them. A step of k loads the vectors of B's row and
// multiplies them by one broadcast element of each row of A. 14 × 2 vectors of 512 bits leave 4 of the 32 registers
// to B and the broadcasts, 6 × 2 vectors of 256 bits 4 of the 16. Fewer rows are for edges and small images.
// Products of one to three columns have kernels that run along k instead: dotKernel.
func emitGemm() {
	avx2 := &isa256{}
	for _, vecs := range []int{2, 1} {
		for rows := 1; rows <= 18-2*vecs; rows++ {
			gemmKernel(isa512{}, rows, vecs, true)
		}
		for rows := 1; rows <= 6; rows++ {
			gemmKernel(avx2, rows, vecs, false)
			gemmKernel(avx2, rows, vecs, true)
		}
	}
	// As many sums as leave registers for the columns, a row and, in AVX2, the mask; none past the first 16 registers,
	// which the additions across lanes cannot reach.
	for i, rows := range []int{8, 6, 4} {
		for row := 1; row <= rows; row++ {
			dotKernel(isa512{}, row, i+1)
		}
	}
	for i, rows := range []int{8, 4, 3} {
		for row := 1; row <= rows; row++ {
			dotKernel(avx2, row, i+1)
		}
	}
}

// gemmISA is what differs between the instruction sets. masked loads and stores touch only the columns of the
// tile's mask; they apply to the last vector of a row.
type gemmISA interface {
	name() string
	lanes() int
	vec() VecVirtual
	zero(v VecVirtual)
	loadMask(tile Register, vecs int) // of the tile's columns
	maskFirst(n GPVirtual)            // of the first n lanes, n < lanes()
	load(m Mem, v VecVirtual, masked bool)
	add(m Mem, v VecVirtual, masked bool)
	store(v VecVirtual, m Mem, masked bool)
}

// gemmKernel emits the kernel of the given number of rows and vectors a row.
func gemmKernel(isa gemmISA, rows, vecs int, masked bool) {
	name := fmt.Sprintf("gemm%dx%d%s", rows, vecs*isa.lanes(), isa.name())
	if masked && isa.name() == "AVX2" {
		name += "Masked"
	}
	TEXT(name, NOSPLIT, "func(t *uintptr)")
	Pragma("noescape")
	Doc(name + fmt.Sprintf(" is gemmGeneric(t, %d, %d), t pointing at a Tile.", rows, vecs*isa.lanes()))
	t := Load(Param("t"), GP64())

	acc := make([][]VecVirtual, rows)
	for i := range acc {
		acc[i] = make([]VecVirtual, vecs)
		for j := range acc[i] {
			acc[i][j] = isa.vec()
			isa.zero(acc[i][j])
		}
	}
	if masked {
		isa.loadMask(t, vecs)
	}
	if gemmPrefetches(isa, rows) {
		gemmPrefetchC(t, rows, vecs*isa.lanes())
	}
	gemmSums(isa, t, acc, masked)
	gemmStore(isa, t, acc, masked)
	VZEROUPPER()
	RET()
}

// gemmPrefetches tells whether a tile is so high that fetching ahead costs nothing: the lines of C, which may come from
// afar while the sums are formed, and at each step a line of what the next tile reads of A.
func gemmPrefetches(isa gemmISA, rows int) bool { return rows >= 8 || isa.lanes() == 8 && rows >= 5 }

// gemmPrefetchC asks for the tile's part of C if the tile has a next one.
func gemmPrefetchC(t Register, rows, columns int) {
	CMPQ(Mem{Base: t, Disp: layout.TileNextStep}, Imm(0))
	JEQ(LabelRef("sum"))
	c, stride := GP64(), GP64()
	MOVQ(Mem{Base: t, Disp: layout.TileC}, c)
	MOVQ(Mem{Base: t, Disp: layout.TileCRow}, stride)
	for range rows {
		for line := 0; line < columns; line += 16 {
			PREFETCHT0(Mem{Base: c, Disp: 4 * line})
		}
		ADDQ(stride, c)
	}
	Label("sum")
}

// gemmSums emits the loops over segments and k.
func gemmSums(isa gemmISA, t Register, acc [][]VecVirtual, masked bool) {
	rows, vecs := len(acc), len(acc[0])
	load := func(offset int) GPVirtual {
		r := GP64()
		MOVQ(Mem{Base: t, Disp: offset}, r)
		return r
	}
	seg, left := load(layout.TileSegs), load(layout.TileNSegs)
	ak, bk := load(layout.TileAK), load(layout.TileBK)
	addr := newRowAddresses(load(layout.TileARow), rows)
	a, b, k, next := GP64(), GP64(), GP64(), GP64()

	Label("segment")
	TESTQ(left, left)
	JZ(LabelRef("sums"))
	MOVQ(Mem{Base: t, Disp: layout.TileA}, a)
	ADDQ(Mem{Base: seg}, a)
	MOVQ(Mem{Base: t, Disp: layout.TileB}, b)
	ADDQ(Mem{Base: seg, Disp: 8}, b)
	MOVQ(Mem{Base: t, Disp: layout.TileK}, k)
	addr.start(a)
	if gemmPrefetches(isa, rows) {
		MOVQ(a, next)
		ADDQ(Mem{Base: t, Disp: layout.TileNext}, next)
	}

	Label("step")
	bv := make([]VecVirtual, vecs)
	for j := range bv {
		bv[j] = isa.vec()
		isa.load(Mem{Base: b, Disp: 4 * j * isa.lanes()}, bv[j], masked && j == vecs-1)
	}
	for i := range acc {
		av := isa.vec()
		VBROADCASTSS(addr.row(i), av)
		for j := range bv {
			VFMADD231PS(bv[j], av, acc[i][j])
		}
	}
	if vecs == 2 && rows >= 4 {
		PREFETCHT0(Mem{Base: b, Index: bk, Scale: 8})
		PREFETCHT0(Mem{Base: b, Disp: 64, Index: bk, Scale: 8})
	}
	if gemmPrefetches(isa, rows) {
		PREFETCHT0(Mem{Base: next})
		ADDQ(Mem{Base: t, Disp: layout.TileNextStep}, next)
	}
	addr.advance(ak)
	ADDQ(bk, b)
	DECQ(k)
	JNZ(LabelRef("step"))

	ADDQ(Imm(16), seg)
	DECQ(left)
	JMP(LabelRef("segment"))
}

// gemmStore emits what becomes of the sums: they replace C's tile or are added to it.
func gemmStore(isa gemmISA, t Register, acc [][]VecVirtual, masked bool) {
	vecs := len(acc[0])
	Label("sums")
	c, stride := GP64(), GP64()
	MOVQ(Mem{Base: t, Disp: layout.TileC}, c)
	MOVQ(Mem{Base: t, Disp: layout.TileCRow}, stride)
	CMPQ(Mem{Base: t, Disp: layout.TileAdd}, Imm(0))
	JEQ(LabelRef("store"))
	p := GP64()
	MOVQ(c, p)
	for i := range acc {
		for j, v := range acc[i] {
			isa.add(Mem{Base: p, Disp: 4 * j * isa.lanes()}, v, masked && j == vecs-1)
		}
		ADDQ(stride, p)
	}
	Label("store")
	for i := range acc {
		for j, v := range acc[i] {
			isa.store(v, Mem{Base: c, Disp: 4 * j * isa.lanes()}, masked && j == vecs-1)
		}
		ADDQ(stride, c)
	}
}

// rowAddresses reaches up to 16 rows a stride apart from two pointers, eight rows apart, and multiples of the stride.
type rowAddresses struct {
	low, high Register
	multiple  map[int]Register // of the stride, by odd factor
	stride8   Register
	rows      int
}

func newRowAddresses(stride Register, rows int) *rowAddresses {
	r := &rowAddresses{rows: rows, multiple: map[int]Register{1: stride}}
	for factor := 3; factor < min(rows, 8); factor += 2 {
		m := GP64()
		IMUL3Q(Imm(uint64(factor)), stride, m)
		r.multiple[factor] = m
	}
	if rows > 8 {
		r.high = GP64()
	}
	return r
}

// start points at the tile's first element.
func (r *rowAddresses) start(a Register) {
	r.low = a
	if r.high != nil {
		LEAQ(Mem{Base: a, Index: r.multiple[1], Scale: 8}, r.high)
	}
}

// advance moves every row by the same number of bytes.
func (r *rowAddresses) advance(by Register) {
	ADDQ(by, r.low)
	if r.high != nil {
		ADDQ(by, r.high)
	}
}

func (r *rowAddresses) row(i int) Mem {
	base := r.low
	if i >= 8 {
		base, i = r.high, i-8
	}
	if i == 0 {
		return Mem{Base: base}
	}
	scale := 1
	for ; i%2 == 0; i /= 2 {
		scale *= 2
	}
	return Mem{Base: base, Index: r.multiple[i], Scale: uint8(scale)}
}
