package imaging_test

import (
	"fmt"

	"github.com/amgen/amgen/imaging"
)

func ExampleQuantize() {
	pixels := make([]uint8, 4)
	imaging.Quantize(pixels, []float32{-1, 0, 0.5, 1})
	fmt.Println(pixels)
	// Output: [0 128 192 255]
}

func ExampleDataset_Batches() {
	// Five images of a single pixel, in batches of two: nothing is dropped, so the third batch takes
	// its second image from the next epoch.
	data, err := imaging.New("five", imaging.Train, []uint8{0, 1, 2, 3, 4}, nil, 1, 1, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	batches, err := data.Batches(2, 7)
	if err != nil {
		fmt.Println(err)
		return
	}
	for step := range 5 {
		fmt.Print(batches.Indices(step), " ")
	}
	// Output: [3 2] [0 4] [1 1] [2 0] [4 3]
}

func ExampleGrid() {
	grid, err := imaging.Grid(make([]uint8, 10*28*28), 10, 28, 28, 1, imaging.GridOptions{Cols: 5, Gap: 2, Scale: 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(grid.Bounds().Size())
	// Output: (288,114)
}
