package main

import (
	"fmt"
	"math"
	"strings"

	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

const rodata = attr.RODATA | attr.NOPTR

func f32(x float32) Mem { return u32(math.Float32bits(x)) }

// formula emits the element-wise work on one register of each input and returns the result.
type formula func(in []VecVirtual) VecVirtual

// elementwise is a kernel that maps equal-length float32 slices to one, lane by lane.
type elementwise struct {
	name   string   // the stem of the function's name
	doc    string   // what dst[i] is set to
	inputs []string // the slices read
	scalar string   // the float32 parameter, if there is one
	unroll int      // registers a turn of the main loop
	flag   string   // the bool result, if there is one

	// setup runs once before the loop, to load what stays in registers, and returns the formula.
	setup func(v isa) formula
	// finish runs once after the loop, to store the flag; nil where there is none.
	finish func(v isa)
}

// emit writes the kernel for every width: a loop over unroll registers, one over single registers, and a masked
// rest.
func (e elementwise) emit() {
	for _, v := range isas {
		e.emitFor(v)
	}
}

func (e elementwise) signature() string {
	args := "dst, " + strings.Join(e.inputs, ", ") + " []float32"
	if e.scalar != "" {
		args += ", " + e.scalar + " float32"
	}
	if e.flag != "" {
		return fmt.Sprintf("func(%s) (%s bool)", args, e.flag)
	}
	return fmt.Sprintf("func(%s)", args)
}

func (e elementwise) emitFor(v isa) {
	TEXT(e.name+v.name, NOSPLIT, e.signature())
	Doc(fmt.Sprintf("%s%s sets dst[i] = %s for every i < len(dst).", e.name, v.name, e.doc))
	Pragma("noescape")
	dst := Load(Param("dst").Base(), GP64())
	n := Load(Param("dst").Len(), GP64())
	in := make([]Register, len(e.inputs))
	for k, name := range e.inputs {
		in[k] = Load(Param(name).Base(), GP64())
	}
	f := e.setup(v)
	l := loop{v: v, n: n, i: GP64()}
	XORQ(l.i, l.i)

	steps := []int{1}
	if e.unroll > 1 {
		steps = []int{e.unroll, 1}
	}
	for _, u := range steps {
		l.whole(u, func() {
			loaded := make([][]VecVirtual, u)
			for r := range u {
				for _, p := range in {
					loaded[r] = append(loaded[r], v.load(l.at(p, r)))
				}
			}
			for r := range u {
				VMOVUPS(f(loaded[r]), l.at(dst, r))
			}
		})
	}
	l.rest(func(mask Register) {
		var loaded []VecVirtual
		for _, p := range in {
			loaded = append(loaded, v.loadMasked(l.at(p, 0), mask))
		}
		v.storeMasked(f(loaded), l.at(dst, 0), mask)
	})
	if e.finish != nil {
		e.finish(v)
	}
	VZEROUPPER()
	RET()
}

// loop walks an index i over n float32s.
type loop struct {
	v      isa
	n, i   Register
	labels int
}

// at is the memory of register r of the current turn.
func (l *loop) at(base Register, r int) Mem {
	return Mem{Base: base, Index: l.i, Scale: 4, Disp: 4 * l.v.lanes * r}
}

func (l *loop) label(name string) string {
	l.labels++
	return fmt.Sprintf("%s%d", name, l.labels)
}

// whole emits a loop over as many groups of u whole registers as are left.
func (l *loop) whole(u int, body func()) {
	last := GP64() // the largest i from which a whole group can be read
	start, done := l.label("loop"), l.label("done")
	MOVQ(l.n, last)
	SUBQ(U32(u*l.v.lanes), last)
	CMPQ(l.i, last)
	JGT(LabelRef(done))
	Label(start)
	body()
	ADDQ(U32(u*l.v.lanes), l.i)
	CMPQ(l.i, last)
	JLE(LabelRef(start))
	Label(done)
}

// rest emits body once, if fewer elements than a register holds are left, with the mask of those lanes.
func (l *loop) rest(body func(mask Register)) {
	done := l.label("done")
	left := GP64()
	MOVQ(l.n, left)
	SUBQ(l.i, left)
	JLE(LabelRef(done))
	body(l.v.firstLanes(left))
	Label(done)
}

// firstLanes returns the mask of the first left lanes; left is between 0 and the number of lanes.
func (v isa) firstLanes(left Register) Register {
	if v.wide() {
		bits, k := GP32(), K()
		MOVL(I32(-1), bits)
		BZHIL(left.(GPVirtual).As32(), bits, bits)
		KMOVW(bits, k)
		return k
	}
	x, count, mask := XMM(), YMM(), YMM()
	VMOVQ(left, x) // the legacy MOVQ would stall on the upper halves in use
	VPBROADCASTD(x, count)
	VPCMPGTD(laneNumbers(), count, mask)
	return mask
}

// laneNumbers is the constant 0, 1, …, 15.
func laneNumbers() Mem {
	if lanes == nil {
		m := GLOBL("lanes", rodata)
		for lane := range avx512.lanes {
			DATA(4*lane, U32(lane))
		}
		lanes = &m
	}
	return *lanes
}

var lanes *Mem

// loadMasked reads the lanes of mask and leaves zero in the others.
func (v isa) loadMasked(m Mem, mask Register) VecVirtual {
	r := v.reg()
	if v.wide() {
		VMOVUPS_Z(m, mask, r)
	} else {
		VMASKMOVPS(m, mask, r)
	}
	return r
}

// storeMasked writes the lanes of mask.
func (v isa) storeMasked(r Register, m Mem, mask Register) {
	if v.wide() {
		VMOVUPS(r, mask, m)
	} else {
		VMASKMOVPS(r, mask, m)
	}
}
