package edit_test

import (
	"context"
	"fmt"

	known "github.com/amgen/amgen/flows/edit"
	"github.com/amgen/amgen/models"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/draw"
	"github.com/amgen/amgen/run/edit"
)

// The right half of a picture is filled in twice by the bundled model of digits.
func Example() {
	if err := fillIn(context.Background()); err != nil {
		fmt.Println(err)
	}
	// Output:
	// a picture of (58,28) pixels
}

func fillIn(ctx context.Context) error {
	model, err := models.Named("mnist")
	if err != nil {
		return err
	}
	r, err := model.Open(ctx, run.Options{})
	if err != nil {
		return err
	}
	defer r.Close()
	picture, fill := make([]uint8, 28*28), make([]bool, 28*28) // imaging.ReadPicture reads one from a file
	for i := range picture {
		fill[i] = i%28 >= 14
		if y, x := i/28, i%28; y >= 6 && y < 9 && x >= 6 { // the bar of a 7
			picture[i] = 255
		}
	}
	given := known.Pixels{Levels: picture, Fill: fill}
	samples, err := edit.Restore(ctx, r, func(int) known.Known { return given }, edit.Options{N: 2,
		Restoration: known.Restoration{Steps: 2}})
	if err != nil {
		return err
	}
	grid, err := samples.Picture(draw.Layout{Columns: 2, Scale: 1})
	if err != nil {
		return err
	}
	fmt.Printf("a picture of %v pixels\n", grid.Bounds().Size())
	return nil
}
