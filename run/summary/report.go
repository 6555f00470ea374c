package summary

import "math"

// Report is a summary as JSON.
type Report struct {
	Run       string   `json:"run"`
	State     State    `json:"state"`
	Why       string   `json:"why,omitempty"`
	Dataset   string   `json:"dataset,omitempty"`
	Preset    string   `json:"preset,omitempty"`
	Objective string   `json:"objective,omitempty"`
	Step      int      `json:"step"`
	Steps     int      `json:"steps,omitempty"`
	Saved     int      `json:"saved"`
	Loss      *float64 `json:"loss"`
	Rate      float64  `json:"per_s,omitempty"`
	Seconds   float64  `json:"seconds,omitempty"`
	ETA       float64  `json:"eta_s,omitempty"`
	Scores    []Score  `json:"scores,omitempty"`
}

// Report is the summary as JSON: the loss is null where nothing is logged, the time that is left is only that of a run
// which trains.
func (s Summary) Report() Report {
	r := Report{Run: string(s.Dir), State: s.State, Why: s.Why, Dataset: s.Config.Dataset, Preset: s.Config.Preset,
		Objective: s.Config.Objective, Step: s.Step, Steps: s.Config.Steps, Saved: s.Saved, Rate: s.Rate,
		Seconds: s.Seconds, Scores: s.Scores}
	if s.Logged {
		r.Loss = finite(s.Loss)
	}
	if s.State == Training {
		r.ETA = s.ETA
	}
	return r
}

// finite is a number that JSON has, nil for another.
func finite(x float64) *float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	return &x
}
