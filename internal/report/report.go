// Package report makes a page of one file about runs: curves, pictures, scores, configuration, versions and commands. A
// browser shows it without a script and without a request.
package report

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io"
	"time"

	"github.com/amgen/amgen/run/summary"
)

//go:embed page.html style.css
var files embed.FS

// MostRuns is how many runs a page can have.
const MostRuns = 16

// Options say who makes the page.
type Options struct {
	Version string   // of amgen
	Engines []string // with their kernels, of the program
	Command string   // that makes the page
	Now     time.Time
}

// page is what the template shows.
type page struct {
	Title    string
	Options  Options
	Time     string
	Style    template.CSS
	Runs     []*pageRun
	Charts   []*chart
	Unlike   string // why losses have charts of their own
	Scores   []scoreLine
	Apart    []string
	Settings []summary.Difference
	Unread   []string // the runs without a configuration
}

// scoreLine is a measure that two runs or more have.
type scoreLine struct {
	Title   string
	Numbers []string
}

// Write writes the page of runs, which are called names. What can't be read of a run, or has no room, is said in the
// page and returned.
func Write(w io.Writer, runs []summary.Summary, names []string, o Options) (left []string, err error) {
	if len(runs) < 1 || len(runs) > MostRuns || len(names) != len(runs) {
		return nil, fmt.Errorf("report: a page has 1 to %d runs, got %d", MostRuns, len(runs))
	}
	style, err := files.ReadFile("style.css")
	if err != nil {
		return nil, err
	}
	p := page{Title: names[0], Options: o, Time: o.Now.UTC().Format("2006-01-02 15:04 UTC"),
		Style: template.CSS(style)} // amgen's own
	if len(runs) > 1 {
		p.Title = fmt.Sprintf("%d runs", len(runs))
	}
	for k, s := range runs {
		r := newRun(s, names[k], k)
		for _, fault := range r.Faults {
			left = append(left, r.Name+": "+fault)
		}
		p.Runs = append(p.Runs, r)
	}
	p.Charts = charts(p.Runs)
	p.compare()
	t, err := template.ParseFS(files, "page.html")
	if err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	var text bytes.Buffer
	if err := t.Execute(&text, p); err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	if _, err := w.Write(text.Bytes()); err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	return left, nil
}

// compare compares the runs whose configuration can be read, as `amgen runs compare` does.
func (p *page) compare() {
	if len(p.Runs) < 2 {
		return
	}
	var list []summary.Summary
	var names []string
	var at []int // their numbers
	for k, r := range p.Runs {
		if r.summary.Config.Dataset == "" {
			p.Unread = append(p.Unread, r.Name)
			continue
		}
		list, names, at = append(list, r.summary), append(names, r.Name), append(at, k)
	}
	if len(list) < 2 {
		return
	}
	p.Unlike = summary.WhyUnlike(list, names)
	p.Apart = summary.Apart(list, names)
	if more := len(p.Apart) - mostRows; more > 0 {
		p.Apart = append(p.Apart[:mostRows], counted(more, "more pair", "more pairs")+" weren't measured alike.")
	}
	wide := func(texts []string) []string { // with the runs that aren't compared
		all := make([]string, len(p.Runs))
		for i, text := range texts {
			all[at[i]] = text
		}
		for i, text := range all {
			if text == "" {
				all[i] = dash
			}
		}
		return all
	}
	for _, m := range summary.Measures(list) {
		if m.Count > 1 {
			p.Scores = append(p.Scores, scoreLine{m.Title(), wide(m.Numbers())})
		}
	}
	for _, d := range summary.Differing(list) {
		p.Settings = append(p.Settings, summary.Difference{Key: d.Key, Texts: wide(d.Texts)})
	}
}
