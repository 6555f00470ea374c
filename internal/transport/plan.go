package transport

import (
	"errors"
	"fmt"
)

// Flow is mass that a plan moves from a row to a column.
type Flow struct {
	From, To int
	Mass     float64
}

// Even shares a mass among n.
func Even(n int, mass float64) []float64 {
	masses := make([]float64, n)
	for i := range masses {
		masses[i] = mass / float64(n)
	}
	return masses
}

// Plan returns an optimal transport plan that moves the masses of the rows, supply, to those of the columns, demand:
// its flows of positive mass, at most len(supply) + len(demand) − 1 of them, and its cost, Σ mass·cost. Masses are not
// negative; both sides have the same sum, up to rounding.
//
// It is the network simplex algorithm on the complete bipartite graph, with strongly feasible trees (Cunningham, A
// network simplex method, Math. Programming 11, 1976), which never cycle, and the entering arc sought in blocks of √nm
// (Bonneel et al., Displacement interpolation using Lagrangian mass transport, 2011, section 4). No polynomial bound is
// known for it; in practice the time grows somewhat faster than n² for n × n, and 2 000 × 2 000 takes seconds. Costs
// must be finite. The error is of empty sets, or of costs that make no end of it.
func Plan(supply, demand []float64, costs Costs) (flows []Flow, total float64, err error) {
	s := newSimplex(supply, demand, costs)
	if len(s.rows) == 0 || len(s.columns) == 0 {
		return nil, 0, errors.New("transport: a plan between sets without mass; give a row and a column of positive " +
			"mass")
	}
	s.cornerRule()
	if err := s.solve(); err != nil {
		return nil, 0, err
	}
	for v := range s.parent {
		if s.parent[v] < 0 || s.flow[v] <= 0 {
			continue
		}
		i, j := s.ends(v)
		flows = append(flows, Flow{s.rows[i], s.columns[j], s.flow[v]})
		total += s.flow[v] * s.cost(i, j)
	}
	return flows, total, nil
}

// simplex is a basis of the problem: a spanning tree of the rows 0 … n−1 and the columns n … n+m−1 that have mass.
// Flow goes from rows to columns. The root is the last column.
type simplex struct {
	tree
	costs         *matrix
	rows, columns []int     // the caller's numbers
	supply        []float64 // of rows
	demand        []float64 // of columns
	dual          []float64 // the reduced cost of an arc is c_ij − dual_i − dual_j, 0 on the tree
	next          int       // the row where the search for an entering arc goes on
	stack         []int
}

func newSimplex(supply, demand []float64, costs Costs) *simplex {
	s := &simplex{costs: newMatrix(len(supply), len(demand), costs)}
	for i, mass := range supply {
		if mass > 0 {
			s.rows, s.supply = append(s.rows, i), append(s.supply, mass)
		}
	}
	for j, mass := range demand {
		if mass > 0 {
			s.columns, s.demand = append(s.columns, j), append(s.demand, mass)
		}
	}
	s.tree = newTree(len(s.rows) + len(s.columns))
	s.dual = make([]float64, len(s.parent))
	return s
}

// cornerRule makes the first tree by the north-west corner rule, which on ties goes right, so that an arc without flow
// points to the root: the tree is strongly feasible. Rounding of the masses is left in the last row and column.
func (s *simplex) cornerRule() {
	n, m := len(s.rows), len(s.columns)
	for i, j := 0, 0; i < n; {
		if j < m-1 && (s.supply[i] >= s.demand[j] || i == n-1) { // the column is full; the row goes on
			s.supply[i] = max(0, s.supply[i]-s.demand[j])
			s.hang(n+j, i, s.demand[j])
			j++
		} else { // the row is used up, or the last column takes the rest
			s.demand[j] -= s.supply[i]
			s.hang(i, n+j, s.supply[i])
			i++
		}
	}
	s.setDuals()
}

// cost is that of the arc from row i to column j.
func (s *simplex) cost(i, j int) float64 { return s.costs.row(s.rows[i])[s.columns[j]] }

// ends are the row and the column of the arc between node v and its parent.
func (s *simplex) ends(v int) (i, j int) {
	i, j = v, s.parent[v]
	if i > j {
		i, j = j, i
	}
	return i, j - len(s.rows)
}

// setDuals computes the duals and depths of all nodes from the tree.
func (s *simplex) setDuals() {
	root := len(s.parent) - 1
	s.dual[root], s.depth[root] = 0, 0
	s.descend(root, func(v int) {
		s.depth[v] = s.depth[s.parent[v]] + 1
		s.dual[v] = s.cost(s.ends(v)) - s.dual[s.parent[v]]
	})
}

// descend visits the nodes below v, parents first.
func (s *simplex) descend(v int, visit func(int)) {
	s.stack = append(s.stack[:0], v)
	for len(s.stack) > 0 {
		v := s.stack[len(s.stack)-1]
		s.stack = s.stack[:len(s.stack)-1]
		for c := s.child[v]; c >= 0; c = s.after[c] {
			visit(c)
			s.stack = append(s.stack, c)
		}
	}
}

// solve pivots until no arc has a negative reduced cost, with duals that are fresh from the costs.
func (s *simplex) solve() error {
	scale := 0.0
	for _, d := range s.dual {
		scale = max(scale, d, -d)
	}
	tolerance := 1e-12 * scale // rounding of the duals, which add up along the tree
	limit := 100 * (len(s.rows)*len(s.columns) + 100)
	for fresh, pivots := true, 0; ; pivots++ {
		i, j, reduced := s.entering(-tolerance)
		switch {
		case reduced < -tolerance && pivots < limit:
			s.pivot(i, j, reduced)
			fresh = false
		case reduced < -tolerance:
			return fmt.Errorf("transport: no optimal plan between %d and %d points after %d pivots; look for costs "+
				"that "+
				"are not finite", len(s.rows), len(s.columns), pivots)
		case fresh:
			return nil
		default:
			s.setDuals()
			fresh = true
		}
	}
}

// entering returns the arc of the least reduced cost in the first block of rows that has one below a bound, or of all.
func (s *simplex) entering(bound float64) (i, j int, reduced float64) {
	n, m := len(s.rows), len(s.columns)
	block := 1 // rows: √nm arcs, so that the search costs about what a pivot does
	for block*block*m < n {
		block++
	}
	i = -1
	for scanned := 0; scanned < n; {
		for range min(block, n-scanned) {
			r := s.next
			s.next = (s.next + 1) % n
			scanned++
			costs, dual := s.costs.row(s.rows[r]), s.dual[r]
			for c, caller := range s.columns {
				if d := costs[caller] - dual - s.dual[n+c]; i < 0 || d < reduced {
					i, j, reduced = r, c, d
				}
			}
		}
		if reduced < bound {
			return i, j, reduced
		}
	}
	return i, j, reduced
}

// pivot brings the arc from row i to column j into the tree in exchange for one on the cycle that it closes.
//
// Flow grows along the cycle in the direction of the arc. Of the arcs that would be emptied first the last one, from
// the top of the cycle on, leaves: that keeps the tree strongly feasible.
func (s *simplex) pivot(i, j int, reduced float64) {
	n := len(s.rows)
	row, column := i, n+j
	top := s.meet(row, column)
	leaves, delta := -1, 0.0
	for v := row; v != top; v = s.parent[v] { // the cycle comes down here: arcs of rows are against it
		if v < n && (leaves < 0 || s.flow[v] < delta) {
			leaves, delta = v, s.flow[v]
		}
	}
	below, above := row, column
	for v := column; v != top; v = s.parent[v] {
		if v >= n && (leaves < 0 || s.flow[v] <= delta) {
			leaves, delta = v, s.flow[v]
			below, above = column, row
		}
	}
	for _, start := range []int{row, column} {
		for v := start; v != top; v = s.parent[v] {
			if (v < n) == (start < n) {
				s.flow[v] = max(0, s.flow[v]-delta)
			} else {
				s.flow[v] += delta
			}
		}
	}
	s.reroot(below, leaves)
	s.hang(below, above, delta)
	s.shiftDuals(below, reduced)
}

// shiftDuals makes the arc between node below and its parent tight and leaves those beneath tight.
func (s *simplex) shiftDuals(below int, reduced float64) {
	n := len(s.rows)
	shift := func(v int) {
		s.depth[v] = s.depth[s.parent[v]] + 1
		if (v < n) == (below < n) {
			s.dual[v] += reduced
		} else {
			s.dual[v] -= reduced
		}
	}
	shift(below)
	s.descend(below, shift)
}
