package science

import (
	"math"
	"runtime"
	"time"

	"github.com/amgen/amgen/flows/wfr"
)

// CouplingTime estimates how long the coupling of cells takes: once, and on average for each batch of training. The
// assignments of a batch are timed, on one core, and shared out among those that there are; a large batch is judged by
// a smaller one. Plans are judged by the numbers of cells.
func (s *Snapshots) CouplingTime(batch int) (once, each time.Duration) {
	kept := s.kept()
	switch s.coupling {
	case OptimalTransport:
		const timed, power = 512, 2.5 // of the time in the number of cells
		size := max(1, min(batch, timed))
		batches, err := s.Batches(size, 0)
		if err != nil {
			return 0, 0
		}
		least := time.Duration(math.MaxInt64)
		for step := range 2 {
			began := time.Now()
			_, _ = batches.batch(step)
			least = min(least, time.Since(began))
		}
		larger := math.Pow(float64(batch)/float64(size), power)
		return 0, time.Duration(float64(least) * larger / float64(runtime.GOMAXPROCS(0)))
	case ExactTransport:
		whole := newChains(s.Dim, s.learned(), nil).whole()
		for i, k := range kept[1:] {
			a, b := chainTime(s.Len(kept[i]), s.Len(k), whole)
			once, each = once+a, each+b
		}
	case Unbalanced:
		for i, k := range kept[1:] {
			a, b := wfr.PlanTime(s.Len(kept[i]), s.Len(k))
			once, each = once+a, each+b
		}
	}
	return once, each
}
