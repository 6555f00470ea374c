package wfr

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"sort"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/amgen/amgen/internal/transport"
)

// Snapshots are the cells of a population at two times or more, with the mass that each time has.
type Snapshots struct {
	Dim   int
	Delta float64 // δ, in the units of the cells
	// Cells are those of each time, Dim coordinates after Dim coordinates.
	Cells [][]float64
	// Masses of all times, positive; the cells of one time share its mass evenly.
	Masses []float64
}

// Cells of two neighbouring times are coupled whole where there are no more than mostPairs pairs of them. Else sampled
// cells of each are, and others after every redrawn steps.
const (
	mostPairs = 1 << 20
	sampled   = 512
	redrawn   = 500
)

// Pairs draws pairs of cells of neighbouring times from the unbalanced plans between them. It is safe for concurrent
// use.
type Pairs struct {
	of        Snapshots
	generator func(k uint64) *rand.Rand

	mu    sync.Mutex
	plans []*plan // of each interval
	epoch int     // that the plans of sampled cells are of
}

// NewPairs returns the pairs of snapshots. generator k, of any number, is the k-th source of random numbers.
func NewPairs(s Snapshots, generator func(k uint64) *rand.Rand) (*Pairs, error) {
	if len(s.Cells) < 2 || len(s.Masses) != len(s.Cells) || s.Dim < 1 || !(s.Delta > 0) || math.IsInf(s.Delta, 0) {
		return nil, fmt.Errorf("wfr: %d snapshots with %d masses in %d dimensions, δ = %g; give two snapshots at "+
			"least, a mass for each and a positive δ", len(s.Cells), len(s.Masses), s.Dim, s.Delta)
	}
	for k, m := range s.Masses {
		if !(m > 0) || math.IsInf(m, 0) || len(s.Cells[k]) < s.Dim {
			return nil, fmt.Errorf("wfr: snapshot %d has mass %g and %d cells; give it a positive mass and a cell", k+1,
				m, len(s.Cells[k])/s.Dim)
		}
	}
	return &Pairs{of: s, generator: generator, plans: make([]*plan, len(s.Cells)-1), epoch: -1}, nil
}

// Width is how many numbers a pair is in a batch: two points and the geodesic's line.
func (p *Pairs) Width() int { return 2*p.of.Dim + lineNumbers }

// lineNumbers is the number of fields of a line.
const lineNumbers = 4

// Batch draws count pairs of each interval for a step: [count, intervals, Width]. Pair k of one interval has nothing to
// do with that of another. The expected masses of a pair are those of its snapshots: pairs of more mass are drawn more
// often. The step's random numbers are rng's.
func (p *Pairs) Batch(step, count int, rng *rand.Rand) ([]float32, error) {
	plans, err := p.at(step)
	if err != nil {
		return nil, err
	}
	width := p.Width()
	flat := make([]float32, count*len(plans)*width)
	for k, plan := range plans {
		order := rng.Perm(count)
		for i := range count {
			// Stratified: the i-th of count equal parts of all mass.
			drawn := plan.draw((float64(i) + rng.Float64()) / float64(count))
			plan.write(drawn, p.of.Dim, flat[(order[i]*len(plans)+k)*width:][:width])
		}
	}
	return flat, nil
}

// at are the plans of a step. Those that are missing are found on several cores.
func (p *Pairs) at(step int) ([]*plan, error) {
	const together = 4 // each takes memory of several times its costs
	p.mu.Lock()
	defer p.mu.Unlock()
	epoch := step / redrawn
	var group errgroup.Group
	group.SetLimit(min(together, runtime.GOMAXPROCS(0)))
	for k := range p.plans {
		x, y := p.of.Cells[k], p.of.Cells[k+1]
		whole := len(x)/p.of.Dim*(len(y)/p.of.Dim) <= mostPairs
		if p.plans[k] != nil && (whole || epoch == p.epoch) {
			continue
		}
		if !whole {
			rng := p.generator(uint64(epoch*len(p.plans) + k))
			x, y = sample(rng, x, p.of.Dim), sample(rng, y, p.of.Dim)
		}
		group.Go(func() (err error) {
			if p.plans[k], err = couple(p.of.Dim, p.of.Delta, x, y, p.of.Masses[k], p.of.Masses[k+1]); err != nil {
				err = fmt.Errorf("wfr: between snapshots %d and %d: %w", k+1, k+2, err)
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	p.epoch = epoch
	return append([]*plan(nil), p.plans...), nil
}

// sample chooses some of many cells.
func sample(rng *rand.Rand, cells []float64, dim int) []float64 {
	n := len(cells) / dim
	if n <= sampled {
		return cells
	}
	out := make([]float64, 0, sampled*dim)
	for _, i := range rng.Perm(n)[:sampled] {
		out = append(out, cells[i*dim:(i+1)*dim]...)
	}
	return out
}

// plan is what moves between two snapshots: geodesics, with the cells that they lead from and to.
type plan struct {
	x, y       []float64
	from, to   []int // −1 where mass is born, or dies
	lines      []line
	cumulative []float64 // mass of the pairs up to each
}

// couple finds the geodesics between two snapshots whose cells share masses evenly.
//
// Of an optimal unbalanced plan π with marginals p and q, the pair (i, j) leads from mass π_ij μ_i/p_i to mass
// π_ij ν_j/q_j: so all of both snapshots is reached. Liero, Mielke and Savaré 2018, section 8.
func couple(dim int, delta float64, x, y []float64, massX, massY float64) (*plan, error) {
	n, m := len(x)/dim, len(y)/dim
	supply, demand := transport.Even(n, massX), transport.Even(m, massY)
	r, err := transport.Unbalanced(supply, demand, transport.WFR(dim, delta, x, y))
	if err != nil {
		return nil, err
	}
	p := &plan{x: x, y: y}
	add := func(from, to int, a, b float64) {
		g := Geodesic{Delta: delta, MassFrom: a, MassTo: b}
		if from >= 0 && to >= 0 {
			g.From, g.To = x[from*dim:(from+1)*dim], y[to*dim:(to+1)*dim]
		}
		l, mean := g.line(), (a+b)/2
		scale := 1 / math.Sqrt(mean) // a pair is drawn as often as it has mass, and has mass 1 then
		p.lines = append(p.lines, line{l.start * scale, l.cos * scale, l.sin * scale, l.sinc * scale})
		p.from, p.to = append(p.from, from), append(p.to, to)
		if len(p.cumulative) > 0 {
			mean += p.cumulative[len(p.cumulative)-1]
		}
		p.cumulative = append(p.cumulative, mean)
	}
	for _, f := range r.Flows {
		add(f.From, f.To, f.Mass*supply[f.From]/r.Rows[f.From], f.Mass*demand[f.To]/r.Columns[f.To])
	}
	for i, moved := range r.Rows {
		if moved == 0 {
			add(i, -1, supply[i], 0)
		}
	}
	for j, moved := range r.Columns {
		if moved == 0 {
			add(-1, j, 0, demand[j])
		}
	}
	return p, nil
}

// draw is the pair at a part of all mass, from 0 to 1.
func (p *plan) draw(part float64) int {
	total := p.cumulative[len(p.cumulative)-1]
	return min(sort.SearchFloat64s(p.cumulative, part*total), len(p.cumulative)-1)
}

// write puts a pair into a batch.
func (p *plan) write(k, dim int, to []float32) {
	from, end := p.x, p.y
	i, j := p.from[k], p.to[k]
	if i < 0 { // born where it is
		from, i = p.y, j
	}
	if j < 0 {
		end, j = p.x, i
	}
	for c := range dim {
		to[c], to[dim+c] = float32(from[i*dim+c]), float32(end[j*dim+c])
	}
	root := math.Sqrt(p.cumulative[len(p.cumulative)-1])
	l := p.lines[k]
	for c, v := range []float64{l.start, l.cos, l.sin, l.sinc} {
		to[2*dim+c] = float32(v * root)
	}
}

// PlanTime estimates how long the plan between snapshots of n and m cells takes: once, or on average for each step
// where cells are sampled. It is good to a factor of two.
func PlanTime(n, m int) (once, each time.Duration) {
	const perCube = 3.5e-9 // seconds, of a core with AVX-512
	seconds := func(n, m int) time.Duration {
		return time.Duration(perCube * float64(n) * float64(m) * float64(min(n, m)) * float64(time.Second))
	}
	if n*m <= mostPairs {
		return seconds(n, m), 0
	}
	return 0, seconds(min(n, sampled), min(m, sampled)) / redrawn
}
