package science_test

import (
	"math"
	"testing"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/science"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
)

// curvesAt draws curves of a path for data and returns their start, their points at the times, [batch], and their end.
func curvesAt(t *testing.T, path flows.Path, data *tensors.Tensor, times []float32) (start, x, velocity,
	end [][]float64) {
	t.Helper()
	vars := mlcontext.New()
	vars.SetRNGStateFromSeed(5)
	exec, err := mlcontext.NewExec(testBackend(t), vars, func(vars *mlcontext.Context, data, t *Node) []*Node {
		curves := path.Draw(vars, data)
		x, velocity := curves.At(t)
		if velocity == nil {
			velocity = ZerosLike(x)
		}
		return []*Node{curves.Start, x, velocity, curves.End}
	})
	if err != nil {
		t.Fatal(err)
	}
	data, err = data.LocalClone() // a tensor belongs to one backend
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Exec(data, times)
	if err != nil {
		t.Fatal(err)
	}
	return rows(t, out[0], nil), rows(t, out[1], nil), rows(t, out[2], nil), rows(t, out[3], nil)
}

// The path's samples have the marginals' masses and variance; 4 standard errors are 4·½/√8000 and less.
func TestMassMixturePath(t *testing.T) {
	const n = 8000
	path := science.MassMixture{}
	if path.KnowsVelocity() {
		t.Error("masses that change have no velocity")
	}
	data, err := path.Marginal(1).Points(1, 0, n)
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []float32{0.25, 0.75} {
		times := make([]float32, n)
		for i := range times {
			times[i] = at
		}
		start, x, _, end := curvesAt(t, path, data, times)
		for _, part := range []struct {
			points [][]float64
			time   float64
		}{{start, 0}, {x, float64(at)}, {end, 1}} {
			right, variance := 0.0, 0.0
			for _, p := range part.points {
				if p[0] > 0 {
					right += 1. / n
				}
				variance += ((math.Abs(p[0])-2)*(math.Abs(p[0])-2) + p[1]*p[1]) / n
			}
			if want := path.Weight(part.time); off(right, want, 0.023) || off(variance, 0.5, 0.023) {
				t.Errorf("t = %g: mass on the right %g, want %g; variance %g, want 0.5", part.time, right, want,
					variance)
			}
		}
	}
}
