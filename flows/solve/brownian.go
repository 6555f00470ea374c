package solve

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"sync"
)

// brownianDepth is the depth of the tree of dyadic intervals: times are told apart to 2^−brownianDepth.
const brownianDepth = 16

// Brownian is standard Brownian motion W(t), t ∈ [0, 1], for some members of a batch, each of some independent
// coordinates.
//
// Member k of a seed has one path: the same in any batch and whatever the times asked for, so that a solver with
// half the step refines the path that it saw before. It is Lévy's construction by bridges: W at the middle of a
// dyadic interval, given both ends, comes from the random numbers of (seed, k, that time). Times are rounded to
// 2⁻¹⁶. What a walk through time shares is kept, so a step of h costs about 16 + log₂h new numbers a coordinate, and
// one alone where steps are a power of two.
//
// It is not safe for concurrent use.
type Brownian struct {
	seed               int64
	first, count, size int

	zero, one []float64 // W(0) and W(1), [count·size]
	middles   [brownianDepth]bridge
	pending   []*bridge // to be drawn for the time asked for

	lastTime int // of last
	last     []float64
}

// bridge is W at one time, given W at two others of which it is in the middle.
type bridge struct {
	time        int // in units of 2^−brownianDepth, 0 for none yet
	w           []float64
	left, right []float64
	deviation   float64
}

// NewBrownian returns the paths of members first, first+1, … of the seed, count of them with size coordinates each. A
// negative first, and a count or size below 1, are errors.
func NewBrownian(seed int64, first, count, size int) (*Brownian, error) {
	if first < 0 || count < 1 || size < 1 {
		return nil, fmt.Errorf("solve: Brownian motion of %d members from number %d with %d coordinates; give at "+
			"least one member and coordinate", count, first, size)
	}
	b := &Brownian{seed: seed, first: first, count: count, size: size,
		zero: make([]float64, count*size), one: make([]float64, count*size), last: make([]float64, count*size)}
	b.pending = []*bridge{{time: 1 << brownianDepth, w: b.one, left: b.zero, right: b.zero, deviation: 1}}
	b.draw()
	return b, nil
}

// Increment returns W(t1) − W(t0), [count·size] by members, for times in [0, 1] in any order. It serves as
// [Noise].Increment. A time outside is an error.
func (b *Brownian) Increment(t0, t1 float64) ([]float64, error) {
	from, err := brownianTime(t0)
	if err != nil {
		return nil, err
	}
	to, err := brownianTime(t1)
	if err != nil {
		return nil, err
	}
	if from != b.lastTime {
		copy(b.last, b.at(from))
	}
	increment := make([]float64, len(b.last))
	for i, w := range b.at(to) {
		increment[i] = w - b.last[i]
		b.last[i] = w
	}
	b.lastTime = to
	return increment, nil
}

func brownianTime(t float64) (int, error) {
	const units = 1 << brownianDepth
	rounded := math.Round(t * units)
	if !(rounded >= 0 && rounded <= units) {
		return 0, fmt.Errorf("solve: Brownian motion at t=%g; it runs from 0 to 1", t)
	}
	return int(rounded), nil
}

// at is W at a time. The slice is good until the next call.
func (b *Brownian) at(time int) []float64 {
	const units = 1 << brownianDepth
	if time == 0 {
		return b.zero
	}
	if time == units {
		return b.one
	}
	low, high, left, right := 0, units, b.zero, b.one
	for level := range b.middles {
		m := &b.middles[level]
		middle := (low + high) / 2
		if m.time != middle {
			if m.w == nil {
				m.w = make([]float64, len(b.one))
			}
			width := float64(high-low) / units
			*m = bridge{time: middle, w: m.w, left: left, right: right, deviation: math.Sqrt(width / 4)}
			b.pending = append(b.pending, m)
		}
		if time == middle {
			b.draw()
			return m.w
		}
		if time < middle {
			high, right = middle, m.w
		} else {
			low, left = middle, m.w
		}
	}
	panic(fmt.Sprintf("solve: no dyadic time %d", time)) // the last level has all that are left
}

// draw fills in the pending bridges, the members shared out among the processors.
func (b *Brownian) draw() {
	const worthwhile = 1 << 14 // numbers for each goroutine
	workers := min(runtime.GOMAXPROCS(0), b.count, 1+len(b.pending)*len(b.one)/worthwhile)
	var done sync.WaitGroup
	for w := range workers {
		done.Go(func() { b.drawMembers(w*b.count/workers, (w+1)*b.count/workers) })
	}
	done.Wait()
	b.pending = b.pending[:0]
}

func (b *Brownian) drawMembers(from, to int) {
	source := &rand.PCG{}
	rng := rand.New(source)
	for member := from; member < to; member++ {
		for _, p := range b.pending {
			key := mix(mix(mix(uint64(b.seed))+uint64(b.first+member)) + uint64(p.time))
			source.Seed(key, mix(key))
			for i := member * b.size; i < (member+1)*b.size; i++ {
				p.w[i] = (p.left[i]+p.right[i])/2 + p.deviation*rng.NormFloat64()
			}
		}
	}
}

// mix is a bijection that flips each bit of its result half the time for any change of its argument: SplitMix64's
// step. Steele, Lea, Flood, Fast Splittable Pseudorandom Number Generators, 2014.
func mix(z uint64) uint64 {
	z += 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
