package cells

import (
	"runtime"
	"sync"
)

// nearest finds the measured cells of one snapshot that are nearest to points, and their labels.
type nearest struct {
	points []float64 // of the snapshot, in the coordinates that the model learns
	dim, k int
	label  []int // of each point
	labels int
}

// newNearest looks for the k nearest cells of a snapshot, or all where there are fewer.
func newNearest(c *Cells, snapshot, k int, f *Fates) *nearest {
	s := c.snapshots
	n := &nearest{points: s.Cells[snapshot], dim: s.Dim, k: min(k, s.Len(snapshot)), labels: len(f.Labels)}
	for _, row := range s.Population.Rows[snapshot] {
		n.label = append(n.label, f.Now[row])
	}
	return n
}

// shares are those of the labels among the cells nearest to each point, [points, labels].
func (n *nearest) shares(points []float32) []float64 {
	count := len(points) / n.dim
	out := make([]float64, count*n.labels)
	workers := min(runtime.GOMAXPROCS(0), count)
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			found := make([]neighbour, 0, n.k)
			for i := w; i < count; i += workers {
				found = n.find(points[i*n.dim:(i+1)*n.dim], found[:0])
				shares := out[i*n.labels : (i+1)*n.labels]
				for _, near := range found {
					shares[n.label[near.cell]]++
				}
				for j := range shares {
					shares[j] /= float64(len(found))
				}
			}
		})
	}
	all.Wait()
	return out
}

// neighbour is a cell at a squared distance.
type neighbour struct {
	cell   int
	square float64
}

// find appends the nearest cells to found, the nearest first; of two at one distance the earlier.
func (n *nearest) find(x []float32, found []neighbour) []neighbour {
	for cell := range n.label {
		square := 0.0
		for j, v := range n.points[cell*n.dim : (cell+1)*n.dim] {
			d := v - float64(x[j])
			square += d * d
		}
		at := len(found)
		for at > 0 && square < found[at-1].square {
			at--
		}
		if at == n.k {
			continue
		}
		if len(found) < n.k {
			found = append(found, neighbour{})
		}
		copy(found[at+1:], found[at:])
		found[at] = neighbour{cell, square}
	}
	return found
}
