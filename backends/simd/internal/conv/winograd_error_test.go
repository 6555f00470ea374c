package conv

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/amgen/amgen/backends/simd/internal/pool"
)

// TestWinogradBound holds every output to the bound that the doc comment of winograd states, on inputs of one size and
// on inputs and kernels whose magnitudes spread over 2⁴⁰.
func TestWinogradBound(t *testing.T) {
	for _, spread := range []int{0, 20} {
		l := layer{2, 11, 70, 40, 3, 1}
		x := &sample{spec: l.forward(), inLen: l.batch * l.size * l.size * l.in,
			outLen: l.batch * l.size * l.size * l.out}
		x.in, x.kernel = spreadFloats(1, x.inLen, spread), spreadFloats(2, 9*l.in*l.out, spread)
		out := make([]float32, x.outLen)
		p := pool.New(2)
		planeOf(&x.spec, x.in, x.kernel, out).newWinograd().run(p)
		p.Close()
		bounds, worst := l.winogradBounds(x.in, x.kernel), 0.0
		for i, want := range x.want() {
			e := math.Abs(float64(out[i]) - want)
			if !(e <= bounds[i]) {
				t.Fatalf("spread 2^±%d: out[%d] = %g, want %g ± %.2g", spread, i, out[i], want, bounds[i])
			}
			worst = max(worst, e/bounds[i])
		}
		t.Logf("spread 2^±%d: the largest error is %.3f of its bound", spread, worst)
		if worst < 1e-4 { // 100 roundings, which cancel mostly, of sums that do: a thousandth is usual
			t.Errorf("spread 2^±%d: the largest error is %.2g of its bound, which says nothing", spread, worst)
		}
	}
}

// spreadFloats are n numbers of random sign and of random magnitudes of 2^[-spread, spread].
func spreadFloats(seed uint64, n, spread int) []float32 {
	r := rand.New(rand.NewPCG(seed, 9))
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(math.Ldexp(r.Float64()-0.5, r.IntN(2*spread+1)-spread))
	}
	return x
}

// winogradBounds computes (channels + 33)·2⁻²⁴·|Aᵀ|[Σ (|G||g||Gᵀ|) ⊙ (|Bᵀ||d||B|)]|A| for every output, where |·| of a
// matrix is that of its elements.
func (l layer) winogradBounds(in, kernel []float32) []float64 {
	const p, q = 2.0 / 3, 1.5 // the points beside 0 and ∞ are ±p and ±q
	const gp, gq = 1 / (2 * p * p * (q*q - p*p)), 1 / (2 * q * q * (q*q - p*p))
	a := [][]float64{{1, 1, 1, 1, 1, 0}, {0, p, p, q, q, 0}, {0, p * p, p * p, q * q, q * q, 0},
		{0, p * p * p, p * p * p, q * q * q, q * q * q, 1}}
	nearP, nearQ := []float64{0, p * q * q, q * q, p, 1, 0}, []float64{0, q * p * p, p * p, q, 1, 0}
	b := [][]float64{{p * p * q * q, 0, p*p + q*q, 0, 1, 0}, nearP, nearP, nearQ, nearQ,
		{0, p * p * q * q, 0, p*p + q*q, 0, 1}}
	weightP, weightQ := []float64{gp, gp * p, gp * p * p}, []float64{gq, gq * q, gq * q * q}
	g := [][]float64{{1 / (p * p * q * q), 0, 0}, weightP, weightP, weightQ, weightQ, {0, 0, 1}}
	weights := make([][][]float64, l.in*l.out)
	for i := range weights {
		weights[i] = sandwich(g, 3, func(y, x int) float64 { return math.Abs(float64(kernel[(3*y+x)*l.in*l.out+i])) })
	}
	bounds := make([]float64, l.batch*l.size*l.size*l.out)
	for tile, across := 0, (l.size+3)/4; tile < l.batch*across*across; tile++ {
		image, top, left := tile/across/across, tile/across%across*4, tile%across*4
		inputs := make([][][]float64, l.in)
		for c := range inputs {
			inputs[c] = sandwich(b, 6, func(y, x int) float64 {
				if y, x = y+top-1, x+left-1; y < 0 || x < 0 || y >= l.size || x >= l.size {
					return 0
				}
				return math.Abs(float64(in[((image*l.size+y)*l.size+x)*l.in+c]))
			})
		}
		for o := range l.out {
			sum := sandwich(a, 6, func(y, x int) (s float64) {
				for c := range inputs {
					s += inputs[c][y][x] * weights[c*l.out+o][y][x]
				}
				return s
			})
			for y := range min(4, l.size-top) {
				for x := range min(4, l.size-left) {
					at := ((image*l.size+top+y)*l.size + left + x) * l.out
					bounds[at+o] = float64(l.in+33) * 0x1p-24 * sum[y][x]
				}
			}
		}
	}
	return bounds
}

// sandwich is M·X·Mᵀ of an n×n matrix X.
func sandwich(m [][]float64, n int, x func(row, column int) float64) [][]float64 {
	half := make([][]float64, n) // half[column][i] = (M·X)[i][column]
	for j := range n {
		half[j] = make([]float64, len(m))
		for k := range n {
			v := x(k, j)
			for i := range m {
				half[j][i] += m[i][k] * v
			}
		}
	}
	out := make([][]float64, len(m))
	for i := range m {
		out[i] = make([]float64, len(m))
		for j := range m {
			for k := range n {
				out[i][j] += half[k][i] * m[j][k]
			}
		}
	}
	return out
}
