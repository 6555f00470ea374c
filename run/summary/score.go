package summary

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/amgen/amgen/internal/replace"
	"github.com/amgen/amgen/run"
)

// Score is the value of a report of `amgen eval` in a run's directory.
type Score struct {
	Metric string   `json:"metric"`
	Value  *float64 `json:"value"`
	Stderr *float64 `json:"stderr,omitempty"`
	Step   int      `json:"step"`
	// Guidance of the samples; 0 for none.
	Guidance float64 `json:"guidance,omitempty"`
	// Solver of the samples, its steps, 0 for an adaptive one, and the evaluations that each took.
	Solver      string `json:"solver,omitempty"`
	SolverSteps int    `json:"solver_steps,omitempty"`
	NFE         int    `json:"nfe,omitempty"`
	// Measure is all that values have to share to be compared: network, reference, numbers of samples and more.
	Measure json.RawMessage `json:"measure,omitempty"`
	File    string          `json:"report"`
	// Beside is what the value of points is to be seen beside, as "unchanged 1.5, optimal pairs 0.9"; "" of others.
	Beside string `json:"-"`

	network string
	count   int
}

// Alike tells whether two scores can be compared, and are of samples that were drawn in the same way.
func (s Score) Alike(o Score) bool {
	return s.Metric == o.Metric && s.Guidance == o.Guidance && s.Solver == o.Solver &&
		s.SolverSteps == o.SolverSteps && bytes.Equal(s.Measure, o.Measure)
}

// Number is the value with its standard error, if it has one, as "50.6 ± 0.5".
func (s Score) Number() string {
	switch {
	case s.Value == nil:
		return ""
	case s.Stderr == nil:
		return fmt.Sprintf("%.4g", *s.Value)
	}
	return fmt.Sprintf("%.4g ± %.2g", *s.Value, *s.Stderr)
}

// Title says what was measured, as "fid (efficientnet-lite0, 2000, NFE 20)".
func (s Score) Title() string {
	var about []string
	if s.network != "" {
		about = append(about, s.network)
	}
	if s.count > 0 {
		about = append(about, fmt.Sprint(s.count))
	}
	if s.NFE > 0 {
		about = append(about, fmt.Sprintf("NFE %d", s.NFE))
	}
	if s.Guidance != 0 {
		about = append(about, fmt.Sprintf("guidance %g", s.Guidance))
	}
	if len(about) == 0 {
		return s.Metric
	}
	return fmt.Sprintf("%s (%s)", s.Metric, strings.Join(about, ", "))
}

// readScore reads a report; ok is false for what is none, or one without a single value.
func readScore(path string) (s Score, ok bool) {
	const most = 1 << 20 // bytes
	text, err := replace.ReadRegular(path, most)
	if err != nil {
		return s, false
	}
	var report struct {
		Score
		marginals
		Guidance float64 `json:"guidance"` // of bpd
		Samples  struct {
			Step     int     `json:"step"`
			Guidance float64 `json:"guidance"`
			Solver   string  `json:"solver"`
			Steps    int     `json:"steps"`
			NFE      int     `json:"nfe"`
		} `json:"samples"` // of points these stand in the report itself
	}
	var about struct {
		Network string `json:"network"`
		Count   int    `json:"count"`
	}
	if json.Unmarshal(text, &report) != nil || report.Metric == "" {
		return s, false
	}
	if s = report.Score; s.Metric == "points" || s.Value == nil { // earlier ones of points have none
		s.Metric, s.Value = report.mean()
		s.Beside = report.beside()
	}
	if s.Value == nil {
		return s, false
	}
	s.File, s.Step = filepath.Base(path), max(s.Step, report.Samples.Step)
	s.Guidance = report.Guidance + report.Samples.Guidance
	if report.Samples.Solver != "" {
		s.Solver, s.SolverSteps, s.NFE = report.Samples.Solver, report.Samples.Steps, report.Samples.NFE
	}
	var compact bytes.Buffer
	if len(s.Measure) > 0 && json.Compact(&compact, s.Measure) == nil && json.Unmarshal(s.Measure, &about) == nil {
		s.Measure = compact.Bytes()
		s.network, s.count = about.Network, about.Count
	}
	return s, true
}

// marginals are in a report of points.
type marginals struct {
	Marginals []marginal `json:"marginals"`
}

// mean is the mean of W₁ over the times that are predicted from the first: of those that were left out, if any were.
func (m marginals) mean() (name string, value *float64) {
	list := m.predicted()
	if len(list) == 0 {
		return "", nil
	}
	sum := 0.0
	for _, at := range list {
		sum += at.W1
	}
	mean := sum / float64(len(list))
	if list[0].LeftOut {
		return "W₁ left out", &mean
	}
	return "mean W₁", &mean
}

// scores reads the reports of a run: of those that can be compared, that of the latest step.
func scores(dir run.Dir) (list []Score) {
	entries, err := os.ReadDir(dir.File(run.EvalName))
	if err != nil {
		return nil
	}
	for _, e := range entries {
		if filepath.Ext(e.Name()) != ".json" {
			continue
		}
		s, ok := readScore(filepath.Join(dir.File(run.EvalName), e.Name()))
		if !ok {
			continue
		}
		k := slices.IndexFunc(list, s.Alike)
		switch {
		case k < 0:
			list = append(list, s)
		case s.Step >= list[k].Step:
			list[k] = s
		}
	}
	return list
}
