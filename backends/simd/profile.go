package simd

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
)

// profileEnv names the environment variable that turns profiling on. The profile is printed to stderr by Finalize.
const profileEnv = "AMGEN_SIMD_PROFILE"

// profile sums up the time of steps by what they do.
type profile struct {
	mu      sync.Mutex
	enabled bool
	now     func() time.Duration // the clock
	entries map[string]*profileEntry
}

type profileEntry struct {
	calls int
	total time.Duration
	bytes int // read and written, over all calls
}

func (p *profile) add(s *step, elapsed time.Duration) {
	label, bytes := s.label()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.entries == nil {
		p.entries = make(map[string]*profileEntry)
	}
	e := p.entries[label]
	if e == nil {
		e = &profileEntry{}
		p.entries[label] = e
	}
	e.calls++
	e.total += elapsed
	e.bytes += bytes
}

// label describes what a step does, alike for steps that cost alike, and counts the bytes it moves.
func (s *step) label() (label string, bytes int) {
	for _, size := range s.size {
		bytes += size
	}
	var shapes []string
	for _, n := range s.in {
		bytes += int(n.shape.Memory())
		shapes = append(shapes, fmt.Sprint(n.shape.Dimensions))
	}
	if s.parts == nil {
		return fmt.Sprintf("%s %v ← %s", opName(s.node.op), s.node.shape.Dimensions, strings.Join(shapes, " ")), bytes
	}
	slices.Sort(shapes)
	var kinds []string
	ops, stores, space := 0, 0, 0
	for _, part := range s.parts {
		p := part.prog
		ops += len(p.instrs)
		stores += len(p.stores)
		space = max(space, p.size)
		for i := range p.reduces {
			n := s.out[part.out[len(p.stores)+i]]
			kinds = append(kinds, fmt.Sprintf("%s%v", opName(n.op), n.shape.Dimensions))
		}
	}
	return fmt.Sprintf("cluster %d: %d parts, %d ops, %d stores, %v → %v", space, len(s.parts), ops, stores,
		compact(shapes), kinds), bytes
}

// compact writes repeated strings once, with their number.
func compact(sorted []string) []string {
	var out []string
	for i := 0; i < len(sorted); {
		j := i
		for j < len(sorted) && sorted[j] == sorted[i] {
			j++
		}
		out = append(out, fmt.Sprintf("%d×%s", j-i, sorted[i]))
		i = j
	}
	return out
}

// Profile reports where the time went, the most expensive steps first, since the backend was created with
// AMGEN_SIMD_PROFILE=1 in the environment; without it, the report is empty.
func (b *Backend) Profile() string {
	b.profile.mu.Lock()
	defer b.profile.mu.Unlock()
	var total time.Duration
	kinds := map[string]time.Duration{}
	for label, e := range b.profile.entries {
		total += e.total
		kinds[strings.Fields(label)[0]] += e.total
	}
	if total == 0 {
		return ""
	}
	var out strings.Builder
	byTime := func(a, b string) int { return cmp.Compare(kinds[b], kinds[a]) }
	for _, kind := range slices.SortedFunc(maps.Keys(kinds), byTime) {
		fmt.Fprintf(&out, "%6.1f %% %12v  %s\n", 100*float64(kinds[kind])/float64(total), kinds[kind].Round(time.Microsecond), kind)
	}
	byEntry := func(a, c string) int { return cmp.Compare(b.profile.entries[c].total, b.profile.entries[a].total) }
	for _, label := range slices.SortedFunc(maps.Keys(b.profile.entries), byEntry) {
		e := b.profile.entries[label]
		fmt.Fprintf(&out, "%6.1f %% %12v %6d× %10v %6.1f GB/s  %s\n", 100*float64(e.total)/float64(total),
			e.total.Round(time.Microsecond), e.calls, (e.total / time.Duration(e.calls)).Round(100*time.Nanosecond),
			float64(e.bytes)/float64(e.total.Nanoseconds()), label)
	}
	return out.String()
}

func (b *Backend) printProfile() {
	if report := b.Profile(); report != "" {
		fmt.Fprint(os.Stderr, report)
	}
}
