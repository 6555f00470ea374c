package eval

import (
	"fmt"

	"github.com/amgen/amgen/flows"
)

// Guided says how samples or likelihoods were guided, in reports.
type Guided struct {
	Guidance float64 `json:"guidance,omitempty"` // its weight; 0 is none
	// GuidanceInterval are the times between which it acts; nil is always.
	GuidanceInterval []float64 `json:"guidance_interval,omitempty"`
}

// GuidedBy is what reports say of guidance.
func GuidedBy(g flows.Guidance) Guided {
	out := Guided{Guidance: g.Weight}
	if g.From != 0 || g.To != 0 {
		out.GuidanceInterval = []float64{g.From, g.Until()}
	}
	return out
}

// Text is "guidance 1 from 0.1 to 0.8", say.
func (g Guided) Text() string {
	text := fmt.Sprintf("guidance %g", g.Guidance)
	if len(g.GuidanceInterval) == 2 {
		text += fmt.Sprintf(" from %g to %g", g.GuidanceInterval[0], g.GuidanceInterval[1])
	}
	return text
}
