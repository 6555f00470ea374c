package science

import "math/rand/v2"

// Metropolis samples from a density by random-walk Metropolis: from x it proposes N(x, Step² I) and goes there with the
// probability min(1, density ratio). Metropolis et al., Equation of state calculations by fast computing machines,
// 1953.
type Metropolis struct {
	Dim     int
	Density func(x []float64) float64 // up to a factor
	Start   float64                   // a chain starts from N(0, Start² I), where the density isn't 0
	Step    float64
	BurnIn  int // steps of a chain before its first sample
	Thin    int // steps from one sample to the next
}

// chain is the number of samples from one chain.
const chain = 64

// Sample draws count points, Dim coordinates after Dim coordinates, from as many chains as it takes, and tells the
// share of proposals that were accepted. Chain k of a seed is the same whatever the count.
func (m Metropolis) Sample(use string, seed int64, count int) (points []float64, accepted float64) {
	return m.sample(use, seed, 0, count)
}

// sample draws points first, first+1, … of a seed.
func (m Metropolis) sample(use string, seed int64, first, count int) (points []float64, accepted float64) {
	moved, steps, skip := 0, 0, first%chain
	for k := first / chain; len(points) < count*m.Dim; k++ {
		w := walker{Metropolis: m, rng: generator(use, seed, uint64(k)), x: make([]float64, m.Dim),
			to: make([]float64, m.Dim)}
		w.start()
		w.walk(m.BurnIn)
		w.moved = 0 // the way in says nothing about the density
		for i := range min(chain, skip+count-len(points)/m.Dim) {
			w.walk(m.Thin)
			steps += m.Thin
			if i >= skip {
				points = append(points, w.x...)
			}
		}
		skip = 0
		moved += w.moved
	}
	return points, float64(moved) / float64(max(1, steps))
}

// walker is a chain.
type walker struct {
	Metropolis
	rng     *rand.Rand
	x, to   []float64
	density float64
	moved   int
}

func (w *walker) start() {
	for try := 0; try < 1000 && !(w.density > 0); try++ {
		for i := range w.x {
			w.x[i] = w.Start * w.rng.NormFloat64()
		}
		w.density = w.Metropolis.Density(w.x)
	}
}

func (w *walker) walk(steps int) {
	for range steps {
		for i, v := range w.x {
			w.to[i] = v + w.Step*w.rng.NormFloat64()
		}
		if density := w.Metropolis.Density(w.to); density >= w.rng.Float64()*w.density {
			w.x, w.to, w.density = w.to, w.x, density
			w.moved++
		}
	}
}
