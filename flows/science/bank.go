package science

import (
	"fmt"

	"github.com/gomlx/gomlx/pkg/core/tensors"

	"github.com/amgen/amgen/flows/science/tables"
)

// bank holds samples of the marginals on an even grid of times.
type bank struct {
	name    string
	dim     int
	samples [][]float32 // of each time
}

// hydrogenBank draws perTime samples of each of the times.
func hydrogenBank(seed int64, times, perTime int) (*bank, error) {
	if times < 2 || perTime < 1 || times > tables.MaxValues/3/perTime {
		return nil, fmt.Errorf("science: a bank of %d samples at %d times of hydrogen; give two times and one sample "+
			"at "+
			"least, %d numbers at most", perTime, times, tables.MaxValues)
	}
	b := &bank{name: "hydrogen", dim: 3}
	for i := range times {
		points, _ := Hydrogen{}.Samples(float64(i)/float64(times-1), seed, perTime)
		b.samples = append(b.samples, narrow(points))
	}
	return b, nil
}

func narrow(values []float64) []float32 {
	out := make([]float32, len(values))
	for i, v := range values {
		out[i] = float32(v)
	}
	return out
}

// batches returns the endless dataset of examples with one sample of each time, drawn independently: float32 of
// [batch, times, dim].
func (b *bank) batches(size int, seed int64) (*Batches, error) {
	return newBatches(b.name, size, func(step int) *tensors.Tensor {
		rng := generator("bank", seed, uint64(step))
		flat := make([]float32, 0, size*len(b.samples)*b.dim)
		for range size {
			for _, samples := range b.samples {
				i := rng.IntN(len(samples) / b.dim)
				flat = append(flat, samples[i*b.dim:(i+1)*b.dim]...)
			}
		}
		return tensors.FromFlatDataAndDimensions(flat, size, len(b.samples), b.dim)
	})
}
