package formulas

// The points ±a and ±b beside 0 and ∞; kernels.winogradMatrices has the same.
const winogradA, winogradB = 2.0 / 3, 1.5

// WinogradConstant is a number that the transforms multiply by.
type WinogradConstant struct {
	Name  string
	Value float64
}

// WinogradConstants lists the numbers that the transforms multiply by.
func WinogradConstants() []WinogradConstant {
	const a, b = winogradA, winogradB
	const ga, gb = 1 / (2 * a * a * (a*a - b*b)), 1 / (2 * b * b * (b*b - a*a))
	return []WinogradConstant{
		{"a", a}, {"b", b}, {"a²", a * a}, {"b²", b * b}, {"a³", a * a * a}, {"b³", b * b * b},
		{"a²b²", a * a * b * b}, {"a²+b²", a*a + b*b},
		{"g0", 1 / (a * a * b * b)}, {"ga", ga}, {"ga·a", ga * a}, {"ga·a²", ga * a * a},
		{"gb", gb}, {"gb·b", gb * b}, {"gb·b²", gb * b * b},
	}
}

// WinogradLanes emits operations on the lanes of vectors, for one instruction set. A V is a register. Constants have
// the names of WinogradConstants.
type WinogradLanes[V any] interface {
	Copied(v V) V
	Times(v V, c string) V           // v·c
	Plus(sum, v V, c string)         // adds v·c to a sum, rounded once
	Minus(sum, v V, c string)        // subtracts v·c from a sum, rounded once
	Add(a, b V) V                    // a + b; may write over a
	Pair(a, b V) (sum, difference V) // may write over a
}

// WinogradTransform is a linear map of a few numbers, applied to the columns and to the rows of a tile.
type WinogradTransform[V any] struct {
	Name     string
	From, To int
	ToPlanes bool // reads an image and writes planes, not the other way round
	Uses     []string
	// Apply transforms vectors of numbers, which it may overwrite, and hands over each result as soon as it is known.
	Apply func(w WinogradLanes[V], in []V, out func(i int, v V))
}

// both returns t + u·c and t − u·c; t is overwritten.
func both[V any](w WinogradLanes[V], t, u V, c string) (plus, minus V) {
	plus = w.Copied(t)
	w.Plus(plus, u, c)
	w.Minus(t, u, c)
	return plus, t
}

// WinogradTransforms are the matrices of kernels.winogradMatrices with their zeros and their symmetry made use of.
func WinogradTransforms[V any]() []WinogradTransform[V] {
	return []WinogradTransform[V]{
		{Name: "Input", From: 6, To: 6, ToPlanes: true, Uses: []string{"a", "b", "a²", "b²", "a²b²", "a²+b²"},
			Apply: func(w WinogradLanes[V], d []V, out func(int, V)) {
				for _, side := range []struct {
					row        int
					x, others2 string
				}{{1, "a", "b²"}, {3, "b", "a²"}} {
					t, u := w.Copied(d[4]), w.Copied(d[3])
					w.Minus(t, d[2], side.others2)
					w.Minus(u, d[1], side.others2)
					plus, minus := both(w, t, u, side.x)
					out(side.row, plus)
					out(side.row+1, minus)
				}
				for i := range 2 {
					w.Minus(d[4+i], d[2+i], "a²+b²")
					w.Plus(d[4+i], d[i], "a²b²")
					out(5*i, d[4+i])
				}
			}},
		{Name: "Cotangent", From: 4, To: 6, ToPlanes: true, Uses: []string{"a", "b", "a²", "b²"},
			Apply: func(w WinogradLanes[V], y []V, out func(int, V)) {
				out(0, y[0])
				out(5, y[3])
				for _, side := range []struct {
					row   int
					x, x2 string
				}{{1, "a", "a²"}, {3, "b", "b²"}} {
					t, u := w.Copied(y[0]), w.Copied(y[1])
					w.Plus(t, y[2], side.x2)
					w.Plus(u, y[3], side.x2)
					plus, minus := both(w, t, u, side.x)
					out(side.row, plus)
					out(side.row+1, minus)
				}
			}},
		{Name: "Weights", From: 3, To: 6, ToPlanes: true, Uses: []string{"g0", "ga", "ga·a", "ga·a²", "gb", "gb·b",
			"gb·b²"},
			Apply: func(w WinogradLanes[V], g []V, out func(int, V)) {
				out(0, w.Times(g[0], "g0"))
				out(5, g[2])
				for _, side := range []struct {
					row        int
					c, cx, cx2 string
				}{{1, "ga", "ga·a", "ga·a²"}, {3, "gb", "gb·b", "gb·b²"}} {
					t := w.Times(g[0], side.c)
					w.Plus(t, g[2], side.cx2)
					plus, minus := both(w, t, g[1], side.cx)
					out(side.row, plus)
					out(side.row+1, minus)
				}
			}},
		{Name: "Output", From: 6, To: 4, Uses: []string{"a", "b", "a²", "b²", "a³", "b³"},
			Apply: func(w WinogradLanes[V], m []V, out func(int, V)) {
				sa, da := w.Pair(m[1], m[2])
				sb, db := w.Pair(m[3], m[4])
				m[0] = w.Add(m[0], sa)
				m[0] = w.Add(m[0], sb)
				out(0, m[0])
				for i, c := range [][2]string{{"a", "b"}, {"a²", "b²"}} {
					from := [][2]V{{da, db}, {sa, sb}}[i]
					y := w.Times(from[0], c[0])
					w.Plus(y, from[1], c[1])
					out(1+i, y)
				}
				w.Plus(m[5], da, "a³")
				w.Plus(m[5], db, "b³")
				out(3, m[5])
			}},
		{Name: "Gradient", From: 6, To: 3, Uses: []string{"g0", "ga", "ga·a", "ga·a²", "gb", "gb·b", "gb·b²"},
			Apply: func(w WinogradLanes[V], m []V, out func(int, V)) {
				sa, da := w.Pair(m[1], m[2])
				sb, db := w.Pair(m[3], m[4])
				y := w.Times(m[0], "g0")
				w.Plus(y, sa, "ga")
				w.Plus(y, sb, "gb")
				out(0, y)
				y = w.Times(da, "ga·a")
				w.Plus(y, db, "gb·b")
				out(1, y)
				w.Plus(m[5], sa, "ga·a²")
				w.Plus(m[5], sb, "gb·b²")
				out(2, m[5])
			}},
	}
}
