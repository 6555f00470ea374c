package lax

import (
	"encoding/binary"
	"math/bits"

	"github.com/amgen/amgen/backends/simd/internal/pool"
)

// Philox is the state of the Philox4x32-10 counter-based generator (Salmon, Moraes, Dror, Shaw, "Parallel
// random numbers: as easy as 1, 2, 3", SC 2011) as it lies in a [3]uint64 tensor: element 0 is the 64-bit key
// (low word k0, high word k1), elements 1 and 2 are the low and the high half of the 128-bit block counter
// (words c0, c1 and c2, c3, least significant first).
type Philox [3]uint64

// philoxBlock is what one counter value yields: four 32-bit words.
const philoxBlock = 16

// Bytes fills dst with random bytes and returns the state that follows. Byte 16i+4j+b of dst is byte b, least
// significant first, of word j of the block at counter+i, whatever the number of workers; a last, incomplete
// block is used up whole. So len(dst) bytes advance the counter by ⌈len(dst)/16⌉ and leave the key alone:
// successive draws never overlap, and two streams do only if their keys are equal.
func (s Philox) Bytes(p *pool.Pool, dst []byte) Philox {
	blocks := ceilDiv(len(dst), philoxBlock)
	const per = grain / 4
	p.Run(ceilDiv(blocks, per), func(piece int) {
		from, to := piece*per, min(blocks, (piece+1)*per)
		at := s.skip(uint64(from))
		lo, hi := at[1], at[2]
		for i := from; i < to; i++ {
			w01, w23 := philox(s[0], lo, hi)
			if b := dst[i*philoxBlock:]; len(b) >= philoxBlock {
				binary.LittleEndian.PutUint64(b, w01)
				binary.LittleEndian.PutUint64(b[8:], w23)
			} else {
				last := binary.LittleEndian.AppendUint64(nil, w01)
				copy(b, binary.LittleEndian.AppendUint64(last, w23))
			}
			if lo++; lo == 0 {
				hi++
			}
		}
	})
	return s.skip(uint64(blocks))
}

// skip adds n to the 128-bit counter.
func (s Philox) skip(n uint64) Philox {
	var carry uint64
	s[1], carry = bits.Add64(s[1], n, 0)
	s[2] += carry
	return s
}

// philox computes the four words at a counter, two to a result, the lower-numbered one in the lower half.
func philox(key, lo, hi uint64) (w01, w23 uint64) {
	c0, c1, c2, c3 := uint32(lo), uint32(lo>>32), uint32(hi), uint32(hi>>32)
	k0, k1 := uint32(key), uint32(key>>32)
	for range 10 {
		a := uint64(c0) * 0xD2511F53
		b := uint64(c2) * 0xCD9E8D57
		c0, c1, c2, c3 = uint32(b>>32)^c1^k0, uint32(b), uint32(a>>32)^c3^k1, uint32(a)
		k0 += 0x9E3779B9 // golden ratio
		k1 += 0xBB67AE85 // √3 − 1
	}
	return uint64(c0) | uint64(c1)<<32, uint64(c2) | uint64(c3)<<32
}
