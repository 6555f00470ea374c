package main

import "fmt"

// The kernels here handle whole groups of 16 elements; the Go side does the rest.

func init() {
	families["veccompare"] = vecCompare
	families["vecconvert"] = vecConvert
}

// group is a kernel in the making that works on groups.
type group struct {
	vectorLanes
	pointers []string
}

// newGroup begins a kernel on slices, of which dst is the first.
func newGroup(f *file, name, doc string, parameters ...parameter) *group {
	g := f.function(name+"NEON", "sets dst[i] = "+doc+" for every i < len(dst), a multiple of 16.", parameters...)
	k := &group{vectorLanes: vectorLanes{g, map[uint32]vector{}, map[uint32]int{}}}
	g.line("MOVD %s, %s", g.argument("dst", "_len"), countReg)
	for _, p := range parameters {
		if p.size() == 24 {
			k.pointers = append(k.pointers, fmt.Sprintf("R%d", 1+len(k.pointers)))
			g.line("MOVD %s, %s", g.argument(p.name, "_base"), k.pointers[len(k.pointers)-1])
		}
	}
	return k
}

// loop emits a loop over the groups, and the end. A pointer moves on by what a group takes there.
func (k *group) loop(sizes []int, body func()) {
	k.branch("CBZ %s, done", countReg)
	k.label("loop")
	body()
	for i, p := range k.pointers {
		k.line("ADD $%d, %s, %s", 16*sizes[i], p, p)
	}
	k.line("SUBS $16, %s, %s", countReg, countReg)
	k.branch("BNE loop")
	k.label("done")
	k.line("RET")
}

// quarters loads the 16 elements of 32 bits of a slice.
func (k *group) quarters(slice int) (all [4]vector) {
	for i := range all {
		all[i] = k.fresh()
		k.load16(all[i], fmt.Sprintf("%d(%s)", 16*i, k.pointers[slice]))
	}
	return all
}

func (k *group) storeQuarters(all [4]vector) {
	for i, v := range all {
		k.store16(v, fmt.Sprintf("%d(%s)", 16*i, k.pointers[0]))
	}
}

// new adds an instruction of Go's assembler that writes a new register, newWord one that the assembler lacks.
func (k *group) new(format string, reg ...vector) vector {
	d := k.fresh()
	k.native(format, append([]vector{d}, reg...)...)
	return d
}

func (k *group) newWord(encoding uint32, format string, reg ...vector) vector {
	d := k.fresh()
	k.word(encoding, format, append([]vector{d}, reg...)...)
	return d
}

func vecCompare(f *file) {
	for _, c := range []struct {
		name, symbol, instruction string
		exchanged, inverted       bool
	}{
		{"equal", "==", "FCMEQ", false, false}, {"notEqual", "!=", "FCMEQ", false, true},
		{"less", "<", "FCMGT", true, false}, {"lessEqual", "<=", "FCMGE", true, false},
		{"greater", ">", "FCMGT", false, false}, {"greaterEqual", ">=", "FCMGE", false, false},
	} {
		for _, scalar := range []bool{false, true} {
			name, right, parameters := c.name, "b[i]", []parameter{{name: "dst", kind: "[]bool"},
				{name: "a", kind: "[]float32"}, {name: "b", kind: "[]float32"}}
			if scalar {
				name, right, parameters[2] = c.name+"Scalar", "s", parameter{name: "s", kind: "float32"}
			}
			k := newGroup(f, name, fmt.Sprintf("a[i] %s %s", c.symbol, right), parameters...)
			k.compare(c.instruction, scalar, c.exchanged, c.inverted)
		}
	}
	where(f)
}

// compare emits a comparison with a slice or with a scalar. It may take its operands in exchange, and hold where the
// instruction doesn't.
func (k *group) compare(instruction string, scalar, exchanged, inverted bool) {
	var s vector
	if scalar {
		s = k.pin()
		k.load4(s, k.argument("s", ""))
		k.native("VDUP V%[1]d.S[0], V%[1]d.S4", s).reads = true
	}
	ones := k.pin()
	k.native("VMOVI $1, V%[1]d.B16", ones)
	k.loop([]int{1, 4, 4}, func() {
		a, b := k.quarters(1), [4]vector{s, s, s, s}
		if !scalar {
			b = k.quarters(2)
		}
		var masks [4]vector
		for i := range masks {
			n, m := a[i], b[i]
			if exchanged {
				n, m = m, n
			}
			masks[i] = k.fresh()
			k.single(instruction, masks[i], n, m)
		}
		const evenHalves = "VUZP1 V%[3]d.H8, V%[2]d.H8, V%[1]d.H8"
		low, high := k.new(evenHalves, masks[0], masks[1]), k.new(evenHalves, masks[2], masks[3])
		bytes := k.new("VUZP1 V%[3]d.B16, V%[2]d.B16, V%[1]d.B16", low, high)
		d := k.fresh()
		if inverted {
			k.bits("BIC", d, ones, bytes)
		} else {
			k.bits("AND", d, ones, bytes)
		}
		k.store16(d, "("+k.pointers[0]+")")
	})
}

// where emits the kernel that chooses between two slices by a third of bools.
func where(f *file) {
	k := newGroup(f, "where", "a[i] where cond[i] holds, else b[i],", parameter{name: "dst", kind: "[]float32"},
		parameter{name: "cond", kind: "[]bool"}, parameter{name: "a", kind: "[]float32"},
		parameter{name: "b", kind: "[]float32"})
	ones := k.pin()
	k.native("VMOVI $1, V%[1]d.B16", ones)
	k.loop([]int{4, 1, 4, 4}, func() {
		cond := k.fresh()
		k.load16(cond, "("+k.pointers[1]+")")
		bytes := k.new("VCMTST V%[3]d.B16, V%[2]d.B16, V%[1]d.B16", cond, ones)
		a, b := k.quarters(2), k.quarters(3)
		var masks [4]vector // each byte twice, then each half of 16 bits twice
		for half, zip := range []string{"VZIP1", "VZIP2"} {
			words := k.new(zip+" V%[2]d.B16, V%[2]d.B16, V%[1]d.B16", bytes)
			masks[2*half] = k.new("VZIP1 V%[2]d.H8, V%[2]d.H8, V%[1]d.H8", words)
			masks[2*half+1] = k.new("VZIP2 V%[2]d.H8, V%[2]d.H8, V%[1]d.H8", words)
		}
		for i, mask := range masks {
			k.bsl(mask, a[i], b[i])
		}
		k.storeQuarters(masks)
	})
}

// vecConvert emits the conversions from one type of element to another.
func vecConvert(f *file) {
	for _, c := range []struct {
		name, doc, from, to string
		body                func(k *group)
	}{
		{"uint8ToFloat32", "float32(a[i])", "uint8", "float32", (*group).uint8ToFloat},
		{"int32ToFloat32", "float32(a[i])", "int32", "float32", func(k *group) { k.convertQuarters("SCVTF") }},
		{"uint32ToFloat32", "float32(a[i])", "uint32", "float32", func(k *group) { k.convertQuarters("UCVTF") }},
		{"bfloat16ToFloat32", "the value of the bfloat16 with the bits a[i]", "uint16", "float32", func(k *group) {
			k.widen(0x2e613800, "SHLL V%[1]d.4S, V%[2]d.4H, #16", "SHLL2 V%[1]d.4S, V%[2]d.8H, #16")
		}},
		{"float16ToFloat32", "the value of the binary16 number with the bits a[i]", "uint16", "float32",
			func(k *group) { k.widen(0x0e217800, "FCVTL V%[1]d.4S, V%[2]d.4H", "FCVTL2 V%[1]d.4S, V%[2]d.8H") }},
		{"float32ToFloat16", "the bits of a[i] rounded to binary16", "float32", "uint16", (*group).floatToFloat16},
		{"float32ToBFloat16", "the bits of a[i] rounded to bfloat16", "float32", "uint16", (*group).floatToBFloat16},
	} {
		sizes := map[string]int{"uint8": 1, "uint16": 2, "int32": 4, "uint32": 4, "float32": 4}
		emit := func(f *file, uses map[uint32]int, pinned []uint32) *function {
			k := newGroup(f, c.name, c.doc, parameter{name: "dst", kind: "[]" + c.to},
				parameter{name: "a", kind: "[]" + c.from})
			k.uses = uses
			k.pinConstants(pinned)
			k.loop([]int{sizes[c.to], sizes[c.from]}, func() { c.body(k) })
			return k.function
		}
		uses := map[uint32]int{}
		emit(&file{}, uses, nil)
		emit(f, uses, mostUsed(uses, 8))
	}
}

func (k *group) uint8ToFloat() {
	bytes := k.fresh()
	k.load16(bytes, "("+k.pointers[1]+")")
	var all [4]vector
	for half, from := range []string{"VUXTL V%[2]d.B8", "VUXTL2 V%[2]d.B16"} {
		words := k.new(from+", V%[1]d.H8", bytes)
		all[2*half] = k.new("VUXTL V%[2]d.H4, V%[1]d.S4", words)
		all[2*half+1] = k.new("VUXTL2 V%[2]d.H8, V%[1]d.S4", words)
	}
	k.convertVectors("UCVTF", all)
}

func (k *group) convertQuarters(instruction string) { k.convertVectors(instruction, k.quarters(1)) }

func (k *group) convertVectors(instruction string, all [4]vector) {
	for i, v := range all {
		all[i] = k.fresh()
		k.single(instruction, all[i], v)
	}
	k.storeQuarters(all)
}

// widen converts from 16 bits by an instruction for the lower half of a register and its like for the upper half.
func (k *group) widen(encoding uint32, low, high string) {
	const upper = 1 << 30
	var all [4]vector
	for half := range 2 {
		v := k.fresh()
		k.load16(v, fmt.Sprintf("%d(%s)", 16*half, k.pointers[1]))
		all[2*half], all[2*half+1] = k.newWord(encoding, low, v), k.newWord(encoding|upper, high, v)
	}
	k.storeQuarters(all)
}

func (k *group) floatToFloat16() {
	all := k.quarters(1)
	for half := range 2 {
		d := k.newWord(0x0e216800, "FCVTN V%[1]d.4H, V%[2]d.4S", all[2*half])
		k.word(0x4e216800, "FCVTN2 V%[1]d.8H, V%[2]d.4S", d, all[2*half+1]).reads = true
		k.store16(d, fmt.Sprintf("%d(%s)", 16*half, k.pointers[0]))
	}
}

// floatToBFloat16 rounds the lower half of the bits into the upper: adding 0x7fff, or 0x8000 if the lowest bit kept is
// odd, carries exactly where the number must be rounded up. A NaN keeps its upper half with the quiet bit set.
func (k *group) floatToBFloat16() {
	all := k.quarters(1)
	for i, v := range all {
		x := value{reg: v}
		odd := k.And(k.Shr(x, 16), k.Bits(1))
		rounded := k.AddInt(k.AddInt(x, k.Bits(0x7fff)), odd)
		all[i] = k.Choose(k.single3("FCMEQ", x, x), rounded, k.Or(x, k.Bits(0x400000))).reg
	}
	for half := range 2 {
		d := k.new("VUZP2 V%[3]d.H8, V%[2]d.H8, V%[1]d.H8", all[2*half], all[2*half+1])
		k.store16(d, fmt.Sprintf("%d(%s)", 16*half, k.pointers[0]))
	}
}
