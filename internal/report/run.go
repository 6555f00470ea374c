package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/amgen/amgen/internal/duration"
	"github.com/amgen/amgen/internal/replace"
	"github.com/amgen/amgen/internal/terminal"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/summary"
	"github.com/amgen/amgen/run/train"
	"github.com/amgen/amgen/weights"
)

// pageRun is a run as the page shows it.
type pageRun struct {
	Name  string
	Class string // its color
	ID    string // of its section

	State, Data, Network, Objective, Path, Steps, Loss, Speed, Time, Saved string

	Pictures []picture
	Scores   []scoreRow
	Reports  []reportTable
	Made     []fact   // versions and hashes
	Commands []string // that make it again
	Config   string   // the text of config.toml
	Faults   []string // what can't be read, or was left out

	summary summary.Summary
	curves  map[string]drawn
}

// fact is a line of a list: a name and a text.
type fact struct{ Name, Text string }

// dash stands for what isn't known.
const dash = "–"

// newRun reads a run.
func newRun(s summary.Summary, name string, k int) *pageRun {
	r := &pageRun{Name: name, Class: colorOf(k), ID: fmt.Sprintf("run-%d", k+1), summary: s, curves: map[string]drawn{},
		State: string(s.State), Steps: dash, Loss: dash, Speed: dash, Time: dash, Data: dash, Network: dash,
		Objective: dash, Path: dash, Saved: dash}
	if s.State == summary.Damaged {
		r.Faults = append(r.Faults, "The run is damaged: "+s.Why+".")
	}
	if s.Config.Dataset != "" {
		r.Data, r.Network, r.Objective, r.Path = s.Config.Dataset, s.Config.Network(), s.Config.Objective, s.Config.Path
	}
	if s.Dir.CheckLayout() != nil { // a link may lead to the files of others
		return r
	}
	r.log()
	if s.Saved > 0 {
		r.Saved = count(int64(s.Saved))
	}
	if at := max(r.summary.Step, s.Saved); s.Config.Steps > 0 {
		r.Steps = count(int64(at)) + " of " + count(int64(s.Config.Steps))
	} else if at > 0 {
		r.Steps = count(int64(at))
	}
	var left []string
	r.Pictures, left = pictures(s.Dir)
	r.Faults = append(r.Faults, left...)
	r.reports()
	r.made()
	r.config()
	return r
}

// colorOf is the class of the k-th run: eight colors, then dashed.
func colorOf(k int) string {
	class := fmt.Sprintf("c%d", k%8)
	if k >= 8 {
		class += " dash"
	}
	return class
}

// log reads the log, of a damaged run too.
func (r *pageRun) log() {
	path := r.summary.Dir.File(run.StatsName)
	if info, err := os.Lstat(path); err == nil && info.Size() > train.MostFollowed {
		r.Faults = append(r.Faults, fmt.Sprintf("The log has %d MB and isn't read; at most %d MB are.", info.Size()>>20,
			train.MostFollowed>>20))
		return
	}
	lines, damaged, err := train.ReadStats(path)
	if err != nil {
		r.Faults = append(r.Faults, fmt.Sprintf("The log can't be read: %v.", err))
	}
	if damaged > 0 {
		r.Faults = append(r.Faults, fmt.Sprintf("Left out: %s of the log.", counted(damaged, "damaged line",
			"damaged lines")))
	}
	if len(lines) == 0 {
		return
	}
	last := lines[len(lines)-1]
	mean, _ := summary.MeanLoss(lines)
	r.summary.Step, r.Loss, r.Time = last.Step, number(mean), duration.Text(last.Seconds)
	unit := "images"
	if last.PointsPerSec > 0 {
		unit = "points"
	}
	if last.Rate() > 0 {
		r.Speed = fmt.Sprintf("%.3g %s/s", last.Rate(), unit)
		if last.Rate() >= 1000 && last.Rate() < 1e15 {
			r.Speed = fmt.Sprintf("%s %s/s", count(int64(last.Rate())), unit)
		}
	}
	for _, f := range figures {
		if d, ok := f.draw(lines); ok {
			r.curves[f.title] = d
		}
	}
}

// made tells what the newest checkpoint says of itself.
func (r *pageRun) made() {
	list, err := weights.List(r.summary.Dir.Checkpoints())
	if err != nil {
		return
	}
	for _, e := range list { // the newest first
		m, hash, err := weights.ReadManifest(e.Path)
		if err != nil {
			r.Faults = append(r.Faults, fmt.Sprintf("The checkpoint of step %s is damaged.", count(e.Step)))
			continue
		}
		add := func(name, text string) {
			if text != "" {
				r.Made = append(r.Made, fact{name, cut(text, 200)})
			}
		}
		add("newest checkpoint", "step "+count(m.Step))
		add("amgen that wrote it", m.Amgen)
		add("computed by", plain(m.Extra[run.DeviceKey]))
		add("hash of the checkpoint", hash)
		add("data", plain(m.Extra[run.HashKey]))
		return
	}
}

// plain is JSON as a text: a string as it is, an object as "key value" by the order of its keys, "" for null.
func plain(text json.RawMessage) string {
	var value any
	if json.Unmarshal(text, &value) != nil || value == nil {
		return ""
	}
	rows := flat(value)
	if len(rows) == 1 && rows[0].Name == "" {
		return rows[0].Text
	}
	words := make([]string, len(rows))
	for i, row := range rows {
		words[i] = row.Name + " " + row.Text
	}
	return strings.Join(words, ", ")
}

// cut shortens a text to so many runes.
func cut(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}

// configBytes bounds the configuration that a page shows: a run's has some 4 kB.
const configBytes = 64 << 10

// config reads the configuration as it is kept, and names the commands that train the run again from it.
func (r *pageRun) config() {
	text, err := replace.ReadRegular(r.summary.Dir.File(run.ConfigName), configBytes)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		r.Faults = append(r.Faults, "There is no "+run.ConfigName+".")
		return
	case err != nil:
		r.Faults = append(r.Faults, fmt.Sprintf("%s isn't shown: %v.", run.ConfigName, err))
		return
	case !utf8.Valid(text):
		r.Faults = append(r.Faults, run.ConfigName+" isn't shown: it isn't UTF-8.")
		return
	}
	r.Config = string(text)
	if r.summary.Config.Dataset == "" {
		return
	}
	again := filepath.Join("runs", filepath.Base(filepath.Clean(string(r.summary.Dir)))+"-again")
	r.Commands = append(r.Commands, "amgen train --config config.toml --out "+terminal.Word(again))
	for _, score := range r.Scores {
		if score.command != nil {
			r.Commands = append(r.Commands, "amgen "+terminal.Words(append(score.command, "--run", again)))
		}
	}
}
