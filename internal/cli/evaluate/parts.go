package evaluate

import (
	"fmt"
	"math"
	"strings"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/flows/science"
)

// PartReport is the mass that a run has in a part of space at a time: the mean of ω where particles have weights, else
// their share.
type PartReport struct {
	Name string  `json:"name"`
	Mass float64 `json:"mass"`
	// Truth is the mass that there is, Expected what these particles would have of it if none left its part: they began
	// with a little more or less than the truth, by chance.
	Truth    float64 `json:"truth"`
	Expected float64 `json:"expected"`
}

// massesOf are the masses in the parts of a marginal, of points with log-weights or nil that began as start.
func massesOf(parts, first []science.Part, start, points eval.Cloud, logWeights []float64) []PartReport {
	var reports []PartReport
	for k, part := range parts {
		r := PartReport{Name: part.Name, Truth: part.Mass, Mass: massIn(part, points, logWeights)}
		r.Expected = part.Mass * massIn(first[k], start, nil) / first[k].Mass
		reports = append(reports, r)
	}
	return reports
}

// massIn is the mass in a part, of points that have mass 1 together before they are weighted.
func massIn(part science.Part, points eval.Cloud, logWeights []float64) float64 {
	sum := 0.0
	for i := range points.Len() {
		if !part.Holds(points.X[i*points.Dim : (i+1)*points.Dim]) {
			continue
		}
		if logWeights == nil {
			sum++
		} else {
			sum += math.Exp(logWeights[i])
		}
	}
	return sum / float64(points.Len())
}

func describeParts(parts []PartReport) string {
	var texts []string
	for _, p := range parts {
		texts = append(texts, fmt.Sprintf("%s %.4f (truth %.4g, %.4f of these points)", p.Name, p.Mass, p.Truth,
			p.Expected))
	}
	return "mass " + strings.Join(texts, ", ")
}
