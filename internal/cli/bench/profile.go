package bench

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/gomlx/gomlx/backends"

	"github.com/amgen/amgen/backends/engine"
	"github.com/amgen/amgen/backends/simd"
	"github.com/amgen/amgen/internal/cli/flags"
)

// ProfileReport says where the time of a step went, the most expensive lines first.
type ProfileReport struct {
	Kinds  []ProfileLine `json:"kinds"`  // by op; fused element-wise ops and reductions are "cluster"
	Shapes []ProfileLine `json:"shapes"` // by op and shapes
}

// ProfileLine is what ops of a kind (and shapes) take in one step.
type ProfileLine struct {
	Kind   string  `json:"kind"`
	Shapes string  `json:"shapes,omitempty"`
	Count  float64 `json:"count"`
	MS     float64 `json:"ms"`
	Share  float64 `json:"share"`  // of the step's time in ops
	GFLOPS float64 `json:"gflops"` // of convolutions by their direct form; of clusters, ops on elements
	GBs    float64 `json:"gb_s"`   // read and written, each array once an op
}

// profiledBackend adds profiling to the configuration of an engine.
func profiledBackend(config string) (string, error) {
	choice, err := engine.Parse(config)
	if err != nil {
		return "", flags.Usage(err)
	}
	profiled, ok := choice.Profiled()
	if !ok {
		return "", flags.Usagef("--profile needs --backend %s, which measures its ops, got %s", simd.BackendName,
			config)
	}
	return profiled.String(), nil
}

// profileOf reports what was measured over so many steps, nil if nothing was.
func profileOf(b backends.Backend, steps int) *ProfileReport {
	engine, ok := b.(*simd.Backend)
	if !ok {
		return nil
	}
	entries := engine.Profile()
	if len(entries) == 0 {
		return nil
	}
	var total time.Duration
	kinds := map[string]simd.ProfileEntry{}
	for _, e := range entries {
		total += e.Time
		k := kinds[e.Kind]
		kinds[e.Kind] = simd.ProfileEntry{Kind: e.Kind, Count: k.Count + e.Count, Time: k.Time + e.Time,
			FLOPs: k.FLOPs + e.FLOPs, Bytes: k.Bytes + e.Bytes}
	}
	r := &ProfileReport{}
	for _, e := range entries {
		r.Shapes = append(r.Shapes, profileLine(e, steps, total))
	}
	for _, e := range kinds {
		r.Kinds = append(r.Kinds, profileLine(e, steps, total))
	}
	slices.SortFunc(r.Kinds, func(a, b ProfileLine) int {
		return cmp.Or(cmp.Compare(b.MS, a.MS), cmp.Compare(a.Kind, b.Kind))
	})
	return r
}

func profileLine(e simd.ProfileEntry, steps int, total time.Duration) ProfileLine {
	ns := float64(max(e.Time.Nanoseconds(), 1))
	return ProfileLine{
		Kind: e.Kind, Shapes: e.Shapes, Count: float64(e.Count) / float64(steps), MS: ms(e.Time) / float64(steps),
		Share: float64(e.Time) / float64(max(total, 1)), GFLOPS: float64(e.FLOPs) / ns, GBs: float64(e.Bytes) / ns,
	}
}

// print writes the table of kinds and that of shapes, which ends where lines no longer matter.
func (r *ProfileReport) print(out io.Writer) error {
	const smallest = 0.001
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, table := range [][]ProfileLine{r.Kinds, r.Shapes} {
		fmt.Fprintf(w, "count\tms\tshare\tGFLOP/s\tGB/s\t  op\n")
		rest := ProfileLine{}
		for _, l := range table {
			if l.Share < smallest && l.Shapes != "" {
				rest.Count, rest.MS, rest.Share = rest.Count+l.Count, rest.MS+l.MS, rest.Share+l.Share
				continue
			}
			fmt.Fprintf(w, "%.4g\t%.2f\t%.1f %%\t%.1f\t%.1f\t  %s\n", l.Count, l.MS, 100*l.Share, l.GFLOPS, l.GBs,
				strings.TrimSpace(l.Kind+" "+l.Shapes))
		}
		if rest.Count > 0 {
			fmt.Fprintf(w, "%.4g\t%.2f\t%.1f %%\t\t\t  others, each below %g %%\n", rest.Count, rest.MS, 100*rest.Share,
				100*smallest)
		}
	}
	return w.Flush()
}
