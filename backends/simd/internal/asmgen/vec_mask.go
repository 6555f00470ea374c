package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/reg"
)

// noLanes returns an empty mask.
func (v isa) noLanes() Register {
	if v.wide() {
		k := K()
		KXORW(k, k, k)
		return k
	}
	r := YMM()
	VXORPS(r, r, r)
	return r
}

// joinLanes adds the lanes of more to mask.
func (v isa) joinLanes(mask, more Register) {
	if v.wide() {
		KORW(more, mask, mask)
	} else {
		VORPS(more, mask, mask)
	}
}

// storeAnyLane stores to a bool result whether mask holds any lane.
func (v isa) storeAnyLane(mask Register, result string) {
	bits, any := GP32(), GP8()
	if v.wide() {
		KMOVW(mask, bits)
	} else {
		VMOVMSKPS(mask, bits)
	}
	TESTL(bits, bits)
	SETNE(any)
	Store(any, Return(result))
}
