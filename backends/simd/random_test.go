package simd_test

import (
	"encoding/binary"
	"math"
	"slices"
	"testing"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/google/go-cmp/cmp"
)

var rngState = array{backends.RNGStateShape, []uint64{3, 1, 4}}

// TestRandomBitsByDType checks that every integer dtype reads the one stream of bytes that the state defines.
func TestRandomBitsByDType(t *testing.T) {
	backend := newBackend(t, "simd:workers=2")
	draw := func(dtype dtypes.DType, n int) (state []uint64, values any) {
		t.Helper()
		out, err := compute(backend, []array{rngState},
			func(b backends.Builder, in []backends.Op) ([]backends.Op, error) {
				state, values, err := b.RNGBitGenerator(in[0], shapes.Make(dtype, n))
				return []backends.Op{state, values}, err
			})
		if err != nil {
			t.Fatalf("%s: %v", dtype, err)
		}
		return out[0].flat.([]uint64), out[1].flat
	}
	const bytes = 8 * 11 // five and a half blocks
	_, stream := draw(dtypes.Uint8, bytes)
	for _, dtype := range integerDTypes {
		state, values := draw(dtype, bytes/dtype.Size())
		if diff := cmp.Diff([]uint64{3, 1 + 6, 4}, state); diff != "" {
			t.Errorf("%s: new state: %s", dtype, diff)
		}
		got, err := binary.Append(nil, binary.LittleEndian, values)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, stream.([]uint8)) {
			t.Errorf("%s: other bits than as bytes", dtype)
		}
	}
}

// TestRandomSameBitsForAnyWorkers draws more than one worker's piece on one and on two workers.
func TestRandomSameBitsForAnyWorkers(t *testing.T) {
	var results [][]float32
	for _, config := range []string{"simd:workers=1", "simd:workers=2"} {
		exec := MustNewExec(newBackend(t, config), func(state *Node) *Node {
			_, x := RandomNormal(state, shapes.Make(dtypes.Float32, 300, 257))
			return x
		})
		flat := make([]float32, 0, 300*257)
		for _, row := range exec.MustExec1([]uint64{1, 2, 3}).Value().([][]float32) {
			flat = append(flat, row...)
		}
		results = append(results, flat)
	}
	if !slices.Equal(results[0], results[1]) {
		t.Error("one and two workers draw different numbers")
	}
}

// TestRandomUniformBytes is a χ² test of 2²⁰ bytes against the uniform distribution: with 255 degrees of freedom
// the statistic has mean 255 and deviation 22.6, so [155, 355] is more than four deviations on either side.
func TestRandomUniformBytes(t *testing.T) {
	const n = 1 << 20
	out, err := compute(newBackend(t, "simd"), []array{rngState},
		func(b backends.Builder, in []backends.Op) ([]backends.Op, error) {
			_, values, err := b.RNGBitGenerator(in[0], shapes.Make(dtypes.Uint8, n))
			return []backends.Op{values}, err
		})
	if err != nil {
		t.Fatal(err)
	}
	var count [256]float64
	for _, v := range out[0].flat.([]uint8) {
		count[v]++
	}
	chi2 := 0.0
	for _, c := range count {
		chi2 += (c - n/256) * (c - n/256) / (n / 256)
	}
	if chi2 < 155 || chi2 > 355 {
		t.Errorf("χ² of bytes is %.1f, want 255 ± 100", chi2)
	}
}

// TestRandomNormal compares 10⁵ normal draws with N(0, 1): mean and variance within four standard errors
// (1/√n and √(2/n)), and the Kolmogorov–Smirnov distance below its 0.1 % point, 1.95/√n.
func TestRandomNormal(t *testing.T) {
	const n = 100_000
	for _, dtype := range []dtypes.DType{dtypes.Float32, dtypes.Float64} {
		exec := MustNewExec(newBackend(t, "simd"), func(state *Node) *Node {
			_, x := RandomNormal(state, shapes.Make(dtype, n))
			return ConvertDType(x, dtypes.Float64)
		})
		x := exec.MustExec1([]uint64{42, 0, 0}).Value().([]float64)
		slices.Sort(x)
		var sum, squares, distance float64
		for i, v := range x {
			sum += v
			squares += v * v
			cdf := 0.5 * math.Erfc(-v/math.Sqrt2)
			distance = max(distance, math.Abs(cdf-float64(i)/n), math.Abs(cdf-float64(i+1)/n))
		}
		if mean := sum / n; math.Abs(mean) > 4/math.Sqrt(n) {
			t.Errorf("%s: mean %v", dtype, mean)
		}
		if variance := squares / n; math.Abs(variance-1) > 4*math.Sqrt(2./n) {
			t.Errorf("%s: variance %v", dtype, variance)
		}
		if distance > 1.95/math.Sqrt(n) {
			t.Errorf("%s: Kolmogorov–Smirnov distance %v", dtype, distance)
		}
	}
}

// TestRandomNormalError computes the Box–Muller transform √(−2 ln u)·cos 2πv, which is how package graph makes normal
// numbers, in float64 from the same uniform ones. Logarithm, root and cosine are within 2, ½ and 2 ulp, 2πv is rounded
// (2.6·2⁻²⁴ of cos' argument of up to 2π), and so is the product: an error below 12·2⁻²⁴ of the radius.
func TestRandomNormalError(t *testing.T) {
	const n = 200_000
	exec := MustNewExec(newBackend(t, "simd:workers=2"), func(state *Node) []*Node {
		shape := shapes.Make(dtypes.Float32, n)
		_, x := RandomNormal(state, shape)
		next, u := RandomUniform(state, shape)
		_, v := RandomUniform(next, shape)
		return []*Node{x, u, v}
	})
	out := exec.MustExec([]uint64{5, 6, 7})
	x, u, v := out[0].Value().([]float32), out[1].Value().([]float32), out[2].Value().([]float32)
	worst := 0.0
	for i := range x {
		radius := math.Sqrt(-2 * math.Log(max(float64(u[i]), math.SmallestNonzeroFloat32)))
		want := radius * math.Cos(2*math.Pi*float64(v[i]))
		worst = max(worst, math.Abs(float64(x[i])-want)/(radius+0x1p-24))
	}
	t.Logf("largest error: %.2f·2⁻²⁴ of the radius", worst*0x1p24)
	if worst > 12*0x1p-24 {
		t.Errorf("an error of %.2f·2⁻²⁴ of the radius, want at most 12", worst*0x1p24)
	}
}

// TestRandomUniform compares 10⁵ draws with the uniform distribution on [0, 1): the ends, mean, variance and
// correlation of neighbours within four standard errors (√(1/12n), √(1/180n) and 1/√n), and the Kolmogorov–Smirnov
// distance below its 0.1 % point.
func TestRandomUniform(t *testing.T) {
	const n = 100_000
	for _, dtype := range []dtypes.DType{dtypes.Float32, dtypes.Float64} {
		exec := MustNewExec(newBackend(t, "simd"), func(state *Node) *Node {
			_, x := RandomUniform(state, shapes.Make(dtype, n))
			return ConvertDType(x, dtypes.Float64)
		})
		x := exec.MustExec1([]uint64{11, 0, 0}).Value().([]float64)
		var sum, squares, neighbours float64
		for i, v := range x {
			if !(0 <= v && v < 1) {
				t.Fatalf("%s: draw %d is %v", dtype, i, v)
			}
			sum += v
			squares += (v - 0.5) * (v - 0.5)
			neighbours += 12 * (v - 0.5) * (x[(i+1)%n] - 0.5)
		}
		if mean := sum / n; math.Abs(mean-0.5) > 4*math.Sqrt(1./12/n) {
			t.Errorf("%s: mean %v", dtype, mean)
		}
		if variance := squares / n; math.Abs(variance-1./12) > 4*math.Sqrt(1./180/n) {
			t.Errorf("%s: variance %v", dtype, variance)
		}
		if correlation := neighbours / n; math.Abs(correlation) > 4/math.Sqrt(n) {
			t.Errorf("%s: correlation of neighbours %v", dtype, correlation)
		}
		slices.Sort(x)
		distance := 0.0
		for i, v := range x {
			distance = max(distance, math.Abs(v-float64(i)/n), math.Abs(v-float64(i+1)/n))
		}
		if distance > 1.95/math.Sqrt(n) {
			t.Errorf("%s: Kolmogorov–Smirnov distance %v", dtype, distance)
		}
	}
}

// TestRandomSplit checks that the two states of a split and the draws that follow from each have no 64-bit word
// in common; among 3·2¹⁴ random words a chance match has probability 10⁻¹¹.
func TestRandomSplit(t *testing.T) {
	out, err := compute(newBackend(t, "simd"), []array{rngState},
		func(b backends.Builder, in []backends.Op) ([]backends.Op, error) {
			first, second, err := b.RNGBitGenerator(in[0], backends.RNGStateShape) // what graph.RNGStateSplit does
			if err != nil {
				return nil, err
			}
			var draws []backends.Op
			for _, state := range []backends.Op{in[0], first, second} {
				_, words, err := b.RNGBitGenerator(state, shapes.Make(dtypes.Uint64, 1<<14))
				if err != nil {
					return nil, err
				}
				draws = append(draws, words)
			}
			return draws, nil
		})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[uint64]int{}
	for i, draw := range out {
		for k, w := range draw.flat.([]uint64) {
			j, ok := seen[w]
			// The parent state and its first child are one stream, the child two blocks (four words) ahead.
			if ok && !(i == 1 && j == 0 && k < 1<<14-4) {
				t.Fatalf("streams %d and %d share the word %x", i, j, w)
			}
			seen[w] = i
		}
	}
}
