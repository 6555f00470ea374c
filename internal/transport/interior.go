package transport

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"

	"github.com/amgen/amgen/backends/simd/matmul"
)

// interior is a point within the constraints of an unbalanced problem: flows π > 0, and duals f, g with slacks
// z_ij = c_ij − f_i − g_j > 0. At the optimum π1 = supply·exp(−f), πᵀ1 = demand·exp(−g) and π z = 0. There are no
// fewer rows than columns: what is solved may be the transposed problem.
type interior struct {
	n, m           int
	transposed     bool
	of             *relaxed
	supply, demand []float64
	cost           []float64 // [n, m]; +Inf is forbidden
	flow           []float64 // π, 0 where forbidden
	f, g           []float64
	ratio          []float64 // π/z, then its rows over the root of the diagonal
	second         []float64 // of the corrector: δπ δz of the predictor
	df, dg         []float64
	scaled         []float64 // of the rows: 1/√diagonal
	schur          *mat.SymDense
	factor         mat.Cholesky
}

func newInterior(c *relaxed) *interior {
	p := &interior{n: len(c.rows), m: len(c.columns), of: c, supply: c.supply, demand: c.demand}
	if p.transposed = p.n < p.m; p.transposed {
		p.n, p.m, p.supply, p.demand = p.m, p.n, p.demand, p.supply
	}
	p.cost = make([]float64, p.n*p.m)
	p.flow, p.ratio = make([]float64, p.n*p.m), make([]float64, p.n*p.m)
	p.second = make([]float64, p.n*p.m)
	p.f, p.df, p.scaled = make([]float64, p.n), make([]float64, p.n), make([]float64, p.n)
	p.g, p.dg = make([]float64, p.m), make([]float64, p.m)
	p.schur = mat.NewSymDense(p.m, nil)
	for i := range p.n {
		for j := range p.m {
			if p.transposed {
				p.cost[i*p.m+j] = c.at(c.rows[j], c.columns[i])
			} else {
				p.cost[i*p.m+j] = c.at(c.rows[i], c.columns[j])
			}
		}
	}
	p.start()
	return p
}

// start takes duals below the costs for which both sides move the same mass, and flows that share it out.
func (p *interior) start() {
	const slack = 0.5
	least := make([]float64, p.m)
	for j := range least {
		least[j] = math.Inf(1)
	}
	for i := range p.n {
		row := math.Inf(1)
		for j, c := range p.cost[i*p.m : (i+1)*p.m] {
			row, least[j] = min(row, c), min(least[j], c)
		}
		p.f[i] = row/2 - slack
	}
	for j := range p.g {
		p.g[j] = least[j]/2 - slack
	}
	// λ makes Σ supply exp(−f−λ) = Σ demand exp(−g+λ).
	lambda := (logSumExp(p.supply, p.f) - logSumExp(p.demand, p.g)) / 2
	total := 0.0
	for j := range p.g {
		p.g[j] -= lambda
		total += p.demand[j] * math.Exp(-p.g[j])
	}
	for i := range p.f {
		p.f[i] += lambda
		share := p.supply[i] * math.Exp(-p.f[i]) / total
		for j, c := range p.cost[i*p.m : (i+1)*p.m] {
			if !math.IsInf(c, 1) {
				p.flow[i*p.m+j] = share * p.demand[j] * math.Exp(-p.g[j])
			}
		}
	}
}

// logSumExp is log Σ masses·exp(−duals).
func logSumExp(masses, duals []float64) float64 {
	least, sum := math.Inf(1), 0.0
	for _, d := range duals {
		least = min(least, d)
	}
	for i, d := range duals {
		sum += masses[i] * math.Exp(least-d)
	}
	return math.Log(sum) - least
}

// Bounds of the iteration. The gap is relative to the masses, which the objective never exceeds.
const (
	mostNewtonSteps = 200
	closedGap       = 1e-12
	acceptedGap     = 1e-7  // where rounding ends the progress
	toBoundary      = 0.995 // of the way to where a flow or a slack would vanish
)

// solve takes Newton steps until the gap is closed, and returns it.
func (p *interior) solve() (gap float64, err error) {
	masses := 0.0
	for _, v := range p.supply {
		masses += v
	}
	for _, v := range p.demand {
		masses += v
	}
	best := math.Inf(1)
	for stalled := 0; stalled < 5; {
		sigma, pairs := p.complementarity()
		gap = float64(pairs)*sigma + p.residual()
		if gap <= closedGap*masses {
			return gap, nil
		}
		stalled++
		if gap < 0.9*best {
			best, stalled = gap, 0
		}
		if !p.step(sigma, pairs) {
			break
		}
	}
	if best <= acceptedGap*masses {
		return best, nil
	}
	return 0, fmt.Errorf("transport: no unbalanced plan between %d and %d points: a gap of %.2g of the masses is "+
		"left; look for costs of very different sizes", len(p.supply), len(p.demand), best/masses)
}

// complementarity is the mean of π z, and how many pairs there are.
func (p *interior) complementarity() (mean float64, pairs int) {
	for i := range p.n {
		for j, c := range p.cost[i*p.m : (i+1)*p.m] {
			if pi := p.flow[i*p.m+j]; pi > 0 {
				mean += pi * (c - p.f[i] - p.g[j])
				pairs++
			}
		}
	}
	return mean / float64(pairs), pairs
}

// residual is Σ|π1 − supply·exp(−f)| + Σ|πᵀ1 − demand·exp(−g)|.
func (p *interior) residual() (sum float64) {
	columns := make([]float64, p.m)
	for i := range p.n {
		row := 0.0
		for j, pi := range p.flow[i*p.m : (i+1)*p.m] {
			row += pi
			columns[j] += pi
		}
		sum += math.Abs(row - p.supply[i]*math.Exp(-p.f[i]))
	}
	for j, v := range columns {
		sum += math.Abs(v - p.demand[j]*math.Exp(-p.g[j]))
	}
	return sum
}

// step takes one step of Mehrotra's predictor and corrector. It returns false where rounding leaves no direction.
func (p *interior) step(sigma float64, pairs int) bool {
	if !p.factorise() {
		return false
	}
	p.direction(0, false)
	alpha := p.length(0, false)
	affine := 0.0
	p.each(func(k, i, j int, pi, z float64) {
		dz := -p.df[i] - p.dg[j]
		dpi := -pi - pi/z*dz
		p.second[k] = dpi * dz
		affine += (pi + alpha*dpi) * (z + alpha*dz)
	})
	centre := math.Pow(max(0, affine/float64(pairs)/sigma), 3)
	target := min(1, max(centre, 1e-3)) * sigma
	p.direction(target, true)
	alpha = min(1, toBoundary*p.length(target, true))
	if !(alpha > 1e-8) {
		return false
	}
	p.each(func(k, i, j int, pi, z float64) {
		p.flow[k] = max(pi+alpha*p.change(k, i, j, pi, z, target, true), math.SmallestNonzeroFloat64)
	})
	for i := range p.f {
		p.f[i] += alpha * p.df[i]
	}
	for j := range p.g {
		p.g[j] += alpha * p.dg[j]
	}
	return true
}

// each visits the pairs that aren't forbidden.
func (p *interior) each(visit func(k, i, j int, pi, z float64)) {
	for i := range p.n {
		for j := range p.m {
			if k := i*p.m + j; p.flow[k] > 0 {
				visit(k, i, j, p.flow[k], p.cost[k]-p.f[i]-p.g[j])
			}
		}
	}
}

// change is δπ of a pair: π z + π δz + z δπ = target − δπ δz of the predictor.
func (p *interior) change(k, i, j int, pi, z, target float64, corrected bool) float64 {
	if corrected {
		target -= p.second[k]
	}
	return target/z - pi + pi/z*(p.df[i]+p.dg[j])
}

// factorise makes the Schur complement of the Newton equations
//
//	(W1 + π₁) δf + W δg = a,   Wᵀ δf + (Wᵀ1 + π₂) δg = b,   W = π/z, π₁ = supply·exp(−f), π₂ = demand·exp(−g)
//
// on δg, and its Cholesky factor.
func (p *interior) factorise() bool {
	columns := make([]float64, p.m)
	for i := range p.n {
		diagonal := p.supply[i] * math.Exp(-p.f[i])
		row := p.ratio[i*p.m : (i+1)*p.m]
		for j := range row {
			row[j] = 0
			if pi := p.flow[i*p.m+j]; pi > 0 {
				row[j] = pi / (p.cost[i*p.m+j] - p.f[i] - p.g[j])
			}
			diagonal += row[j]
			columns[j] += row[j]
		}
		p.scaled[i] = 1 / math.Sqrt(diagonal)
		for j := range row {
			row[j] *= p.scaled[i]
		}
	}
	product := blas64.General{Rows: p.m, Cols: p.m, Stride: p.m, Data: make([]float64, p.m*p.m)}
	scaled := blas64.General{Rows: p.n, Cols: p.m, Stride: p.m, Data: p.ratio}
	matmul.AddProduct(blas.Trans, blas.NoTrans, scaled, scaled, product)
	for j := range p.m {
		for k := j; k < p.m; k++ {
			v := -product.Data[j*p.m+k]
			if j == k {
				v += columns[j] + p.demand[j]*math.Exp(-p.g[j])
			}
			p.schur.SetSym(j, k, v)
		}
	}
	return p.factor.Factorize(p.schur)
}

// direction solves the Newton equations for δf and δg.
func (p *interior) direction(target float64, corrected bool) {
	for j := range p.dg {
		p.dg[j] = p.demand[j] * math.Exp(-p.g[j])
	}
	for i := range p.n {
		a := p.supply[i] * math.Exp(-p.f[i])
		for j := range p.m {
			k := i*p.m + j
			if pi := p.flow[k]; pi > 0 {
				t := target
				if corrected {
					t -= p.second[k]
				}
				t /= p.cost[k] - p.f[i] - p.g[j]
				a -= t
				p.dg[j] -= t
			}
		}
		p.df[i] = a * p.scaled[i]
	}
	scaled := blas64.General{Rows: p.n, Cols: p.m, Stride: p.m, Data: p.ratio}
	blas64.Gemv(blas.Trans, -1, scaled, blas64.Vector{N: p.n, Data: p.df, Inc: 1}, 1,
		blas64.Vector{N: p.m, Data: p.dg, Inc: 1})
	right := mat.NewVecDense(p.m, p.dg)
	_ = p.factor.SolveVecTo(right, right) // its error tells of a large condition, which the last steps have
	blas64.Gemv(blas.NoTrans, -1, scaled, blas64.Vector{N: p.m, Data: p.dg, Inc: 1}, 1,
		blas64.Vector{N: p.n, Data: p.df, Inc: 1})
	for i := range p.df {
		p.df[i] *= p.scaled[i]
	}
}

// length is the longest step along the direction, at most 1/toBoundary, at which no flow or slack is negative.
func (p *interior) length(target float64, corrected bool) float64 {
	alpha := 1 / toBoundary
	p.each(func(k, i, j int, pi, z float64) {
		if d := p.change(k, i, j, pi, z, target, corrected); d < 0 {
			alpha = min(alpha, -pi/d)
		}
		if d := p.df[i] + p.dg[j]; d > 0 {
			alpha = min(alpha, z/d)
		}
	})
	return alpha
}

// flows are those that aren't negligible, by the caller's numbers.
func (p *interior) flows() (list []Flow) {
	const negligible = 1e-9
	rows, columns := make([]float64, p.n), make([]float64, p.m)
	p.each(func(k, i, j int, pi, _ float64) { rows[i] += pi; columns[j] += pi })
	p.each(func(k, i, j int, pi, _ float64) {
		if pi < negligible*min(rows[i], columns[j]) {
			return
		}
		if p.transposed {
			i, j = j, i
		}
		list = append(list, Flow{p.of.rows[i], p.of.columns[j], pi})
	})
	return list
}
