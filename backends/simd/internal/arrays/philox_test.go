package arrays_test

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/amgen/amgen/backends/simd/internal/arrays"
	"github.com/amgen/amgen/backends/simd/internal/pool"
)

// TestPhiloxKnownAnswers are the vectors of philox4x32-10 in kat_vectors of the authors' Random123 library.
func TestPhiloxKnownAnswers(t *testing.T) {
	for _, c := range []struct {
		state arrays.Philox
		want  [4]uint32
	}{
		{arrays.Philox{}, [4]uint32{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
		{arrays.Philox{^uint64(0), ^uint64(0), ^uint64(0)}, [4]uint32{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
		// Counter and key from the digits of π, least significant word first.
		{arrays.Philox{0x299f31d0_a4093822, 0x85a308d3_243f6a88, 0x03707344_13198a2e},
			[4]uint32{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
	} {
		var got [16]byte
		c.state.Bytes(workers, got[:])
		for j, want := range c.want {
			if word := binary.LittleEndian.Uint32(got[4*j:]); word != want {
				t.Errorf("state %x: word %d is %08x, want %08x", c.state, j, word, want)
			}
		}
	}
}

// TestPhiloxStream checks that the stream is one whatever the pieces: draws of any length continue the counter,
// on any number of workers.
func TestPhiloxStream(t *testing.T) {
	one := pool.New(1)
	rapid.Check(t, func(t *rapid.T) {
		state := arrays.Philox{rapid.Uint64().Draw(t, "key"), rapid.Uint64().Draw(t, "low"), 5}
		if rapid.Bool().Draw(t, "carry") {
			state[1] = ^uint64(0) - 3
		}
		blocks := rapid.IntRange(0, 20_000).Draw(t, "blocks")
		cut := rapid.IntRange(0, blocks).Draw(t, "cut")
		tail := rapid.IntRange(0, 15).Draw(t, "tail")
		whole := make([]byte, blocks*16+tail)
		end := state.Bytes(workers, whole)
		parts := make([]byte, len(whole))
		next := state.Bytes(one, parts[:cut*16])
		next = next.Bytes(one, parts[cut*16:])
		if !bytes.Equal(whole, parts) {
			t.Fatal("two draws give other bytes than one")
		}
		if diff := cmp.Diff(end, next); diff != "" {
			t.Fatal("final state", diff)
		}
		want := state
		for range (len(whole) + 15) / 16 {
			if want[1]++; want[1] == 0 {
				want[2]++
			}
		}
		if diff := cmp.Diff(want, end); diff != "" {
			t.Fatal("counter", diff)
		}
	})
}
