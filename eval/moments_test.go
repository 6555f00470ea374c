package eval_test

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/eval/arrayfile"
	"github.com/amgen/amgen/internal/npy"
)

// apart is the greatest difference, relative to the greatest number; NaN if one differs by NaN, as max has it.
func apart(a, b []float64) float64 {
	most, scale := 0.0, 0.0
	for i, v := range a {
		most, scale = max(most, math.Abs(v-b[i])), max(scale, math.Abs(v))
	}
	return most / scale
}

// Against gonum's mean and covariance: rows in one part and in many, with a mean far from 0 beside their spread.
func TestMoments(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 6))
	const n, dim = 1500, 5
	c := normal(rng, n, dim, 1e4, 1)
	var want mat.SymDense
	stat.CovarianceMatrix(&want, mat.NewDense(n, dim, c.X), nil)
	covariance := make([]float64, 0, dim*dim)
	for i := range dim {
		for j := range dim {
			covariance = append(covariance, want.At(i, j))
		}
	}
	for _, part := range []int{1, 7, 512, n} {
		m := eval.NewMoments(dim)
		for at := 0; at < n; at += part {
			if err := m.Add(c.X[at*dim : min(n, at+part)*dim]); err != nil {
				t.Fatal(err)
			}
		}
		g, err := m.Gaussian()
		if err != nil || g.Count != n {
			t.Fatal(g.Count, err)
		}
		for k, v := range g.Mean {
			if mean := stat.Mean(mat.Col(nil, k, mat.NewDense(n, dim, c.X)), nil); off(v, mean, 1e-10) {
				t.Errorf("in parts of %d: mean %.15g, want %.15g", part, v, mean)
			}
		}
		if d := apart(covariance, g.Covariance); !(d <= 1e-11) { // the rows have 1e4·ε = 2e-12 of it each
			t.Errorf("in parts of %d: covariances differ by %g", part, d)
		}
	}
}

// Shards give the moments of the whole: its FID to 1e-9, whatever the shards, their order, and files on the way.
func TestMomentsMerge(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 6))
	const n, dim = 300, 40
	c := normal(rng, n, dim, 3, 1)
	reference := gaussianOf(t, normal(rng, n, dim, 3.2, 1.1))
	whole := frechet(t, gaussianOf(t, c), reference).Value
	for _, shards := range []int{1, 3, 7, n} {
		total := eval.NewMoments(dim)
		for s := shards - 1; s >= 0; s-- {
			shard := eval.Cloud{Dim: dim, X: c.X[s*n/shards*dim : (s+1)*n/shards*dim]}
			m, err := eval.MomentsOf(shard)
			if err != nil {
				t.Fatal(err)
			}
			if err := total.Merge(throughFile(t, m)); err != nil {
				t.Fatal(err)
			}
		}
		g, err := total.Gaussian()
		if err != nil || g.Count != n {
			t.Fatal(g.Count, err)
		}
		if got := frechet(t, g, reference).Value; off(got, whole, 1e-9*whole) {
			t.Errorf("%d shards: FID %.15g, want %.15g", shards, got, whole)
		}
	}
}

func throughFile(t *testing.T, m *eval.Moments) *eval.Moments {
	t.Helper()
	var b bytes.Buffer
	if err := arrayfile.WriteMoments(&b, m); err != nil {
		t.Fatal(err)
	}
	read, err := arrayfile.ReadMoments(write(t, b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	return read
}

func write(t testing.TB, data []byte) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "a.npz")
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func archive(t testing.TB, arrays ...npy.Array) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := npy.WriteArchive(&b, arrays...); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// float32 rows and float64 rows of the same numbers are the same.
func TestMomentsOfFloat32(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 6))
	narrow := eval.Cloud{Dim: 3}
	wide := eval.Cloud{Dim: 3}
	for range 30 {
		v := float32(rng.NormFloat64())
		narrow.Narrow, wide.X = append(narrow.Narrow, v), append(wide.X, float64(v))
	}
	a, b := gaussianOf(t, narrow), gaussianOf(t, wide)
	if apart(a.Covariance, b.Covariance) != 0 || apart(a.Mean, b.Mean) != 0 {
		t.Errorf("%v and %v", a, b)
	}
}

func TestMomentsRefuse(t *testing.T) {
	m := eval.NewMoments(2)
	if err := m.Add([]float64{1, 2}); err != nil {
		t.Fatal(err)
	}
	_, err := m.Gaussian()
	checkError(t, "one row", err, "1 samples")
	checkError(t, "part of a row", m.Add([]float64{1, 2, 3}), "3 numbers")
	checkError(t, "NaN", m.Add([]float64{1, 2, 3, math.NaN()}), "row 3 has number 2 = NaN")
	checkError(t, "infinity", m.AddFloat32([]float32{float32(math.Inf(-1)), 0}), "row 2 has number 1 = -Inf")
	checkError(t, "merge", m.Merge(eval.NewMoments(3)), "2 and of 3")
	if m.Count != 1 || m.Mean[0] != 1 {
		t.Errorf("refused rows were added: %+v", m)
	}
	_, err = eval.MomentsOf(eval.Cloud{Dim: 1, X: []float64{1, 2}, Weights: []float64{1, 2}})
	checkError(t, "weights", err, "weighted")
}

// Reference statistics of others: mu and sigma in float32 or float64, or the features themselves.
func TestReadGaussian(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 6))
	const n, dim = 700, 3
	c := normal(rng, n, dim, 1, 2)
	want := gaussianOf(t, c)
	narrow := make([]float32, len(c.X))
	for i, v := range c.X {
		narrow[i] = float32(v)
	}
	for name, data := range map[string][]byte{
		"statistics": archive(t, npy.Array{Name: "mu", Shape: []int{dim}, Values: want.Mean},
			npy.Array{Name: "sigma", Shape: []int{dim, dim}, Values: want.Covariance}),
		"features": archive(t, npy.Array{Name: "pool_3", Shape: []int{n, dim}, Values: narrow}),
		"4 axes": archive(t, npy.Array{Name: "logits", Values: []float64{0}},
			npy.Array{Name: "pool_3", Shape: []int{n, 1, 1, dim}, Values: c.X}),
	} {
		g, err := arrayfile.ReadGaussian(write(t, data))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if off(apart(want.Covariance, g.Covariance), 0, 1e-6) || off(apart(want.Mean, g.Mean), 0, 1e-6) ||
			name != "statistics" && g.Count != n {
			t.Errorf("%s: %+v, want %+v", name, g, want)
		}
	}
}

func TestReadGaussianRefuses(t *testing.T) {
	array := func(name string, shape []int, values ...float64) npy.Array {
		return npy.Array{Name: name, Shape: shape, Values: values}
	}
	mu, sigma := array("mu", []int{2}, 0, 0), array("sigma", []int{2, 2}, 1, 0, 0, 1)
	for name, tc := range map[string]struct {
		data []byte
		says string
	}{
		"text":        {[]byte("mu,sigma\n"), "no .npz"},
		"empty":       {archive(t), "but nothing"},
		"no sigma":    {archive(t, mu), `"sigma", but "mu"`},
		"long mean":   {archive(t, array("mu", []int{3}, 0, 0, 0), sigma), "beside a mean of 3"},
		"flat sigma":  {archive(t, mu, array("sigma", []int{4}, 1, 0, 0, 1)), "shape [4]"},
		"scalar mean": {archive(t, array("mu", nil, 0), sigma), "shape []"},
		"short sigma": {archive(t, mu, array("sigma", []int{2, 2}, 1, 0, 0)), `"sigma" with 1 numbers too few`},
		"NaN": {archive(t, mu, array("sigma", []int{2, 2}, 1, 0, 0, math.NaN())),
			"variance of NaN in dimension 2"},
		"bad count":     {archive(t, mu, sigma, array("count", nil, 0.5)), "count"},
		"one feature":   {archive(t, array("pool_3", []int{1, 2}, 1, 2)), "1 samples"},
		"flat features": {archive(t, array("pool_3", []int{2}, 1, 2)), "shape [2]"},
		"NaN features":  {archive(t, array("pool_3", []int{2, 2}, 1, 2, math.NaN(), 4)), "row 2 has number 1 = NaN"},
		"no features":   {archive(t, array("pool_3", []int{0, 2})), "shape [0 2]"},
	} {
		_, err := arrayfile.ReadGaussian(write(t, tc.data))
		checkError(t, name, err, tc.says)
	}
	_, err := arrayfile.ReadGaussian(filepath.Join(t.TempDir(), "none.npz"))
	checkError(t, "no file", err, "no such file")
	_, err = arrayfile.ReadMoments(write(t, archive(t, mu, sigma)))
	checkError(t, "no count", err, `no array "count"`)
}

func FuzzReadGaussian(f *testing.F) {
	f.Add(archive(f, npy.Array{Name: "mu", Shape: []int{1}, Values: []float64{0}},
		npy.Array{Name: "sigma", Shape: []int{1, 1}, Values: []float64{2}}))
	f.Add(archive(f, npy.Array{Name: "pool_3", Shape: []int{2, 1}, Values: []float64{0, 1}}))
	f.Fuzz(func(t *testing.T, data []byte) {
		g, err := arrayfile.ReadGaussian(write(t, data))
		if err != nil {
			checkError(t, "fuzz", err, "")
			return
		}
		if d, err := eval.Frechet(g, g); g.Dim() < 100 && (err != nil || math.IsNaN(d.Value)) {
			t.Errorf("%+v: %v %v", g, d, err)
		}
	})
}

func BenchmarkMoments(b *testing.B) {
	for _, dim := range []int{84, 2048} {
		b.Run(fmt.Sprintf("dim=%d", dim), func(b *testing.B) {
			const n = 512
			rows := make([]float32, n*dim)
			for i := range rows {
				rows[i] = float32(math.Sin(float64(i)))
			}
			m := eval.NewMoments(dim)
			for b.Loop() {
				if err := m.AddFloat32(rows); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)*n/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
