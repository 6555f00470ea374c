package arrays

import (
	"math/bits"

	"github.com/amgen/amgen/backends/simd/internal/kernels"
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
		whole := min(to, len(dst)/philoxBlock)
		kernels.PhiloxBlocks(dst[from*philoxBlock:whole*philoxBlock], s[0], at[1], at[2])
		if whole < to { // the incomplete block
			at = s.skip(uint64(whole))
			var last [philoxBlock]byte
			kernels.PhiloxBlocks(last[:], s[0], at[1], at[2])
			copy(dst[whole*philoxBlock:], last[:])
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
