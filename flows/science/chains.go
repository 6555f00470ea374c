package science

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/amgen/amgen/internal/transport"
)

// Snapshots are coupled whole where no two neighbours have more than mostPairs pairs of cells. Else sampled cells of
// each are, and others after every redrawn steps.
const (
	mostPairs = 1 << 20
	sampled   = 512
	redrawn   = 1000
)

// chains draws chains of cells, one of each snapshot, by the optimal plans between neighbours: each leads on from its
// cell to one that the plan moves mass to, with the probability that the plan has. So the cells of each snapshot are
// drawn alike. It is safe for concurrent use.
type chains struct {
	dim       int
	cells     [][]float64 // of each snapshot
	generator func(k uint64) *rand.Rand

	mu    sync.Mutex
	epoch int // that the plans are of, −1 for none
	coupled
}

// coupled are cells, and the plans between neighbours.
type coupled struct {
	from [][]float64
	next []transitions
}

// transitions say where the mass of each cell goes: of cell i to to[k], first[i] ≤ k < first[i+1], where share[k] is
// the part of it that goes there or to one before.
type transitions struct {
	first, to []int
	share     []float64
}

func newChains(dim int, cells [][]float64, generator func(k uint64) *rand.Rand) *chains {
	return &chains{dim: dim, cells: cells, generator: generator, epoch: -1}
}

// whole tells whether plans are between all cells.
func (c *chains) whole() bool {
	for k := range c.cells[1:] {
		if len(c.cells[k])/c.dim*(len(c.cells[k+1])/c.dim) > mostPairs {
			return false
		}
	}
	return true
}

// at are the plans of a step. Those that are missing are found on several cores.
func (c *chains) at(step int) (coupled, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	epoch := 0
	if !c.whole() {
		epoch = step / redrawn
	}
	if epoch == c.epoch {
		return c.coupled, nil
	}
	now := coupled{next: make([]transitions, len(c.cells)-1)}
	for k, cells := range c.cells {
		if !c.whole() && len(cells)/c.dim > sampled {
			cells = choose(c.generator(uint64(epoch*len(c.cells)+k)), cells, c.dim, sampled)
		}
		now.from = append(now.from, cells)
	}
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for k := range now.next {
		group.Go(func() (err error) {
			if now.next[k], err = couple(c.dim, now.from[k], now.from[k+1]); err != nil {
				err = fmt.Errorf("science: between snapshots %d and %d: %w", k+1, k+2, err)
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return coupled{}, err
	}
	c.coupled, c.epoch = now, epoch
	return now, nil
}

// couple finds the optimal plan between two snapshots, whose cells share their masses evenly, for squared distances.
func couple(dim int, x, y []float64) (transitions, error) {
	n, m := len(x)/dim, len(y)/dim
	flows, _, err := transport.Plan(transport.Even(n, 1), transport.Even(m, 1), transport.Euclidean(dim, 2, x, y))
	if err != nil {
		return transitions{}, err
	}
	slices.SortFunc(flows, func(a, b transport.Flow) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
	})
	t := transitions{first: make([]int, n+1)}
	for k, f := range flows {
		share := f.Mass * float64(n)
		if k > 0 && flows[k-1].From == f.From {
			share += t.share[k-1]
		}
		t.first[f.From+1] = k + 1
		t.to, t.share = append(t.to, f.To), append(t.share, share)
	}
	return t, nil
}

// lead is where a part of the mass of cell i, from 0 to 1, goes.
func (t transitions) lead(i int, part float64) int {
	first, end := t.first[i], t.first[i+1]
	k, _ := slices.BinarySearch(t.share[first:end], part*t.share[end-1])
	return t.to[min(first+k, end-1)]
}

// batch draws the chains of a step, [count, snapshots, dim]. Each cell of the first snapshot begins as many as the
// others or one more.
func (c *chains) batch(step, count int, rng *rand.Rand) ([]float32, error) {
	plans, err := c.at(step)
	if err != nil {
		return nil, err
	}
	flat := make([]float32, 0, count*len(plans.from)*c.dim)
	n := len(plans.from[0]) / c.dim
	var order []int
	for range count {
		if len(order) == 0 {
			order = rng.Perm(n)
		}
		i := order[0]
		order = order[1:]
		for k, cells := range plans.from {
			if k > 0 {
				i = plans.next[k-1].lead(i, rng.Float64())
			}
			for _, v := range cells[i*c.dim : (i+1)*c.dim] {
				flat = append(flat, float32(v))
			}
		}
	}
	return flat, nil
}

// chainTime estimates how long the plans between snapshots of n and m cells take: once, and on average for each step.
func chainTime(n, m int, whole bool) (once, each time.Duration) {
	seconds := func(n, m int) time.Duration { // of a core
		return time.Duration(2e-10 * math.Pow(float64(n)*float64(m), 1.6) * float64(time.Second))
	}
	if whole {
		return seconds(n, m), 0
	}
	return 0, seconds(min(n, sampled), min(m, sampled)) / redrawn
}
