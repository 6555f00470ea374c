package kernels

import "math/bits"

// PhiloxBlocks fills dst, a multiple of 16 bytes, with blocks of Philox4x32-10 (Salmon, Moraes, Dror, Shaw, "Parallel
// random numbers: as easy as 1, 2, 3", SC 2011): block i, of four 32-bit words, each least significant byte first, is
// the one at the 128-bit counter high:low + i. The low half of the key is the generator's k0, the high half its k1;
// low holds the counter words c0 and c1, high c2 and c3, the less significant first.
func PhiloxBlocks(dst []byte, key, low, high uint64) {
	for len(dst) > 0 {
		n := len(dst)
		// The blocks before the lower half of the counter overflows go to the assembly.
		if blocks := -low; blocks != 0 && uint64(n/16) > blocks {
			n = int(blocks) * 16
		}
		bulk := n &^ (philoxGroup - 1)
		vec().philoxBlocks(dst[:bulk], key, low, high)
		philoxBlocksGeneric(dst[bulk:n], key, low+uint64(bulk/16), high)
		next, carry := bits.Add64(low, uint64(n/16), 0)
		dst, low, high = dst[n:], next, high+carry
	}
}

// philoxGroup is the number of bytes of which the assembly computes a multiple.
const philoxGroup = 128
