package simd

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"github.com/amgen/amgen/backends/simd/internal/plan"
)

// profile sums up the time of steps by what they do.
type profile struct {
	mu      sync.Mutex
	enabled bool
	entries map[string]*ProfileEntry     // by Kind and Shapes
	steps   map[*plan.Step]*ProfileEntry // those whose entry is known
}

// ProfileEntry is the total of all steps of one kind and the same shapes.
type ProfileEntry struct {
	Kind   string // the op, or "cluster" for fused element-wise ops and reductions
	Shapes string // of the result and the operands; of a cluster, also its size
	Count  int
	Time   time.Duration
	FLOPs  int64 // of products, the multiplications and additions of the direct form; of clusters, the ops an element
	Bytes  int64 // read from memory and written, each array once a step
}

// add accounts for one execution of a step.
func (p *profile) add(s *plan.Step, elapsed time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	e := p.steps[s]
	if e == nil {
		kind, shapes := s.Describe()
		key := kind + " " + shapes
		if e = p.entries[key]; e == nil {
			e = &ProfileEntry{Kind: kind, Shapes: shapes}
			p.entries[key] = e
		}
		p.steps[s] = e
	}
	e.Count++
	e.Time += elapsed
	e.FLOPs += s.FLOPs()
	e.Bytes += s.Bytes()
}

// reset discards the measurements.
func (p *profile) reset() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.entries, p.steps = map[string]*ProfileEntry{}, map[*plan.Step]*ProfileEntry{}
}

// Profile returns the time of each kind of step since the backend was created, or since the last ResetProfile. Entries
// are in descending order of time. Without the option profile=on there are none.
func (b *Backend) Profile() []ProfileEntry {
	b.profile.mu.Lock()
	defer b.profile.mu.Unlock()
	var list []ProfileEntry
	for _, e := range b.profile.entries {
		list = append(list, *e)
	}
	slices.SortFunc(list, func(x, y ProfileEntry) int {
		return cmp.Or(cmp.Compare(y.Time, x.Time), cmp.Compare(x.Kind+x.Shapes, y.Kind+y.Shapes))
	})
	return list
}

// ResetProfile discards the measurements so far, for instance those of steps that include compilation.
func (b *Backend) ResetProfile() { b.profile.reset() }
