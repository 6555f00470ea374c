package principal

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// table has rows of rank at most rank with falling scales, and noise; its columns have the mean 0.
func table(rows, cols, rank int, fall, noise float64) *mat.Dense {
	rng := rand.New(rand.NewPCG(uint64(rows), uint64(cols)))
	x := mat.NewDense(rows, cols, nil)
	for k := range rank {
		left, right := make([]float64, rows), make([]float64, cols)
		for i := range left {
			left[i] = rng.NormFloat64()
		}
		for j := range right {
			right[j] = rng.NormFloat64()
		}
		x.RankOne(x, math.Pow(fall, float64(k)), mat.NewVecDense(rows, left), mat.NewVecDense(cols, right))
	}
	for j := range cols {
		mean := 0.0
		for i := range rows {
			x.Set(i, j, x.At(i, j)+noise*rng.NormFloat64())
			mean += x.At(i, j) / float64(rows)
		}
		for i := range rows {
			x.Set(i, j, x.At(i, j)-mean)
		}
	}
	return x
}

// Axes and variances are those of a singular value decomposition: of wide and of high tables, of all of the space and
// of a part of it.
func TestAxes(t *testing.T) {
	for _, c := range []struct {
		rows, cols, count int
		fall, noise       float64
	}{
		{30, 500, 5, 0.8, 0.1}, {500, 30, 5, 0.8, 0.1}, {450, 470, 3, 0.7, 0.5}, {470, 450, 12, 0.9, 1},
		{40, 40, 39, 0.95, 0.5}, {420, 430, 20, 0.8, 0.01},
	} {
		x := table(c.rows, c.cols, 25, c.fall, c.noise)
		axes, variances, all, err := Axes(x, c.count)
		if err != nil {
			t.Errorf("%+v: %v", c, err)
			continue
		}
		var pc stat.PC
		var want mat.Dense
		if !pc.PrincipalComponents(x, nil) {
			t.Fatal("no decomposition")
		}
		pc.VectorsTo(&want)
		sum := 0.0
		for _, v := range pc.VarsTo(nil) {
			sum += v
		}
		if math.Abs(all-sum) > 1e-10*sum {
			t.Errorf("%+v: variance %g, want %g", c, all, sum)
		}
		for k, v := range pc.VarsTo(nil)[:c.count] {
			if math.Abs(variances[k]-v) > 1e-10*v {
				t.Errorf("%+v: variance %d is %g, want %g", c, k, variances[k], v)
			}
			dot, off := mat.Dot(axes.ColView(k), want.ColView(k)), 0.0
			for j := range c.cols {
				off = max(off, math.Abs(axes.At(j, k)-math.Copysign(1, dot)*want.At(j, k)))
			}
			if off > 1e-8 {
				t.Errorf("%+v: axis %d is off by %g", c, k, off)
			}
		}
	}
}

// Equal variances have as many orthonormal axes as there are; those without variance are refused.
func TestAxesOfEqualVariance(t *testing.T) {
	const n, count = 500, 8
	x := mat.NewDense(n, n, nil)
	for i := range n { // 20 directions of one variance among smaller ones
		v := 1.0
		if i%25 == 0 {
			v = 3
		}
		x.Set(i, (7*i)%n, v)
	}
	axes, variances, _, err := Axes(x, count)
	if err != nil {
		t.Fatal(err)
	}
	for a := range count {
		if math.Abs(variances[a]-9./(n-1)) > 1e-12 {
			t.Errorf("variance %d is %g", a, variances[a])
		}
		for b := range a + 1 {
			want := 0.0
			if a == b {
				want = 1
			}
			if got := mat.Dot(axes.ColView(a), axes.ColView(b)); math.Abs(got-want) > 1e-12 {
				t.Errorf("axes %d and %d: product %g", a, b, got)
			}
		}
	}
	for name, x := range map[string]*mat.Dense{"rank 3": table(450, 460, 3, 0.9, 0),
		"zero": mat.NewDense(450, 500, nil), "few": table(20, 500, 3, 0.9, 0)} {
		if _, _, _, err := Axes(x, 5); !errors.Is(err, ErrUncertain) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
