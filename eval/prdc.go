package eval

import (
	"fmt"
	"slices"
	"sync"
)

// PRDC compares where two sets of features lie. The manifold of a set is the union of balls around its points, each as
// large as to reach the point's k-th nearest neighbour in the set.
//
//   - precision: the share of the generated in the manifold of the reference; recall: that of the reference in the
//     manifold of the generated: Kynkäänniemi et al., Improved precision and recall metric, 2019.
//   - density: how many balls of the reference hold a generated point, over k and on average; coverage: the share of
//     the reference's balls that hold a generated point: Naeem et al., Reliable fidelity and diversity metrics, 2020.
//
// Balls are closed, so what is a copy of a reference point is in its manifold even where that point has k copies.
type PRDC struct {
	// Neighbours of precision and recall; 0 are 3.
	Neighbours int
	// DensityNeighbours of density and coverage; 0 are [DensityNeighbours].
	DensityNeighbours int
}

// DensityNeighbours is the usual number for density and coverage.
const DensityNeighbours = 5

// Manifolds is what [PRDC] finds. The standard errors are those of means over the points that are asked about (of the
// generated in precision and density, of the reference in the others), taking the balls as given.
type Manifolds struct {
	Precision Estimate `json:"precision"`
	Recall    Estimate `json:"recall"`
	Density   Estimate `json:"density"`
	Coverage  Estimate `json:"coverage"`
}

// Between finds them in O((n + m)²·dim) time and O(n + m) memory, besides the clouds. They depend on the numbers of
// points: compare values of the same numbers, 10 000 each as a rule. Fewer points than neighbours and one more,
// different dimensions, and numbers that are not finite are errors.
func (p PRDC) Between(generated, reference Cloud) (Manifolds, error) {
	if p.Neighbours == 0 {
		p.Neighbours = 3
	}
	if p.DensityNeighbours == 0 {
		p.DensityNeighbours = DensityNeighbours
	}
	if p.Neighbours < 1 || p.DensityNeighbours < 1 {
		return Manifolds{}, fmt.Errorf("eval: manifolds of %d and %d neighbours; give at least one", p.Neighbours,
			p.DensityNeighbours)
	}
	most := max(p.Neighbours, p.DensityNeighbours)
	if err := checkSamples(fmt.Sprintf("manifolds of %d neighbours", most), most+1, generated, reference); err != nil {
		return Manifolds{}, err
	}
	ofReference, ofGenerated := nearest(reference, most), nearest(generated, most)
	m := membership{
		reference:   radii(ofReference, p.Neighbours, reference),
		dense:       radii(ofReference, p.DensityNeighbours, reference),
		generated:   radii(ofGenerated, p.Neighbours, generated),
		inReference: make([]bool, generated.Len()), inGenerated: make([]bool, reference.Len()),
		balls: make([]int, generated.Len()), covered: make([]bool, reference.Len()),
	}
	eachTile(reference, generated, false, squaredDistances, m.ask)
	density := make([]float64, len(m.balls))
	for j, n := range m.balls {
		density[j] = float64(n) / float64(p.DensityNeighbours)
	}
	return Manifolds{Precision: share(m.inReference), Recall: share(m.inGenerated), Density: meanOf(density),
		Coverage: share(m.covered)}, nil
}

// share is the share of true, with its standard error.
func share(flags []bool) Estimate {
	values := make([]float64, len(flags))
	for i, f := range flags {
		if f {
			values[i] = 1
		}
	}
	return meanOf(values)
}

// membership gathers which points are in which balls, given by the squares of their radii.
type membership struct {
	reference, generated, dense []float64

	mu                       sync.Mutex
	inReference, inGenerated []bool
	balls                    []int
	covered                  []bool
}

// ask compares the pairs of a tile, the reference's points down and the generated across.
func (m *membership) ask(t tile) {
	inReference, inGenerated := make([]bool, t.cols), make([]bool, t.rows)
	balls, covered := make([]int, t.cols), make([]bool, t.rows)
	for i := range t.rows {
		radius, dense := m.reference[t.row+i], m.dense[t.row+i]
		for j, square := range t.at(i) {
			if square <= radius {
				inReference[j] = true
			}
			if square <= m.generated[t.col+j] {
				inGenerated[i] = true
			}
			if square <= dense {
				balls[j]++
				covered[i] = true
			}
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for j := range t.cols {
		m.inReference[t.col+j] = m.inReference[t.col+j] || inReference[j]
		m.balls[t.col+j] += balls[j]
	}
	for i := range t.rows {
		m.inGenerated[t.row+i] = m.inGenerated[t.row+i] || inGenerated[i]
		m.covered[t.row+i] = m.covered[t.row+i] || covered[i]
	}
}

// nearest returns the squared distances of each point to its nearest so many others, in order.
func nearest(c Cloud, count int) [][]float64 {
	found := make([]shortlist, c.Len())
	for i := range found {
		found[i] = make(shortlist, 0, count)
	}
	locks := make([]sync.Mutex, (c.Len()+tileSide-1)/tileSide)
	eachTile(c, c, true, squaredDistances, func(t tile) {
		down := &locks[t.row/tileSide]
		down.Lock()
		for i := range t.rows {
			for j, square := range t.at(i) {
				if t.row+i != t.col+j {
					found[t.row+i].add(square)
				}
			}
		}
		down.Unlock()
		if !t.mirrored {
			return
		}
		across := &locks[t.col/tileSide]
		across.Lock()
		for i := range t.rows {
			for j, square := range t.at(i) {
				found[t.col+j].add(square)
			}
		}
		across.Unlock()
	})
	out := make([][]float64, len(found))
	for i, f := range found {
		out[i] = f
	}
	return out
}

// shortlist holds the least values that were added, in order, up to its capacity.
type shortlist []float64

func (s *shortlist) add(v float64) {
	list := *s
	if len(list) == cap(list) {
		if v >= list[len(list)-1] {
			return
		}
		list = list[:len(list)-1]
	}
	at := len(list)
	for at > 0 && list[at-1] > v {
		at--
	}
	*s = slices.Insert(list, at, v)
}

// radii are the squares of the distances to the k-th nearest, widened by what rounding may take from a distance in
// another tile, which depends on the spread of the points: the balls are closed.
func radii(near [][]float64, k int, c Cloud) []float64 {
	slack := 0.0
	if c.Dim >= fewDimensions {
		slack = 1e-12 * spread(c)
	}
	squares := make([]float64, len(near))
	for i, list := range near {
		squares[i] = list[k-1] + slack
	}
	return squares
}

// spread is the mean squared distance from the mean.
func spread(c Cloud) float64 {
	mean, sum := make([]float64, c.Dim), 0.0
	for i := range c.numbers() {
		mean[i%c.Dim] += c.number(i) / float64(c.Len())
	}
	for i := range c.numbers() {
		d := c.number(i) - mean[i%c.Dim]
		sum += d * d / float64(c.Len())
	}
	return sum
}
