package draw_test

import (
	"context"
	"image"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/draw"
)

// A run that learned classes draws those that are asked for, and may be guided towards them.
func ExampleOptions_classes() {
	sevens := func(ctx context.Context, r *run.Run) (image.Image, error) {
		samples, err := draw.Collect(draw.Draw(ctx, r, draw.Options{
			N: 8, Classes: []int32{7}, Guidance: flows.Guidance{Weight: 1, From: 0.2, To: 0.9},
		}))
		if err != nil {
			return nil, err
		}
		return samples.Picture(draw.Layout{})
	}
	_ = sevens
}
