package transport

import "math"

// Assign returns the assignment of n rows to n columns of least total cost, match[row] = column, and that cost. n = 0
// is the empty assignment.
//
// It is the algorithm of Jonker and Volgenant, A shortest augmenting path algorithm for dense and sparse linear
// assignment problems, Computing 38 (1987): a column reduction and two passes of row reduction assign most rows, a
// shortest path by Dijkstra's algorithm each of the rest. O(n³) at worst, nearer n^2.5 on points in space: 2 000 points
// take well under a second, 10 000 some tens of seconds. Costs must be finite.
func Assign(n int, costs Costs) (match []int, total float64) {
	a := &assignment{
		n: n, costs: newMatrix(n, n, costs),
		column: filled(n, -1), row: filled(n, -1), price: make([]float64, n),
	}
	free := a.reduceColumns()
	for range 2 {
		free = a.reduceRows(free)
	}
	a.augment(free)
	for i, j := range a.column {
		total += a.costs.row(i)[j]
	}
	return a.column, total
}

// assignment is a partial assignment with prices of columns for which each assigned row has its cheapest column: the
// invariant under which a shortest path keeps it optimal.
type assignment struct {
	n      int
	costs  *matrix
	column []int     // of each row, -1 where free
	row    []int     // of each column, -1 where free
	price  []float64 // v_j; the reduced cost is c_ij − v_j
}

func filled(n, value int) []int {
	s := make([]int, n)
	for i := range s {
		s[i] = value
	}
	return s
}

// reduceColumns prices each column at its least cost, assigns it to the row that has it where that row is free, and
// returns the rows left.
func (a *assignment) reduceColumns() (free []int) {
	cheapest := make([]int, a.n)
	for j := range a.price {
		a.price[j] = math.Inf(1)
	}
	for i := range a.n {
		for j, c := range a.costs.row(i) {
			if c < a.price[j] {
				a.price[j], cheapest[j] = c, i
			}
		}
	}
	for j := a.n - 1; j >= 0; j-- {
		if i := cheapest[j]; a.column[i] < 0 {
			a.column[i], a.row[j] = j, i
		}
	}
	for i, j := range a.column {
		if j < 0 {
			free = append(free, i)
		}
	}
	return free
}

// reduceRows lets each free row take its cheapest column and lower its price to where the second cheapest is as good,
// as a bidder in an auction would; the row that held it becomes free. It returns the rows still free.
func (a *assignment) reduceRows(free []int) (left []int) {
	// Each pass of the auction strictly lowers a price, but rounding can make the steps tiny: what is not settled
	// after this many bids is left to the shortest paths.
	bids := 8*len(free) + 64
	for len(free) > 0 {
		i := free[len(free)-1]
		free = free[:len(free)-1]
		if bids--; bids < 0 {
			left = append(left, i)
			continue
		}
		j, least, other, second := a.twoCheapest(i)
		held := a.row[j]
		switch {
		case least < second:
			a.price[j] -= second - least
		case held >= 0: // a tie: perhaps the other column is free
			j = other
			held = a.row[j]
		}
		a.column[i], a.row[j] = j, i
		if held < 0 {
			continue
		}
		a.column[held] = -1
		if least < second {
			free = append(free, held)
		} else {
			left = append(left, held)
		}
	}
	return left
}

// twoCheapest finds the columns of least and second least reduced cost in row i.
func (a *assignment) twoCheapest(i int) (j int, least float64, other int, second float64) {
	least, second = math.Inf(1), math.Inf(1)
	for k, c := range a.costs.row(i) {
		switch reduced := c - a.price[k]; {
		case reduced < least:
			other, second = j, least
			j, least = k, reduced
		case reduced < second:
			other, second = k, reduced
		}
	}
	if a.n == 1 { // there is no other
		return j, least, j, least
	}
	return j, least, other, second
}

// augment assigns each free row along a shortest path of reduced costs to a free column.
func (a *assignment) augment(free []int) {
	p := &paths{
		distance: make([]float64, a.n), from: make([]int, a.n), columns: make([]int, a.n),
	}
	for _, start := range free {
		end := a.shortest(p, start)
		for i := -1; i != start; {
			i = p.from[end]
			a.row[end] = i
			end, a.column[i] = a.column[i], end
		}
	}
}

// paths is the state of one search.
type paths struct {
	distance []float64 // to each column
	from     []int     // the row before it
	columns  []int     // scanned | at the least distance, to scan | beyond
}

// shortest finds a shortest path from row start to a free column, which it returns, and lowers the prices so that the
// paths' edges are tight.
func (a *assignment) shortest(p *paths, start int) int {
	for j, c := range a.costs.row(start) {
		p.distance[j], p.from[j], p.columns[j] = c-a.price[j], start, j
	}
	scanned, front := 0, 0 // columns[:scanned], columns[scanned:front]
	least := 0.0
	settled := 0 // columns whose distance is below least
	for {
		if scanned == front {
			settled = scanned
			least, front = p.nearest(scanned)
			for _, j := range p.columns[scanned:front] {
				if a.row[j] < 0 {
					a.lower(p, settled, least)
					return j
				}
			}
		}
		through := p.columns[scanned]
		scanned++
		i := a.row[through]
		costs := a.costs.row(i)
		offset := costs[through] - a.price[through] - least
		for k := front; k < a.n; k++ {
			j := p.columns[k]
			d := costs[j] - a.price[j] - offset
			if d >= p.distance[j] {
				continue
			}
			p.distance[j], p.from[j] = d, i
			if d > least {
				continue
			}
			if a.row[j] < 0 {
				a.lower(p, settled, least)
				return j
			}
			p.columns[k], p.columns[front] = p.columns[front], j
			front++
		}
	}
}

// nearest moves the columns of least distance beyond the scanned ones to the front.
func (p *paths) nearest(scanned int) (least float64, front int) {
	front = scanned
	least = math.Inf(1)
	for k := scanned; k < len(p.columns); k++ {
		j := p.columns[k]
		switch d := p.distance[j]; {
		case d < least:
			least, front = d, scanned
			fallthrough
		case d == least:
			p.columns[k], p.columns[front] = p.columns[front], j
			front++
		}
	}
	return least, front
}

// lower updates the prices of the columns that were settled before the last distance.
func (a *assignment) lower(p *paths, settled int, least float64) {
	for _, j := range p.columns[:settled] {
		a.price[j] += p.distance[j] - least
	}
}
