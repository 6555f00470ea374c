package shuffle

import (
	"math/bits"
	"math/rand/v2"
)

// permutation is the order of an epoch: a Fisher–Yates shuffle of 0…n−1 driven by a PCG generator
// that starts from (seed, epoch). It depends on these three alone, for ever: the bounded draws are
// spelt out here (Lemire, Fast Random Integer Generation in an Interval, 2019) because the standard
// library promises the stream of its generators but not that of its shuffles.
func permutation(n int, seed int64, epoch uint64) []int32 {
	source := rand.NewPCG(uint64(seed), epoch)
	p := make([]int32, n)
	for i := range p {
		p[i] = int32(i)
	}
	for i := n - 1; i > 0; i-- {
		j := below(source, uint64(i+1))
		p[i], p[j] = p[j], p[i]
	}
	return p
}

// below is a uniform integer in [0, n), without bias.
func below(source *rand.PCG, n uint64) uint64 {
	hi, lo := bits.Mul64(source.Uint64(), n)
	for lo < n && lo < -n%n { // the few values that would favour small results are drawn again
		hi, lo = bits.Mul64(source.Uint64(), n)
	}
	return hi
}
