package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

func init() { families["vecphilox"] = vecPhilox }

// The multipliers and key increments of Philox4x32.
const (
	philoxM0, philoxM1 = 0xD2511F53, 0xCD9E8D57
	philoxW0, philoxW1 = 0x9E3779B9, 0xBB67AE85
	philoxRounds       = 10
)

// vecPhilox emits the random number generator. Every lane of 64 bits computes one block and holds one of its four
// words in its lower half; the upper half may be anything, since the multiplication ignores it and the words are
// masked only at the end.
func vecPhilox() {
	for _, v := range isas {
		philox(v)
	}
}

func philox(v isa) {
	TEXT("philoxBlocks"+v.name, NOSPLIT, "func(dst []byte, key, low, high uint64)")
	Doc(fmt.Sprintf("philoxBlocks%s fills dst with the blocks at the counters high:low, high:low+1, …; len(dst) is a "+
		"multiple", v.name),
		"of 128 bytes and low doesn't overflow.")
	Pragma("noescape")
	dst := Load(Param("dst").Base(), GP64())
	n := Load(Param("dst").Len(), GP64())
	key, low, high := v.words("key"), v.words("low"), v.words("high")
	k1, c3 := v.reg(), v.reg()
	VPSRLQ(U8(32), key, k1)
	VPSRLQ(U8(32), high, c3)
	VPADDQ(v.blockOrder(), low, low)
	m0, m1 := v.load(u64(philoxM0)), v.load(u64(philoxM1))

	end := GP64()
	LEAQ(Mem{Base: dst, Index: n, Scale: 1}, end)
	CMPQ(dst, end)
	JGE(LabelRef("done"))
	Label("loop")
	var c [4]VecVirtual
	c[0], c[2], c[3] = v.load(low), v.load(high), v.load(c3)
	c[1] = v.reg()
	VPSRLQ(U8(32), low, c[1])
	k := [2]VecVirtual{v.load(key), v.load(k1)}
	for range philoxRounds {
		c = v.philoxRound(c, k, m0, m1)
		VPADDD(u32(philoxW0), k[0], k[0])
		VPADDD(u32(philoxW1), k[1], k[1])
	}
	first, second := v.pack(c[0], c[1]), v.pack(c[2], c[3])
	bytes := 4 * v.lanes
	for half, unpack := range []func(...Op){VPUNPCKLQDQ, VPUNPCKHQDQ} {
		blocks := v.reg()
		unpack(second, first, blocks)
		VMOVUPS(blocks, Mem{Base: dst, Disp: half * bytes})
	}
	VPADDQ(u64(uint64(v.lanes/2)), low, low)
	ADDQ(U8(2*bytes), dst)
	CMPQ(dst, end)
	JL(LabelRef("loop"))
	Label("done")
	VZEROUPPER()
	RET()
}

// philoxRound is one round: (c0, c1, c2, c3) becomes (hi(M1 c2) ^ c1 ^ k0, lo(M1 c2), hi(M0 c0) ^ c3 ^ k1, lo(M0 c0)).
func (v isa) philoxRound(c [4]VecVirtual, k [2]VecVirtual, m0, m1 VecVirtual) [4]VecVirtual {
	a, b := v.op3(variadic(VPMULUDQ), c[0], m0), v.op3(variadic(VPMULUDQ), c[2], m1)
	high := func(product, c, k VecVirtual) VecVirtual {
		h := v.op3(variadic(VPSRLQ), product, U8(32))
		if v.wide() {
			const xor3 = 0x96
			VPTERNLOGD(U8(xor3), k, c, h)
			return h
		}
		return v.xor(v.xor(h, c), k)
	}
	return [4]VecVirtual{high(b, c[1], k[0]), b, high(a, c[3], k[1]), a}
}

// pack returns the lower halves of a's lanes, with those of b in the upper halves.
func (v isa) pack(a, b VecVirtual) VecVirtual {
	return v.or(v.and(a, u64(1<<32-1)), v.op3(variadic(VPSLLQ), b, U8(32)))
}

// words returns a register with the uint64 parameter of that name in every lane.
func (v isa) words(name string) VecVirtual {
	b, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	r := v.reg()
	VPBROADCASTQ(b.Addr, r)
	return r
}

// blockOrder is which block each lane computes, so that interleaving two registers at the end, which takes the even
// lanes for one result and the odd ones for another, leaves the blocks in order.
func (v isa) blockOrder() Mem {
	m := GLOBL("blocks"+v.name, rodata)
	blocks := v.lanes / 2
	for lane := range blocks {
		DATA(8*lane, U64(lane/2+lane%2*blocks/2))
	}
	return m
}

// u64 is the constant with that number in every lane of 64 bits.
func u64(x uint64) Mem {
	name := fmt.Sprintf("q%x", x)
	if m, ok := wideConstants[name]; ok {
		return m
	}
	m := GLOBL(name, rodata)
	for lane := range avx512.lanes / 2 {
		DATA(8*lane, U64(x))
	}
	wideConstants[name] = m
	return m
}

var wideConstants = map[string]Mem{}
