package science

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// A wide table has the axes, signs, scale and explained part that a singular value decomposition gives it.
func TestWideAxes(t *testing.T) {
	const n, dim, components = 130, 2000, 4 // beyond longWork
	rng := rand.New(rand.NewPCG(1, 2))
	cells := make([]float64, n*dim)
	loads := make([]float64, components*dim)
	for k := range loads {
		loads[k] = rng.NormFloat64()
	}
	for i := range n {
		for k := range components {
			at := rng.NormFloat64() * float64(components-k)
			for j := range dim {
				cells[i*dim+j] += at * loads[k*dim+j]
			}
		}
		for j := range dim {
			cells[i*dim+j] += rng.NormFloat64()
		}
	}
	got, err := fitTransform(cells, dim, components, true, func(int) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	x := mat.NewDense(n, dim, cells)
	var pc stat.PC
	var axes mat.Dense
	if !pc.PrincipalComponents(x, nil) {
		t.Fatal("no decomposition")
	}
	pc.VectorsTo(&axes)
	held, all := 0.0, 0.0
	for k, v := range pc.VarsTo(nil) {
		if all += v; k < components {
			held += v
		}
	}
	want := &Transform{Mean: got.Mean, Deviation: got.Deviation}
	want.takeAxes(mat.DenseCopyOf(axes.Slice(0, dim, 0, components)), held, all)
	if math.Abs(got.Explained-want.Explained) > 1e-12 || math.Abs(got.Scale-want.Scale) > 1e-12*want.Scale {
		t.Errorf("explained %g, scale %g, want %g, %g", got.Explained, got.Scale, want.Explained, want.Scale)
	}
	for k := range components {
		for j := range dim {
			if math.Abs(got.Axes.At(j, k)-want.Axes.At(j, k)) > 1e-8 {
				t.Fatalf("axis %d, column %d: %g, want %g", k, j, got.Axes.At(j, k), want.Axes.At(j, k))
			}
		}
	}
}
