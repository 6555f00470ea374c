package kernels

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// comparisons lists the kernels with each one's truth, Go's own operator.
var comparisons = []struct {
	name   string
	two    func(dst []bool, a, b []float32)
	scalar func(dst []bool, a []float32, s float32)
	truth  func(a, b float32) bool
}{
	{"Equal", Equal, EqualScalar, func(a, b float32) bool { return a == b }},
	{"NotEqual", NotEqual, NotEqualScalar, func(a, b float32) bool { return a != b }},
	{"Less", Less, LessScalar, func(a, b float32) bool { return a < b }},
	{"LessEqual", LessEqual, LessEqualScalar, func(a, b float32) bool { return a <= b }},
	{"Greater", Greater, GreaterScalar, func(a, b float32) bool { return a > b }},
	{"GreaterEqual", GreaterEqual, GreaterEqualScalar, func(a, b float32) bool { return a >= b }},
}

func TestComparisons(t *testing.T) {
	for _, c := range comparisons {
		t.Run(c.name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				n := rapid.IntRange(0, 300).Draw(t, "n")
				shift := rapid.IntRange(0, 15).Draw(t, "shift")
				a := newGuarded(anySeries(t, n, "a"), shift, 1)
				b := newGuarded(anySeries(t, n, "b"), 15-shift, 1)
				s := anyFloat().Draw(t, "s")
				wantTwo, wantScalar := make([]bool, n), make([]bool, n)
				for i := range n {
					wantTwo[i], wantScalar[i] = c.truth(a.inside[i], b.inside[i]), c.truth(a.inside[i], s)
				}
				for _, l := range Levels() {
					for _, guard := range []bool{false, true} {
						two, scalar := newGuarded(make([]bool, n), shift, guard), newGuarded(make([]bool, n), shift,
							guard)
						atLevel(l, func() {
							c.two(two.inside, a.inside, b.inside)
							c.scalar(scalar.inside, a.inside, s)
						})
						two.check(t)
						scalar.check(t)
						if !slices.Equal(two.inside, wantTwo) || !slices.Equal(scalar.inside, wantScalar) {
							t.Fatalf("%v: got %v and, with the scalar, %v; want %v and %v", l, two.inside,
								scalar.inside, wantTwo, wantScalar)
						}
					}
				}
			})
		})
	}
}

func TestWhere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 300).Draw(t, "n")
		shift := rapid.IntRange(0, 15).Draw(t, "shift")
		alias := rapid.IntRange(-1, 1).Draw(t, "input that dst is")
		cond := make([]bool, n)
		bits := rapid.Uint64().Draw(t, "condition")
		for i := range cond {
			cond[i] = bits>>(i%61)&1 == 1
		}
		values := [][]float32{anySeries(t, n, "a"), anySeries(t, n, "b")}
		for _, l := range Levels() {
			in := []guarded[float32]{newGuarded(values[0], shift, 1), newGuarded(values[1], 15-shift, 1)}
			dst := newGuarded(make([]float32, n), shift, 2)
			if alias >= 0 {
				dst = in[alias]
			}
			atLevel(l, func() { Where(dst.inside, newGuarded(cond, shift, true).inside, in[0].inside, in[1].inside) })
			dst.check(t)
			for i, c := range cond {
				want := values[1][i]
				if c {
					want = values[0][i]
				}
				if !sameBits(dst.inside[i], want) {
					t.Fatalf("%v: element %d of %d is %v, want %v", l, i, n, dst.inside[i], want)
				}
			}
		}
	})
}
