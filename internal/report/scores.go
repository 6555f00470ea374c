package report

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/amgen/amgen/internal/replace"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/summary"
)

// scoreRow is the newest value of a measure.
type scoreRow struct {
	Title, Number, Beside, Step, Solver, File string

	command []string // that measures it again, but for the run; nil if that isn't certain
}

// reportTable is a report of `amgen eval` with all its fields.
type reportTable struct {
	File  string
	Rows  []fact
	Grids []grid
	Left  int // fields that aren't shown
}

// Bounds on the reports of a run: how many are shown, bytes of one, newest values, and bytes of all fields that are
// shown.
const mostReports, reportBytes, mostScores, fieldBytes = 30, 1 << 20, 60, 400 << 10

// reports reads the reports of a run: the newest of each measure as scores, and all of them as tables.
func (r *pageRun) reports() {
	dir, damaged, left, bytes := r.summary.Dir.File(run.EvalName), 0, 0, 0
	fields := map[string]map[string]any{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		if filepath.Ext(e.Name()) != ".json" {
			continue
		}
		if len(r.Reports) == mostReports {
			left++
			continue
		}
		report, err := readReport(dir, e)
		if err != nil {
			damaged++
			continue
		}
		fields[e.Name()] = report
		t := tableOf(e.Name(), report)
		if bytes += t.bytes(); bytes > fieldBytes {
			t = reportTable{File: e.Name(), Left: len(report)}
		}
		r.Reports = append(r.Reports, t)
	}
	r.scores(dir, fields)
	if damaged > 0 {
		r.Faults = append(r.Faults, fmt.Sprintf("Left out: %s in %s/, no reports or of more than 1 MB.",
			counted(damaged, "file", "files"), run.EvalName))
	}
	if left > 0 {
		r.Faults = append(r.Faults, fmt.Sprintf("Left out: %s; the page shows the first %d of a run.",
			counted(left, "report", "reports"), mostReports))
	}
}

// scores lists the newest value of each measure. fields are those of the reports that were read.
func (r *pageRun) scores(dir string, fields map[string]map[string]any) {
	r.summary.Scores = slices.DeleteFunc(r.summary.Scores, func(s summary.Score) bool {
		return replace.Regular(filepath.Join(dir, s.File)) != nil // a link may lead to the files of others
	})
	if more := len(r.summary.Scores) - mostScores; more > 0 {
		r.summary.Scores = r.summary.Scores[:mostScores]
		r.Faults = append(r.Faults, fmt.Sprintf("Left out: %s; the page shows %d of a run.", counted(more, "score",
			"scores"), mostScores))
	}
	for _, s := range r.summary.Scores {
		row := scoreRow{Title: s.Title(), Number: s.Number(), Beside: s.Beside, Step: dash, Solver: s.Solver,
			File: s.File, command: commandOf(fields[s.File], r.summary.Config.Dataset)}
		if s.Step > 0 {
			row.Step = count(int64(s.Step))
		}
		if s.SolverSteps > 0 {
			row.Solver += fmt.Sprintf(", %d steps", s.SolverSteps)
		}
		r.Scores = append(r.Scores, row)
	}
}

// readReport reads a report, of a regular file alone.
func readReport(dir string, e os.DirEntry) (fields map[string]any, err error) {
	if !e.Type().IsRegular() {
		return nil, os.ErrInvalid
	}
	text, err := replace.ReadRegular(filepath.Join(dir, e.Name()), reportBytes)
	if err != nil {
		return nil, err
	}
	return fields, json.Unmarshal(text, &fields)
}

// tableOf shows a report: lists of objects as tables of their own, all other fields as lines.
func tableOf(file string, report map[string]any) reportTable {
	shown := make(map[string]any, len(report))
	for key, value := range report {
		shown[key] = value
	}
	t := reportTable{File: file, Grids: grids(shown)}
	t.Rows = flat(shown)
	if len(t.Rows) > mostRows {
		t.Left = len(t.Rows) - mostRows
		t.Rows = t.Rows[:mostRows]
	}
	for i, row := range t.Rows {
		t.Rows[i].Name = cut(row.Name, longestText)
	}
	return t
}

// bytes is about how much a table takes.
func (t reportTable) bytes() (n int) {
	const markup = 40 // around a text
	for _, row := range t.Rows {
		n += len(row.Name) + len(row.Text) + 2*markup
	}
	for _, g := range t.Grids {
		for _, row := range append(g.Rows, g.Columns) {
			for _, text := range row {
				n += len(text) + markup
			}
		}
	}
	return n
}
