package edit_test

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/edit"
)

// Two pixels that are always equal, N(0, 1) each: given the first, the second is known. The velocity on the linear path
// has a closed form: their mean moves as data, and half of their difference as noise that fades.
func ExampleRestoration_Restore() {
	velocity := func(t float64, x []float32) ([]float32, error) {
		sum, difference := float64(x[0]+x[1]), float64(x[0]-x[1])
		mean := sum * (2*t - (1 - t)) / (2*t*t + (1-t)*(1-t)) / 2
		fading := -difference / (1 - t) / 2
		return []float32{float32(mean + fading), float32(mean - fading)}, nil
	}
	known := []edit.Known{edit.Pixels{Levels: []uint8{160, 0}, Fill: []bool{false, true}}}
	rngs := []*rand.Rand{rand.New(rand.NewPCG(1, 2))}
	r := edit.Restoration{Schedule: flows.Linear{}.Schedule, Steps: 50}
	x, err := r.Restore(context.Background(), velocity, known, []float32{0.3, -0.8}, rngs)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("given %.2f, filled in %.2f\n", x[0], x[1])
	// Output:
	// given 0.25, filled in 0.25
}
