package kernels

import "encoding/binary"

// philoxBlocksGeneric is PhiloxBlocks for a counter whose lower half doesn't overflow.
func philoxBlocksGeneric(dst []byte, key, low, high uint64) {
	for ; len(dst) > 0; dst = dst[16:] {
		w := philox(key, low, high)
		binary.LittleEndian.PutUint64(dst, uint64(w[0])|uint64(w[1])<<32)
		binary.LittleEndian.PutUint64(dst[8:], uint64(w[2])|uint64(w[3])<<32)
		low++
	}
}

// philox is the block at a counter.
func philox(key, low, high uint64) [4]uint32 {
	c0, c1, c2, c3 := uint32(low), uint32(low>>32), uint32(high), uint32(high>>32)
	k0, k1 := uint32(key), uint32(key>>32)
	for range 10 {
		a, b := uint64(c0)*0xD2511F53, uint64(c2)*0xCD9E8D57
		c0, c1, c2, c3 = uint32(b>>32)^c1^k0, uint32(b), uint32(a>>32)^c3^k1, uint32(a)
		k0 += 0x9E3779B9 // the golden ratio
		k1 += 0xBB67AE85 // √3 - 1
	}
	return [4]uint32{c0, c1, c2, c3}
}
