package solve_test

import (
	"context"
	"fmt"
	"log"

	"github.com/amgen/amgen/flows/solve"
)

// A quarter turn on the circle, to within the tolerance.
func Example() {
	turn := solve.Problem[[]float64]{
		Space: solve.Vectors{},
		Field: func(_ float64, x []float64) ([]float64, error) { return []float64{-x[1], x[0]}, nil },
	}
	const quarter = 1.5707963267948966
	ctx, solver := context.Background(), solve.Dopri5{RTol: 1e-8, ATol: 1e-8}
	x, report, err := solve.Integrate(ctx, turn, solver, []float64{1, 0}, 0, quarter)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("(%.6f, %.6f), %v\n", x[0]+1, x[1], report.NFE == 2+6*report.Steps)
	// Output: (1.000000, 1.000000), true
}
