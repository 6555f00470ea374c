package run_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/draw"
	"github.com/amgen/amgen/run/train"
)

// A run is trained, opened and drawn from. `amgen train` and `amgen sample` do the same to the same directory.
func Example() {
	if err := trainAndDraw(context.Background()); err != nil {
		fmt.Println(err)
	}
	// Output:
	// 5 steps
	// 100 points in 2 dimensions of step 5, picture of 680 pixels
}

func trainAndDraw(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "amgen")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	dir = filepath.Join(dir, "moons")

	cfg, err := run.Preset("moons", "")
	if err != nil {
		return err
	}
	cfg.Steps, cfg.Batch, cfg.SampleEvery = 5, 32, 0
	plan, err := cfg.Resolve(ctx)
	if err != nil {
		return err
	}
	steps := 0
	count := func(e train.Event) {
		if _, ok := e.(train.Stepped); ok {
			steps++
		}
	}
	if err := train.Train(ctx, plan, run.Dir(dir), train.Options{Events: count}); err != nil {
		return err
	}
	fmt.Println(steps, "steps")

	r, err := run.Open(ctx, dir, run.Options{})
	if err != nil {
		return err
	}
	defer r.Close()
	samples, err := draw.Collect(draw.Draw(ctx, r, draw.Options{N: 100}))
	if err != nil {
		return err
	}
	picture, err := samples.Picture(draw.Layout{})
	if err != nil {
		return err
	}
	fmt.Printf("%d points in %d dimensions of step %d, picture of %d pixels\n", samples.Len(), samples.Size(), r.Step,
		picture.Bounds().Dx())
	return nil
}
