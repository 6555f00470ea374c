package serve

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/amgen/amgen/internal/jsondiff"
	"github.com/amgen/amgen/run/summary"
)

// comparison is of several runs.
type comparison struct {
	Runs     []row          `json:"runs"`
	Settings []differing    `json:"settings"` // in which they differ
	Unlike   string         `json:"unlike"`   // why their losses can't be compared, "" if they can
	Scores   []measuredText `json:"scores"`   // that two of them have or more
	Apart    []string       `json:"apart"`    // why others aren't beside each other
	Pictures [][]picture    `json:"pictures"`
}

// differing is a setting, and its values in the runs.
type differing struct {
	Key   string   `json:"key"`
	Texts []string `json:"texts"`
}

type measuredText struct {
	Title   string   `json:"title"`
	Numbers []string `json:"numbers"`
}

// compare answers with what `amgen runs compare` prints, and refuses what it refuses.
func (s *Server) compare(w http.ResponseWriter, q *http.Request) {
	names := q.URL.Query()["run"]
	if len(names) < 2 || len(names) > mostRuns {
		http.Error(w, fmt.Sprintf("name 2 to %d runs", mostRuns), http.StatusBadRequest)
		return
	}
	c := comparison{Settings: []differing{}, Scores: []measuredText{}, Apart: []string{}}
	var list []summary.Summary
	for _, name := range names {
		known, err := s.rows.of(name)
		switch {
		case err != nil:
			err = fmt.Errorf("%w: %s", err, name)
		case known.row.State == summary.Damaged:
			err = fmt.Errorf("%s is damaged: %s; leave it out", name, known.row.Why)
		}
		if err != nil {
			refuse(w, err)
			return
		}
		list = append(list, known.summary)
		c.Runs, c.Pictures = append(c.Runs, known.row), append(c.Pictures, pictures(known.summary.Dir))
	}
	of := make([][]setting, len(list))
	for i, s := range list {
		of[i] = settingsOf(s.Config)
	}
	for k, setting := range of[0] {
		texts := make([]string, len(list))
		for i := range list {
			texts[i] = of[i][k].Text
		}
		if slices.ContainsFunc(texts, func(text string) bool { return text != texts[0] }) {
			c.Settings = append(c.Settings, differing{setting.Key, texts})
		}
	}
	c.Unlike = unlikeLosses(list, names)
	c.scores(list, names)
	answer(w, c)
}

// unlikeLosses says why losses can't be compared.
func unlikeLosses(list []summary.Summary, names []string) string {
	for i, s := range list {
		if keys := summary.UnlikeLosses(list[0].Config, s.Config); len(keys) > 0 {
			return fmt.Sprintf("The losses of %s and %s can't be compared: their %s differ.", names[0], names[i],
				plain(keys))
		}
	}
	return ""
}

// plainNames are those of the settings by which losses are unlike, of more than one run.
var plainNames = map[string]string{
	"dataset": "data sets", "size": "image sizes", "channels": "image channels", "objective": "objectives",
	"path": "paths", "weight": "loss weights", "sigma": "noise levels (sigma)",
	"anneal": "noise schedules (anneal)", "cost_p": "exponents of the cost",
	"growth_cost": "costs of growth", "components": "numbers of principal components",
	"raw_columns": "scales of the columns (raw_columns)", "columns": "columns", "drop": "columns left out",
	"time_column": "time columns", "time_order": "orders of the times",
	"leave_out": "time points left out", "masses": "masses of the snapshots", "coupling": "couplings",
}

// plain lists settings in words, as "data sets, paths and loss weights".
func plain(keys []string) string {
	names := make([]string, len(keys))
	for i, key := range keys {
		names[i] = cmp.Or(plainNames[key], key)
	}
	if last := len(names) - 1; last > 0 {
		return strings.Join(names[:last], ", ") + " and " + names[last]
	}
	return strings.Join(names, "")
}

// scores puts those that were measured alike beside each other, and says what the others differ in.
func (c *comparison) scores(list []summary.Summary, names []string) {
	measures := summary.Measures(list)
	for _, m := range measures {
		if m.Count < 2 {
			continue
		}
		numbers := make([]string, len(list))
		for i := range list {
			numbers[i] = m.Number(i)
		}
		c.Scores = append(c.Scores, measuredText{m.Title(), numbers})
	}
	for i, m := range measures {
		if m.Count > 1 {
			continue
		}
		a := slices.IndexFunc(m.Scores, func(s *summary.Score) bool { return s != nil })
		for _, o := range measures[i+1:] {
			b := slices.IndexFunc(o.Scores, func(s *summary.Score) bool { return s != nil })
			if o.Count > 1 || a == b || m.Scores[a].Metric != o.Scores[b].Metric {
				continue
			}
			c.Apart = append(c.Apart, fmt.Sprintf("%s of %s (%s) and of %s (%s) weren't measured alike: %s.",
				m.Scores[a].Metric, names[a], m.Number(a), names[b], o.Number(b),
				differences(*m.Scores[a], *o.Scores[b])))
		}
	}
}

// differences say what two scores of one metric differ in.
func differences(a, b summary.Score) string {
	var texts []string
	add := func(name string, x, y any) {
		if x != y {
			texts = append(texts, fmt.Sprintf("%s %v and %v", name, x, y))
		}
	}
	add("guidance", a.Guidance, b.Guidance)
	add("solver", a.Solver, b.Solver)
	add("steps", a.SolverSteps, b.SolverSteps)
	if list, err := jsondiff.Of(a.Measure, b.Measure); err == nil {
		for _, d := range list {
			texts = append(texts, fmt.Sprintf("%s %s and %s", d.Name, jsondiff.Text(d.A), jsondiff.Text(d.B)))
		}
	}
	return strings.Join(texts, ", ")
}
