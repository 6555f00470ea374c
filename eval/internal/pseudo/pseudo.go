// Package pseudo makes pseudo-random numbers from integers alone, so that testdata/pseudo.py makes the same: the inputs
// of golden values.
package pseudo

// Mix is the finaliser of MurmurHash3.
func Mix(x uint32) uint32 {
	x ^= x >> 16
	x *= 0x85ebca6b
	x ^= x >> 13
	x *= 0xc2b2ae35
	return x ^ x>>16
}

// Uniform are n multiples of 2⁻²⁴ in [0, 1).
func Uniform(salt uint32, n int) []float64 {
	out := make([]float64, n)
	start := Mix(salt)
	for i := range out {
		out[i] = float64(Mix(uint32(i)+start)>>8) / (1 << 24)
	}
	return out
}

// Pixels are n bytes of noise.
func Pixels(salt uint32, n int) []uint8 {
	out := make([]uint8, n)
	for i, u := range Uniform(salt, n) {
		out[i] = uint8(u * 256)
	}
	return out
}
