package draw

import (
	"context"
	"slices"

	"github.com/gomlx/gomlx/pkg/core/tensors"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/run"
)

// Pictures draws images from … to−1 of those that o asks for, as uint8 [to − from, height, width, channels], and tells
// the evaluations that each took. Those of an unbalanced run are chosen among them by their weights.
func Pictures(ctx context.Context, source *run.Source, sampler *flows.Sampler, o Options,
	from, to int) (*tensors.Tensor, []float32, error) {
	samples, seed := New(source, nil), o.Seed+int64(from)
	var nfe []float32
	o.First, o.N = from, to-from
	for batch, err := range From(ctx, source, sampler, o) {
		if err != nil {
			return nil, nil, err
		}
		samples.Append(batch)
		nfe = append(nfe, slices.Repeat([]float32{float32(batch.Report.NFE)}, batch.Len())...)
	}
	pixels := make([]uint8, len(samples.X))
	imaging.Quantize(pixels, samples.X)
	pixels, err := Resampled(samples.LogWeights, pixels, seed)
	if err != nil {
		return nil, nil, err
	}
	if samples.LogWeights != nil { // each was chosen among all
		nfe = slices.Repeat([]float32{slices.Max(nfe)}, to-from)
	}
	return tensors.FromFlatDataAndDimensions(pixels, append([]int{to - from}, source.Dims...)...), nfe, nil
}
