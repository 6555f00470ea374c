package kernels

import (
	"bytes"
	"encoding/binary"
	"testing"

	"pgregory.net/rapid"
)

// TestPhiloxKnownAnswers uses the known-answer vectors that Random123, the reference implementation, is tested with.
func TestPhiloxKnownAnswers(t *testing.T) {
	for _, c := range []struct {
		counter [4]uint32
		key     [2]uint32
		want    [4]uint32
	}{
		{[4]uint32{}, [2]uint32{}, [4]uint32{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
		{[4]uint32{1<<32 - 1, 1<<32 - 1, 1<<32 - 1, 1<<32 - 1}, [2]uint32{1<<32 - 1, 1<<32 - 1},
			[4]uint32{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
		{[4]uint32{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, [2]uint32{0xa4093822, 0x299f31d0},
			[4]uint32{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
	} {
		join := func(low, high uint32) uint64 { return uint64(low) | uint64(high)<<32 }
		for _, l := range Levels() {
			got := make([]byte, 4*philoxGroup) // enough for the assembly, which the first block then comes from
			atLevel(l, func() {
				PhiloxBlocks(got, join(c.key[0], c.key[1]), join(c.counter[0], c.counter[1]),
					join(c.counter[2], c.counter[3]))
			})
			for i, want := range c.want {
				if w := binary.LittleEndian.Uint32(got[4*i:]); w != want {
					t.Errorf("%v: counter %#x, key %#x: word %d is %#x, want %#x", l, c.counter, c.key, i, w, want)
				}
			}
		}
	}
}

// TestPhiloxBlocks compares any number of blocks with the single blocks, also where the counter overflows within.
func TestPhiloxBlocks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 70).Draw(t, "blocks")
		key, high := rapid.Uint64().Draw(t, "key"), rapid.Uint64().Draw(t, "high")
		low := rapid.OneOf(rapid.Uint64(), rapid.Uint64Range(1<<64-80, 1<<64-1),
			rapid.Uint64Range(1<<32-80, 1<<32)).Draw(t, "low")
		want := make([]byte, 0, 16*n)
		for i := range uint64(n) {
			h := high
			if low+i < low {
				h++
			}
			for _, w := range philox(key, low+i, h) {
				want = binary.LittleEndian.AppendUint32(want, w)
			}
		}
		shift := rapid.IntRange(0, 15).Draw(t, "shift")
		for _, l := range Levels() {
			got := newGuarded(make([]byte, 16*n), shift, 0x55)
			atLevel(l, func() { PhiloxBlocks(got.inside, key, low, high) })
			got.check(t)
			if !bytes.Equal(got.inside, want) {
				t.Fatalf("%v: got % x, want % x", l, got.inside, want)
			}
		}
	})
}

func BenchmarkPhilox(b *testing.B) {
	dst := make([]byte, 4*benchTile)
	benchLevels(b, "Philox", 4, func() { PhiloxBlocks(dst, 1, 2, 3) })
}
