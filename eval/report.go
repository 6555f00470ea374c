package eval

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/amgen/amgen/internal/duration"
)

// Report is what a metric found, and all that it was found with. In JSON it has all of that.
type Report struct {
	Metric string  `json:"metric"`
	Value  float64 `json:"value"`
	// ValueName is the part that Value is, of a metric that has several of equal rank.
	ValueName string `json:"value_name,omitempty"`
	// Stderr is the standard error of Value, absent where nothing tells it.
	Stderr *float64 `json:"stderr,omitempty"`
	// Parts are further figures of the same metric.
	Parts map[string]float64 `json:"parts,omitempty"`

	Measure Measure `json:"measure"`
	Samples Origin  `json:"samples"`
	// ReferenceWeightedBy is the array or column of what those of the reference count.
	ReferenceWeightedBy string   `json:"reference_weighted_by,omitempty"`
	Warnings            []string `json:"warnings,omitempty"`
	Version             string   `json:"version"`
	Seconds             float64  `json:"seconds"`
}

// stderrSuffix ends the name of the standard error of another part.
const stderrSuffix = "_stderr"

// Measure is what two reports must agree in for their values to be compared.
type Measure struct {
	Metric         string         `json:"metric"`
	Class          string         `json:"class,omitempty"` // see [Origin]
	Network        string         `json:"network,omitempty"`
	NetworkHash    string         `json:"network_hash,omitempty"`
	Mode           string         `json:"mode,omitempty"`
	Reference      string         `json:"reference,omitempty"`
	ReferenceHash  string         `json:"reference_hash,omitempty"`
	ReferenceCount int            `json:"reference_count,omitempty"`
	Count          int            `json:"count,omitempty"` // 0 is unknown, of statistics
	Options        map[string]any `json:"options,omitempty"`
}

// rawFeatures is the network of points as they are.
const rawFeatures = "raw"

// Origin says where the samples are from, and how a run drew them, if one did.
type Origin struct {
	Source  string `json:"source"`
	Hash    string `json:"hash,omitempty"`
	Run     string `json:"run,omitempty"`
	Step    int64  `json:"step,omitempty"`
	Weights string `json:"weights_hash,omitempty"` // of the network that drew them
	// WeightedBy is the array of the samples' weights.
	WeightedBy string  `json:"weighted_by,omitempty"`
	Raw        bool    `json:"raw,omitempty"`
	Average    float64 `json:"average,omitempty"` // length of the power-function average, 0 for the moving average
	Sigma      float64 `json:"sigma,omitempty"`   // noise of Langevin dynamics along a score, where it was chosen
	Seed       *int64  `json:"seed,omitempty"`
	Solver     string  `json:"solver,omitempty"`
	Steps      int     `json:"steps,omitempty"`
	RTol       float64 `json:"rtol,omitempty"`
	ATol       float64 `json:"atol,omitempty"`
	// NFE is the most evaluations that a sample took; 0 where no model was evaluated, or nothing kept tells.
	NFE       int    `json:"nfe,omitempty"`
	Backend   string `json:"backend,omitempty"`
	Precision string `json:"precision,omitempty"` // but for f32

	// Class lists the classes that were asked for in turn; it is empty for samples that have them as often as the data,
	// and of a run without.
	Class string `json:"class,omitempty"`
	Guided
}

// String is the line for a terminal, with a line more for each warning.
func (r Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s", named(r.Metric, r.ValueName), figure(r.Value, r.Stderr))
	for _, name := range slices.Sorted(maps.Keys(r.Parts)) {
		if _, isError := strings.CutSuffix(name, stderrSuffix); isError || name == r.ValueName {
			continue
		}
		var stderr *float64
		if e, ok := r.Parts[name+stderrSuffix]; ok {
			stderr = &e
		}
		fmt.Fprintf(&b, ", %s %s", name, figure(r.Parts[name], stderr))
	}
	fmt.Fprintf(&b, " (%s", countOf(r.Measure.Count, "samples of ", r.Samples.Source))
	if r.Samples.WeightedBy != "" {
		fmt.Fprintf(&b, ", weighted by %s", r.Samples.WeightedBy)
	}
	if r.Measure.Reference != "" {
		fmt.Fprintf(&b, " against %s", countOf(r.Measure.ReferenceCount, "of ", r.Measure.Reference))
		if r.ReferenceWeightedBy != "" {
			fmt.Fprintf(&b, ", weighted by %s", r.ReferenceWeightedBy)
		}
	}
	fmt.Fprintf(&b, "; %s", r.Measure.Network)
	if r.Measure.Mode != "" {
		fmt.Fprintf(&b, ", %s", r.Measure.Mode)
	}
	if r.Samples.Solver != "" {
		fmt.Fprintf(&b, "; %s, seed %d", r.Samples.Solver, *r.Samples.Seed)
		if r.Samples.Class != "" {
			fmt.Fprintf(&b, ", class %s", r.Samples.Class)
		}
		if r.Samples.Guidance != 0 {
			fmt.Fprintf(&b, ", %s", r.Samples.Guided.Text())
		}
	}
	fmt.Fprintf(&b, "; %s)", duration.Text(r.Seconds))
	for _, w := range r.Warnings {
		fmt.Fprintf(&b, "\nwarning: %s", w)
	}
	return b.String()
}

// named is a metric with the name of its value, if that has one.
func named(metric, value string) string {
	if value == "" {
		return metric
	}
	return metric + " " + value
}

// countOf names a set; where the number isn't known, it is of statistics.
func countOf(n int, what, name string) string {
	if n == 0 {
		return "the statistics of " + name
	}
	return fmt.Sprintf("%d %s%s", n, what, name)
}

func figure(value float64, stderr *float64) string {
	if stderr == nil {
		return fmt.Sprintf("%.5g", value)
	}
	return fmt.Sprintf("%.5g ± %.2g", value, *stderr)
}
