package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// The points ±a and ±b beside 0 and ∞; kernels.winogradMatrices has the same.
const winogradA, winogradB = 2.0 / 3, 1.5

// winogradConstants declares the numbers that the transforms multiply by, and says where they are.
func winogradConstants() map[string]Mem {
	const a, b = winogradA, winogradB
	const ga, gb = 1 / (2 * a * a * (a*a - b*b)), 1 / (2 * b * b * (b*b - a*a))
	table := GLOBL("winogradConstants", rodata)
	at := map[string]Mem{}
	for i, c := range []struct {
		name  string
		value float64
	}{
		{"a", a}, {"b", b}, {"a²", a * a}, {"b²", b * b}, {"a³", a * a * a}, {"b³", b * b * b},
		{"a²b²", a * a * b * b}, {"a²+b²", a*a + b*b},
		{"g0", 1 / (a * a * b * b)}, {"ga", ga}, {"ga·a", ga * a}, {"ga·a²", ga * a * a},
		{"gb", gb}, {"gb·b", gb * b}, {"gb·b²", gb * b * b},
	} {
		DATA(4*i, U32(math.Float32bits(float32(c.value))))
		at[c.name] = table.Offset(4 * i)
	}
	return at
}

// winogradTransforms are the matrices of kernels.winogradMatrices with their zeros and their symmetry made use of.
var winogradTransforms = []*winogradTransform{
	{name: "Input", from: 6, to: 6, toPlanes: true, uses: []string{"a", "b", "a²", "b²", "a²b²", "a²+b²"},
		apply: func(w *winogradVectors, d []VecVirtual, out func(int, VecVirtual)) {
			for _, side := range []struct {
				row        int
				x, others2 string
			}{{1, "a", "b²"}, {3, "b", "a²"}} {
				t, u := w.copied(d[4]), w.copied(d[3])
				w.minus(t, d[2], side.others2)
				w.minus(u, d[1], side.others2)
				plus, minus := w.both(t, u, side.x)
				out(side.row, plus)
				out(side.row+1, minus)
			}
			for i := range 2 {
				w.minus(d[4+i], d[2+i], "a²+b²")
				w.plus(d[4+i], d[i], "a²b²")
				out(5*i, d[4+i])
			}
		}},
	{name: "Cotangent", from: 4, to: 6, toPlanes: true, uses: []string{"a", "b", "a²", "b²"},
		apply: func(w *winogradVectors, y []VecVirtual, out func(int, VecVirtual)) {
			out(0, y[0])
			out(5, y[3])
			for _, side := range []struct {
				row   int
				x, x2 string
			}{{1, "a", "a²"}, {3, "b", "b²"}} {
				t, u := w.copied(y[0]), w.copied(y[1])
				w.plus(t, y[2], side.x2)
				w.plus(u, y[3], side.x2)
				plus, minus := w.both(t, u, side.x)
				out(side.row, plus)
				out(side.row+1, minus)
			}
		}},
	{name: "Weights", from: 3, to: 6, toPlanes: true, uses: []string{"g0", "ga", "ga·a", "ga·a²", "gb", "gb·b",
		"gb·b²"},
		apply: func(w *winogradVectors, g []VecVirtual, out func(int, VecVirtual)) {
			out(0, w.times(g[0], "g0"))
			out(5, g[2])
			for _, side := range []struct {
				row        int
				c, cx, cx2 string
			}{{1, "ga", "ga·a", "ga·a²"}, {3, "gb", "gb·b", "gb·b²"}} {
				t := w.times(g[0], side.c)
				w.plus(t, g[2], side.cx2)
				plus, minus := w.both(t, g[1], side.cx)
				out(side.row, plus)
				out(side.row+1, minus)
			}
		}},
	{name: "Output", from: 6, to: 4, uses: []string{"a", "b", "a²", "b²", "a³", "b³"},
		apply: func(w *winogradVectors, m []VecVirtual, out func(int, VecVirtual)) {
			sa, da := w.pair(m[1], m[2])
			sb, db := w.pair(m[3], m[4])
			VADDPS(sa, m[0], m[0])
			VADDPS(sb, m[0], m[0])
			out(0, m[0])
			for i, c := range [][2]string{{"a", "b"}, {"a²", "b²"}} {
				from := [][2]VecVirtual{{da, db}, {sa, sb}}[i]
				y := w.times(from[0], c[0])
				w.plus(y, from[1], c[1])
				out(1+i, y)
			}
			w.plus(m[5], da, "a³")
			w.plus(m[5], db, "b³")
			out(3, m[5])
		}},
	{name: "Gradient", from: 6, to: 3, uses: []string{"g0", "ga", "ga·a", "ga·a²", "gb", "gb·b", "gb·b²"},
		apply: func(w *winogradVectors, m []VecVirtual, out func(int, VecVirtual)) {
			sa, da := w.pair(m[1], m[2])
			sb, db := w.pair(m[3], m[4])
			y := w.times(m[0], "g0")
			w.plus(y, sa, "ga")
			w.plus(y, sb, "gb")
			out(0, y)
			y = w.times(da, "ga·a")
			w.plus(y, db, "gb·b")
			out(1, y)
			w.plus(m[5], sa, "ga·a²")
			w.plus(m[5], sb, "gb·b²")
			out(2, m[5])
		}},
}
