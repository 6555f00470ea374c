package transport

import (
	"errors"
	"fmt"
	"math"
)

// Relaxed is a plan whose marginals may differ from the masses that it was asked to move.
type Relaxed struct {
	Flows []Flow
	// Rows and Columns are the sums of the flows of each row and of each column, 0 where nothing can be moved.
	Rows, Columns []float64
	// Cost is the plan's objective. Gap bounds how far above the least one it is.
	Cost, Gap float64
}

// MostRelaxed is the greatest number of costs that [Unbalanced] accepts: its memory is several times as many numbers.
const MostRelaxed = 1 << 23

// Unbalanced returns the plan π ≥ 0 that minimises
//
//	Σ c_ij π_ij + KL(π1 | supply) + KL(πᵀ1 | demand),   KL(p|q) = Σ p log(p/q) − p + q,
//
// so that mass may disappear and appear where that is cheaper than to move it. Liero, Mielke and Savaré, Optimal
// entropy-transport problems, Inventiones 211 (2018). The marginals are unique, the plan is where costs are in general
// position. Costs are not negative; +Inf forbids a pair. With [WFR] it is the static form of Wasserstein–Fisher–Rao.
//
// It is a primal-dual interior-point method with Mehrotra's corrector, without entropic regularisation: some twenty
// to forty Newton steps, each of about n m min(n, m) operations. 1 000 × 1 000 takes seconds. Flows below a billionth
// of what their row or column moves are left out. The error is of masses or costs that are no numbers, of more than
// [MostRelaxed] costs, or of a gap that doesn't close.
func Unbalanced(supply, demand []float64, costs Costs) (Relaxed, error) {
	if err := errors.Join(checkMasses(supply), checkMasses(demand)); err != nil {
		return Relaxed{}, err
	}
	if len(demand) > 0 && len(supply) > MostRelaxed/len(demand) {
		return Relaxed{}, fmt.Errorf("transport: an unbalanced plan between %d and %d points; take fewer, %d costs at "+
			"most", len(supply), len(demand), MostRelaxed)
	}
	r := Relaxed{Rows: make([]float64, len(supply)), Columns: make([]float64, len(demand))}
	c, err := relaxable(supply, demand, costs)
	if err != nil {
		return Relaxed{}, err
	}
	if len(c.rows) > 0 {
		p := newInterior(c)
		if r.Gap, err = p.solve(); err != nil {
			return Relaxed{}, err
		}
		r.Flows = p.flows()
	}
	for _, f := range r.Flows {
		r.Rows[f.From] += f.Mass
		r.Columns[f.To] += f.Mass
		r.Cost += f.Mass * c.at(f.From, f.To)
	}
	r.Cost += divergence(r.Rows, supply) + divergence(r.Columns, demand)
	return r, nil
}

// divergence is KL(p|q).
func divergence(p, q []float64) (sum float64) {
	for i := range p {
		sum += q[i] - p[i]
		if p[i] > 0 {
			sum += p[i] * math.Log(p[i]/q[i])
		}
	}
	return sum
}

func checkMasses(masses []float64) error {
	for _, m := range masses {
		if !(m >= 0) || math.IsInf(m, 0) {
			return fmt.Errorf("transport: a mass of %g; give finite masses that are not negative", m)
		}
	}
	return nil
}

// relaxed is the part of a problem in which mass can move: rows and columns of positive mass with a pair that isn't
// forbidden. Costs are those of all.
type relaxed struct {
	rows, columns  []int // the caller's numbers
	supply, demand []float64
	cost           []float64 // [all rows, all columns]
	width          int       // of all columns
}

func (c *relaxed) at(i, j int) float64 { return c.cost[i*c.width+j] }

func relaxable(supply, demand []float64, costs Costs) (*relaxed, error) {
	n, m := len(supply), len(demand)
	c := &relaxed{cost: make([]float64, n*m), width: m}
	used := make([]bool, m)
	for i := range n {
		row, any := c.cost[i*m:(i+1)*m], false
		if m > 0 {
			costs(i, row)
		}
		for j, v := range row {
			switch {
			case !(v >= 0):
				return nil, fmt.Errorf("transport: an unbalanced plan with a cost of %g; give costs that are not "+
					"negative", v)
			case !math.IsInf(v, 1) && supply[i] > 0 && demand[j] > 0:
				any, used[j] = true, true
			}
		}
		if any {
			c.rows, c.supply = append(c.rows, i), append(c.supply, supply[i])
		}
	}
	for j, ok := range used {
		if ok {
			c.columns, c.demand = append(c.columns, j), append(c.demand, demand[j])
		}
	}
	return c, nil
}

// WFR is the cost −log cos²(min(d/2δ, π/2)) of the Wasserstein–Fisher–Rao metric, of the distance d between points in
// dim dimensions: +Inf from d = πδ on, about (d/2δ)² for near ones. Chizat et al., An interpolating distance between
// optimal transport and Fisher–Rao metrics, 2018.
func WFR(dim int, delta float64, x, y []float64) Costs {
	distances := Euclidean(dim, 1, x, y)
	return func(i int, dst []float64) {
		distances(i, dst)
		for j, d := range dst {
			angle := d / (2 * delta)
			if angle < math.Pi/2 {
				dst[j] = -2 * math.Log(math.Cos(angle))
			} else {
				dst[j] = math.Inf(1)
			}
		}
	}
}
