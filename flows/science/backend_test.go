package science_test

import (
	"math"
	"testing"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/tensors"

	_ "github.com/amgen/amgen/backends/simd"
)

func testBackend(t testing.TB) backends.Backend {
	t.Helper()
	backend, err := backends.NewWithConfig("simd")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(backend.Finalize)
	return backend
}

// off tells whether a number isn't within a tolerance of what is wanted; NaN is within none.
func off(got, want, tolerance float64) bool { return !(math.Abs(got-want) <= tolerance) }

// rows are the points of a tensor, [points, dim].
func rows(t testing.TB, x *tensors.Tensor, err error) [][]float64 {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	dim := x.Shape().Dimensions[x.Rank()-1]
	var out [][]float64
	var row []float64
	for _, v := range tensors.MustCopyFlatData[float32](x) {
		if row = append(row, float64(v)); len(row) == dim {
			out, row = append(out, row), nil
		}
	}
	return out
}
