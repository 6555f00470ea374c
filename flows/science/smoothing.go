package science

import (
	"math"
	"slices"
	"sync"
)

// DefaultSmoothing is the [SnapshotOptions.Smoothing] that the command trains with. docs/measurements/snapshots.md has
// what others do.
const DefaultSmoothing = 0.5

// MostSmoothing is the greatest [SnapshotOptions.Smoothing], by which cells are far wider than a snapshot.
const MostSmoothing = 100

// probes are the cells of a snapshot whose nearest neighbours are looked for.
const probes = 256

// smoothing makes a Gaussian of each cell: a snapshot is then learned as a kernel density estimate. All cells of a
// chain are moved by the same noise, so that the velocity along the chain stays what it was.
type smoothing struct {
	bandwidth func() float64 // found once, when the first batch is drawn
	dim       int
	seed      int64
}

// smoothing is that of the snapshots as they are when a batch is first drawn.
func (s *Snapshots) smoothing(seed int64) smoothing {
	return smoothing{dim: s.Dim, seed: seed, bandwidth: sync.OnceValue(s.Bandwidth)}
}

// apply adds the noise of a step to a batch of rows of width numbers, each of which begins with points.
func (s smoothing) apply(flat []float32, step, width, points int) {
	h := s.bandwidth()
	if h == 0 {
		return
	}
	rng := generator("smooth", s.seed, uint64(step))
	noise := make([]float64, s.dim)
	for row := range slices.Chunk(flat, width) {
		for j := range noise {
			noise[j] = h * rng.NormFloat64()
		}
		for i := range row[:points*s.dim] {
			row[i] += float32(noise[i%s.dim])
		}
	}
}

// Bandwidth is the standard deviation, in each coordinate that is learned, of the Gaussian that stands for a cell: the
// smoothing that was asked for times the median distance of a cell to the nearest other one of its time, divided by
// √Dim. It is found from at most 256 cells of each time, and 0 where no time that is learned has two cells.
func (s *Snapshots) Bandwidth() float64 {
	if s.smooth == 0 {
		return 0
	}
	var nearest []float64
	for _, cells := range s.learned() {
		n := len(cells) / s.Dim
		for k := range min(n, probes) {
			if d := squareToNearest(cells, s.Dim, k*n/min(n, probes)); !math.IsInf(d, 1) {
				nearest = append(nearest, math.Sqrt(d/float64(s.Dim)))
			}
		}
	}
	if len(nearest) == 0 {
		return 0
	}
	slices.Sort(nearest)
	return s.smooth * (nearest[(len(nearest)-1)/2] + nearest[len(nearest)/2]) / 2
}

// squareToNearest is the squared distance of cell i to the nearest other one, +∞ where there is none.
func squareToNearest(cells []float64, dim, i int) float64 {
	least, from := math.Inf(1), cells[i*dim:(i+1)*dim]
	for j := range len(cells) / dim {
		if j == i {
			continue
		}
		var sum float64
		for k, v := range cells[j*dim : (j+1)*dim] {
			sum += (v - from[k]) * (v - from[k])
		}
		least = min(least, sum)
	}
	return least
}
