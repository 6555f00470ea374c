package eval

import "gonum.org/v1/gonum/mathext/prng"

// dealSeed is torch-fidelity's.
const dealSeed = 2020

// dealt is the order in which n samples are dealt out to splits, whatever order they come in: the permutation of
// NumPy's RandomState(2020), so that splits are those of torch-fidelity's defaults. It is the same for equal n.
func dealt(n int) []int {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	twister := prng.NewMT19937()
	twister.Seed(dealSeed)
	for i := n - 1; i > 0; i-- {
		j := below(twister, uint32(i)+1)
		order[i], order[j] = order[j], order[i]
	}
	return order
}

// below draws a number from 0 to n−1 as RandomState does: by rejection, under the smallest mask of ones.
func below(twister *prng.MT19937, n uint32) uint32 {
	mask := n - 1
	for shift := 1; shift < 32; shift *= 2 {
		mask |= mask >> shift
	}
	for {
		if v := twister.Uint32() & mask; v < n {
			return v
		}
	}
}
