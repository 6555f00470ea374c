package kernels

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestReductions(t *testing.T) {
	for _, r := range []struct {
		name   string
		reduce func(a []float32) float32
	}{{"Sum", Sum}, {"ReduceMax", ReduceMax}, {"ReduceMin", ReduceMin}} {
		t.Run(r.name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				n := rapid.IntRange(0, 1100).Draw(t, "n")
				// The guards would show in any of the results if they were read.
				a := newGuarded(anySeries(t, n, "a"), rapid.IntRange(0, 15).Draw(t, "shift"), float32(math.NaN()))
				var want float32
				for _, l := range Levels() {
					var got float32
					atLevel(l, func() { got = r.reduce(a.inside) })
					if l == Generic {
						want = got
					}
					if !sameBits(got, want) {
						t.Fatalf("%v: got %v (%#08x), want %v (%#08x)", l, got, math.Float32bits(got), want,
							math.Float32bits(want))
					}
				}
			})
		})
	}
}

// TestReductionValues compares with sums that float32 holds exactly and with the definition of the extremes.
func TestReductionValues(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	for _, l := range Levels() {
		atLevel(l, func() {
			for n := range 300 {
				a := make([]float32, n)
				low, high := inf, -inf
				for i := range a {
					a[i] = float32((i*37)%101 - 50)
					low, high = min(low, a[i]), max(high, a[i])
				}
				total := 0
				for i := range a {
					total += (i*37)%101 - 50
				}
				if got := Sum(a); got != float32(total) {
					t.Errorf("%v: Sum of %d is %v, want %v", l, n, got, total)
				}
				if got := ReduceMax(a); got != high {
					t.Errorf("%v: ReduceMax of %d is %v, want %v", l, n, got, high)
				}
				if got := ReduceMin(a); got != low {
					t.Errorf("%v: ReduceMin of %d is %v, want %v", l, n, got, low)
				}
				if n == 0 {
					continue
				}
				a[n*7/10] = nan
				if s, hi, lo := Sum(a), ReduceMax(a), ReduceMin(a); s == s || hi == hi || lo == lo {
					t.Errorf("%v: with a NaN among %d got sum %v, max %v, min %v", l, n, s, hi, lo)
				}
			}
		})
	}
}
