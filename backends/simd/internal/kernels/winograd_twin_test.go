package kernels

// winogradTwin is winogradGeneric to the bit, at every level above Generic. The transforms in assembly leave out the
// zeros of the matrices, share what rows of opposite points have in common, and round products and sums at once. They
// go from an image through its columns first, and from planes through their rows.
func winogradTwin(kind winogradKind, w *WinogradTiles) {
	side := winogradSide[kind]
	for t := range w.Tiles {
		for c := range w.Channels {
			image := func(y, x int) *float32 { return &w.Image[y*w.Row+x*w.Col+t*w.Next+c] }
			plane := func(i, j int) *float32 { return &w.Planes[(6*i+j)*w.Step+t*w.Channels+c] }
			var half [6][6]float32
			if kind < winogradOutput {
				for x := range side {
					for i, v := range winogradLine(kind, side, func(y int) float32 { return *image(y, x) }) {
						half[i][x] = v
					}
				}
				for i := range 6 {
					for j, v := range winogradLine(kind, side, func(x int) float32 { return half[i][x] }) {
						*plane(i, j) = v
					}
				}
				continue
			}
			for i := range 6 {
				for x, v := range winogradLine(kind, 6, func(j int) float32 { return *plane(i, j) }) {
					half[i][x] = v
				}
			}
			for x := range side {
				for y, v := range winogradLine(kind, 6, func(i int) float32 { return half[i][x] }) {
					*image(y, x) = v
				}
			}
		}
	}
}

// winogradLine transforms n numbers.
func winogradLine(kind winogradKind, n int, at func(i int) float32) []float32 {
	const a, b = winogradA, winogradB
	const ga, gb = 1 / (2 * a * a * (a*a - b*b)), 1 / (2 * b * b * (b*b - a*a))
	const g0 = 1 / (a * a * b * b)
	var v [6]float32
	for i := range n {
		v[i] = at(i)
	}
	// both are t + u·c and t − u·c.
	both := func(t, u, c float32) (plus, minus float32) { return fma1(u, c, t), fma1(-u, c, t) }
	var r [6]float32
	switch kind {
	case winogradInput:
		r[1], r[2] = both(fma1(-v[2], b*b, v[4]), fma1(-v[1], b*b, v[3]), a)
		r[3], r[4] = both(fma1(-v[2], a*a, v[4]), fma1(-v[1], a*a, v[3]), b)
		for i := range 2 {
			r[5*i] = fma1(v[i], a*a*b*b, fma1(-v[2+i], a*a+b*b, v[4+i]))
		}
		return r[:]
	case winogradCotangent:
		r[0], r[5] = v[0], v[3]
		r[1], r[2] = both(fma1(v[2], a*a, v[0]), fma1(v[3], a*a, v[1]), a)
		r[3], r[4] = both(fma1(v[2], b*b, v[0]), fma1(v[3], b*b, v[1]), b)
		return r[:]
	case winogradWeights:
		r[0], r[5] = float32(v[0]*g0), v[2]
		r[1], r[2] = both(fma1(v[2], ga*a*a, float32(v[0]*ga)), v[1], ga*a)
		r[3], r[4] = both(fma1(v[2], gb*b*b, float32(v[0]*gb)), v[1], gb*b)
		return r[:]
	}
	sa, da, sb, db := v[1]+v[2], v[1]-v[2], v[3]+v[4], v[3]-v[4]
	if kind == winogradOutput {
		return []float32{v[0] + sa + sb, fma1(db, b, float32(da*a)), fma1(sb, b*b, float32(sa*(a*a))),
			fma1(db, b*b*b, fma1(da, a*a*a, v[5]))}
	}
	return []float32{fma1(sb, gb, fma1(sa, ga, float32(v[0]*g0))), fma1(db, gb*b, float32(da*(ga*a))),
		fma1(sb, gb*b*b, fma1(sa, ga*a*a, v[5]))}
}
