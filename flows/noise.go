package flows

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"

	"github.com/gomlx/gomlx/pkg/core/tensors"
)

// Noise draws count examples of standard normal noise, float32 of [count, dims...]: examples first, first+1, … of the
// seed. Example k of a seed is the same in any batch, on any backend. Counts and dimensions below 1, and a negative
// first, are errors.
func Noise(seed int64, first, count int, dims ...int) (*tensors.Tensor, error) {
	return noise(func(rng *rand.Rand) float32 { return float32(rng.NormFloat64()) }, seed, first, count, dims)
}

// SourceNoise draws what a path from noise to data starts from, like [Noise]: N(0, I), or on a [Circular] path evenly
// around the circles. Its errors are those of Noise.
func SourceNoise(path Path, seed int64, first, count int, dims ...int) (*tensors.Tensor, error) {
	period := periodOf(path)
	if period == 0 {
		return Noise(seed, first, count, dims...)
	}
	around := func(rng *rand.Rand) float32 { return float32(period) * (rng.Float32() - 0.5) }
	return noise(around, seed, first, count, dims)
}

func noise(draw func(*rand.Rand) float32, seed int64, first, count int, dims []int) (*tensors.Tensor, error) {
	size := 1
	for _, d := range dims {
		size *= d
	}
	if first < 0 || count < 1 || size < 1 || len(dims) == 0 {
		return nil, fmt.Errorf("flows: noise for %d examples from number %d of dimensions %v; give at least one "+
			"example and one dimension, all positive", count, first, dims)
	}
	flat := make([]float32, 0, count*size)
	for k := range count {
		rng := Generator(noiseStream, seed, uint64(first+k))
		for range size {
			flat = append(flat, draw(rng))
		}
	}
	return tensors.FromFlatDataAndDimensions(flat, append([]int{count}, dims...)...), nil
}

// Streams keep the random numbers of one seed apart that serve different ends.
const (
	noiseStream = "amgen"
	pointStream = "amgen points"
	probeStream = "amgen probes"
)

// Generator returns generator k of a stream of a seed. Generators of a cipher keyed by all have nothing in common. Of
// the stream's name the first 16 bytes count.
func Generator(stream string, seed int64, k uint64) *rand.Rand {
	var key [32]byte
	copy(key[:16], stream)
	binary.LittleEndian.PutUint64(key[16:], uint64(seed))
	binary.LittleEndian.PutUint64(key[24:], k)
	return rand.New(rand.NewChaCha8(key))
}
