package models_test

import (
	"context"
	"fmt"

	"github.com/amgen/amgen/flows/solve"
	"github.com/amgen/amgen/models"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/draw"
)

// Digits are drawn by a program that never trained.
func Example() {
	size, err := sevens(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(size, "pixels")
	// Output: 114 pixels
}

// sevens draws four sevens, and returns the width of their picture.
func sevens(ctx context.Context) (int, error) {
	m, err := models.Named("mnist")
	if err != nil {
		return 0, err
	}
	r, err := m.Open(ctx, run.Options{})
	if err != nil {
		return 0, err
	}
	defer r.Close()
	samples, err := draw.Collect(draw.Draw(ctx, r, draw.Options{
		N: 4, Classes: []int32{7}, Solver: solve.Heun{Steps: 2},
	}))
	if err != nil {
		return 0, err
	}
	picture, err := samples.Picture(draw.Layout{})
	if err != nil {
		return 0, err
	}
	return picture.Bounds().Dx(), nil
}
