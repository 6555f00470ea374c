// Package transport solves optimal transport between finite sets exactly: [Assign], for as many rows as columns of
// equal weight, [Plan], for any weights, and [Unbalanced], where mass may also appear and disappear.
package transport

import "math"

// Costs fills dst with the costs of moving one unit of mass from row i to each column. It is called many times for
// one row and must fill in the same finite numbers each time.
type Costs func(i int, dst []float64)

// Euclidean is the cost ‖x_i − y_j‖^power between points in dim dimensions that follow one another in x and in y.
func Euclidean(dim int, power float64, x, y []float64) Costs {
	n := len(y) / dim
	axes := make([]float64, len(y)) // y coordinate by coordinate, for inner loops without bookkeeping
	for j := range n {
		for k := range dim {
			axes[k*n+j] = y[j*dim+k]
		}
	}
	return func(i int, dst []float64) {
		dst = dst[:n]
		for k, v := range x[i*dim : (i+1)*dim] {
			axis := axes[k*n:][:len(dst)]
			if k == 0 {
				for j, w := range axis {
					dst[j] = (v - w) * (v - w)
				}
				continue
			}
			for j, w := range axis {
				dst[j] += (v - w) * (v - w)
			}
		}
		switch power {
		case 2:
		case 1:
			for j, square := range dst {
				dst[j] = math.Sqrt(square)
			}
		default:
			for j, square := range dst {
				dst[j] = math.Pow(square, power/2)
			}
		}
	}
}

// matrix are the costs row by row: kept where all fit into keep numbers, else computed when asked for, so that memory
// stays linear in the rows and columns.
type matrix struct {
	costs   Costs
	columns int
	kept    []float64 // nil where too large
	filled  []bool    // rows of kept
	buffer  []float64
	last    int // the row in buffer
}

const keep = 1 << 25 // 256 MiB

func newMatrix(rows, columns int, costs Costs) *matrix {
	m := &matrix{costs: costs, columns: columns, last: -1}
	if rows*columns <= keep {
		m.kept, m.filled = make([]float64, rows*columns), make([]bool, rows)
	} else {
		m.buffer = make([]float64, columns)
	}
	return m
}

// row is valid until another row is asked for.
func (m *matrix) row(i int) []float64 {
	if m.kept == nil {
		if m.last != i {
			m.costs(i, m.buffer)
			m.last = i
		}
		return m.buffer
	}
	row := m.kept[i*m.columns : (i+1)*m.columns]
	if !m.filled[i] {
		m.costs(i, row)
		m.filled[i] = true
	}
	return row
}
