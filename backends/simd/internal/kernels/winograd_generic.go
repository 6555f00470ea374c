package kernels

// The points of the algorithm: 0, ±a, ±b and ∞. Small rational a and b with a·b near 1 keep the transforms' factors
// near 1: the error is less than half of that of the usual points ±1 and ±2.
const winogradA, winogradB = 2.0 / 3, 1.5

// winogradMatrices hold each transform as a matrix M: a tile x becomes M x Mᵀ. With V_n the rows (1, p, …, pⁿ⁻¹) for
// the points p, and (0, …, 0, 1) for ∞, G is V_3 with the row of p divided by the product of its distances to the other
// points, Aᵀ is the transpose of V_4, and Bᵀ has the coefficients of the product of (x − q) over the other finite
// points q.
var winogradMatrices = func() [winogradKinds][][]float32 {
	const a, b = winogradA, winogradB
	const ga, gb = 1 / (2 * a * a * (a*a - b*b)), 1 / (2 * b * b * (b*b - a*a))
	input := [][]float32{
		{a * a * b * b, 0, -(a*a + b*b), 0, 1, 0},
		{0, -a * b * b, -b * b, a, 1, 0},
		{0, a * b * b, -b * b, -a, 1, 0},
		{0, -b * a * a, -a * a, b, 1, 0},
		{0, b * a * a, -a * a, -b, 1, 0},
		{0, a * a * b * b, 0, -(a*a + b*b), 0, 1},
	}
	cotangent := [][]float32{
		{1, 0, 0, 0}, {1, a, a * a, a * a * a}, {1, -a, a * a, -a * a * a},
		{1, b, b * b, b * b * b}, {1, -b, b * b, -b * b * b}, {0, 0, 0, 1},
	}
	weights := [][]float32{
		{1 / (a * a * b * b), 0, 0}, {ga, ga * a, ga * a * a}, {ga, -ga * a, ga * a * a},
		{gb, gb * b, gb * b * b}, {gb, -gb * b, gb * b * b}, {0, 0, 1},
	}
	return [winogradKinds][][]float32{winogradInput: input, winogradCotangent: cotangent, winogradWeights: weights,
		winogradOutput: transposed(cotangent), winogradGradient: transposed(weights)}
}()

// winogradSide is the size of the tile on the side of the image.
var winogradSide = [winogradKinds]int{winogradInput: 6, winogradCotangent: 4, winogradWeights: 3, winogradOutput: 4,
	winogradGradient: 3}

func transposed(m [][]float32) [][]float32 {
	t := make([][]float32, len(m[0]))
	for i := range t {
		for j := range m {
			t[i] = append(t[i], m[j][i])
		}
	}
	return t
}

// winogradGeneric computes M x Mᵀ of every tile and channel.
func winogradGeneric(kind winogradKind, w *WinogradTiles) {
	m := winogradMatrices[kind]
	toPlanes := kind < winogradOutput
	var x, half [6][6]float32
	for t := range w.Tiles {
		for c := range w.Channels {
			image := func(y, x int) *float32 { return &w.Image[y*w.Row+x*w.Col+t*w.Next+c] }
			plane := func(i, j int) *float32 { return &w.Planes[(6*i+j)*w.Step+t*w.Channels+c] }
			from, to := plane, image
			if toPlanes {
				from, to = image, plane
			}
			n := len(m[0])
			for i := range n {
				for j := range n {
					x[i][j] = *from(i, j)
				}
			}
			for i, row := range m {
				for j := range n {
					half[i][j] = dotFew(row, func(k int) float32 { return x[k][j] })
				}
			}
			for i := range m {
				for j, row := range m {
					*to(i, j) = dotFew(row, func(k int) float32 { return half[i][k] })
				}
			}
		}
	}
}

func dotFew(row []float32, x func(k int) float32) (sum float32) {
	for k, v := range row {
		if v != 0 {
			sum += v * x(k)
		}
	}
	return sum
}
