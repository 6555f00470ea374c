package evaluate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/internal/duration"
)

// Distances are between two sets of points: W₁, W₂ and the unbiased MMD², which may be below 0. MMD² is null if one of
// the sets has a single point with mass.
type Distances struct {
	W1         float64  `json:"w1"`
	W2         float64  `json:"w2"`
	MMDSquared *float64 `json:"mmd_squared"`
}

// MarginalReport compares a run with one marginal.
type MarginalReport struct {
	Name    string  `json:"name"`
	Time    float64 `json:"time"`
	LeftOut bool    `json:"left_out,omitempty"`
	// From is the time at which the points start: 0, or that of the marginal before one that was left out.
	From float64 `json:"from"`
	// Count is the number of true points.
	Count int `json:"count"`
	Distances
	// Fresh has the distances between two sets of true points, if any number of them can be drawn: what a perfect model
	// has, but for chance.
	Fresh *Distances `json:"fresh,omitempty"`
	// Unchanged has the distances of the snapshot before, as it is: the first model to beat. It is nil for points that
	// aren't snapshots.
	Unchanged *Distances `json:"unchanged,omitempty"`
	// Baselines are of snapshots, and nil of other points.
	Baselines *Baselines `json:"baselines,omitempty"`
	// Mass is nil unless the run learned masses of snapshots, and for points that don't start at t = 0.
	Mass *MassReport `json:"mass,omitempty"`
	// Parts are the masses in parts of space, if the data set has such.
	Parts []PartReport `json:"parts,omitempty"`
}

// PointsReport is the result of eval points with all its settings.
type PointsReport struct {
	Metric string `json:"metric"`
	// Value is the mean of W₁ over the marginals that are predicted from t = 0: of those that were left out, if any
	// were; ValueName says which.
	Value     float64          `json:"value"`
	ValueName string           `json:"value_name"`
	Marginals []MarginalReport `json:"marginals"`

	// Measure is what two reports agree in whose distances can be compared. Its hash is of the true points, in the
	// coordinates of the model.
	Measure eval.Measure `json:"measure"`
	// Samples says how the points were drawn; its NFE is from t = 0 to 1.
	Samples eval.Origin `json:"samples"`
	Seconds float64     `json:"seconds"`
}

// summarise sets the value: the mean of W₁.
func (r *PointsReport) summarise() {
	left := slices.ContainsFunc(r.Marginals, func(m MarginalReport) bool { return m.From == 0 && m.LeftOut })
	sum, n := 0.0, 0
	for _, m := range r.Marginals {
		if m.From == 0 && m.LeftOut == left {
			sum, n = sum+m.W1, n+1
		}
	}
	if r.ValueName = "mean_w1"; left {
		r.ValueName = "mean_w1_left_out"
	}
	r.Value = sum / float64(max(n, 1))
}

// pointsMetric is the name of the metric in reports of points.
const pointsMetric = "points"

// comparePoints is a line for each marginal of two reports that were measured alike: each distance of both, and the
// difference.
func comparePoints(a, b []MarginalReport) (string, error) {
	if len(a) != len(b) {
		return "", &eval.UnlikeError{Differences: []string{fmt.Sprintf("times: %d and %d", len(a), len(b))}}
	}
	lines := []string{pointsMetric + ", each distance as A, B, B − A"}
	for i, x := range a {
		y := b[i]
		if x.Name != y.Name || x.From != y.From {
			return "", &eval.UnlikeError{Differences: []string{fmt.Sprintf(
				"times: %s from t = %.4g and %s from t = %.4g",
				x.Name, x.From, y.Name, y.From)}}
		}
		line := fmt.Sprintf("%s: W₁ %.4f, %.4f, %+.4f; W₂ %.4f, %.4f, %+.4f", x.Name, x.W1, y.W1, y.W1-x.W1, x.W2, y.W2,
			y.W2-x.W2)
		if x.MMDSquared != nil && y.MMDSquared != nil {
			line += fmt.Sprintf("; MMD² %.2g, %.2g, %+.2g", *x.MMDSquared, *y.MMDSquared, *y.MMDSquared-*x.MMDSquared)
		}
		lines = append(lines, line+x.start())
	}
	return strings.Join(lines, "\n"), nil
}

// start says from where a marginal that was left out is predicted, "" of others.
func (m MarginalReport) start() string {
	if !m.LeftOut {
		return ""
	}
	return fmt.Sprintf(" (left out, from t = %.4g)", m.From)
}

// String is a line for each marginal, after one that tells what they are of.
func (r PointsReport) String() string {
	var b strings.Builder
	s := r.Samples
	fmt.Fprintf(&b, "%d points of %s step %d, %s, seed %d, %s: NFE %d, %s", r.Measure.Count, s.Run, s.Step,
		r.Measure.Reference, *s.Seed, s.Solver, s.NFE, duration.Text(r.Seconds))
	for _, m := range r.Marginals {
		fmt.Fprintf(&b, "\n%s: %s%s", m.Name, m.Distances, m.start())
		if m.Fresh != nil {
			fmt.Fprintf(&b, " (of two true sets %s)", m.Fresh)
		}
		if m.Unchanged != nil {
			fmt.Fprintf(&b, " (of the unchanged snapshot before %s)", m.Unchanged)
		}
		if m.Baselines != nil {
			b.WriteString(m.Baselines.String())
		}
		if m.Mass != nil {
			fmt.Fprintf(&b, "\n  %s", m.Mass)
		}
		if m.Parts != nil {
			fmt.Fprintf(&b, "\n  %s", describeParts(m.Parts))
		}
	}
	return b.String()
}

// String has the three distances.
func (d Distances) String() string {
	square := "–"
	if d.MMDSquared != nil {
		square = fmt.Sprintf("%.2g", *d.MMDSquared)
	}
	return fmt.Sprintf("W₁ %.4f, W₂ %.4f, MMD² %s", d.W1, d.W2, square)
}
