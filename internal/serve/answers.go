package serve

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/summary"
	"github.com/amgen/amgen/run/train"
)

// answer sends a value as JSON.
func answer(w http.ResponseWriter, v any) {
	text, err := json.Marshal(v)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(text) // the client may have gone
}

// refuse sends an error as one line.
func refuse(w http.ResponseWriter, err error) {
	code := http.StatusUnprocessableEntity
	if errors.Is(err, errNoRun) {
		code = http.StatusNotFound
	}
	http.Error(w, err.Error(), code)
}

// list answers with the rows of all runs.
func (s *Server) list(w http.ResponseWriter, _ *http.Request) {
	began := time.Now()
	all, links, err := s.rows.all()
	if err != nil {
		refuse(w, err)
		return
	}
	answer(w, map[string]any{"folder": s.folder.path, "runs": all, "links": links,
		"milliseconds": time.Since(began).Milliseconds()})
}

// run answers with all about a run but its log.
func (s *Server) run(w http.ResponseWriter, q *http.Request) {
	name := q.FormValue("run")
	known, err := s.rows.of(name)
	if err != nil {
		refuse(w, err)
		return
	}
	reports, left := s.reports(name, known.summary)
	answer(w, map[string]any{"row": known.row, "settings": summary.Settings(known.summary.Config),
		"pictures": pictures(known.summary.Dir), "reports": reports, "reports_left_out": left,
		"shows": shows(known.summary)})
}

// report is one of `amgen eval`, as it is.
type report struct {
	File string          `json:"file"`
	Text json.RawMessage `json:"report"`
}

// Bounds on the reports that are shown of a run.
const mostReports, reportBytes = 200, 1 << 20

// reports are those of a run, by their names, and how many couldn't be shown.
func (s *Server) reports(name string, of summary.Summary) (list []report, left int) {
	list = []report{}
	if of.Dir.CheckLayout() != nil {
		return list, 0
	}
	entries, err := os.ReadDir(of.Dir.File(run.EvalName))
	if err != nil {
		return list, 0
	}
	entries = slices.DeleteFunc(entries, func(e fs.DirEntry) bool { return filepath.Ext(e.Name()) != ".json" })
	for _, e := range entries {
		text, err := s.readReport(name, e.Name())
		if err != nil || len(list) == mostReports {
			left++
			continue
		}
		list = append(list, report{e.Name(), text})
	}
	return list, left
}

func (s *Server) readReport(name, file string) (json.RawMessage, error) {
	opened, _, err := s.folder.open(name, run.EvalName, file, reportBytes)
	if err != nil {
		return nil, err
	}
	defer opened.Close()
	text, err := io.ReadAll(io.LimitReader(opened, reportBytes))
	if err != nil {
		return nil, err
	}
	var fields map[string]json.RawMessage
	return text, json.Unmarshal(text, &fields)
}

// curves answers with the curves of a run.
func (s *Server) curves(w http.ResponseWriter, q *http.Request) {
	dir, err := s.folder.dir(q.FormValue("run"))
	if err == nil {
		err = dir.CheckLayout()
	}
	if err != nil {
		refuse(w, err)
		return
	}
	smoothing := 0.0
	if text := q.FormValue("smooth"); text != "" {
		if smoothing, err = strconv.ParseFloat(text, 64); err != nil || !(smoothing >= 0 && smoothing < 1) {
			http.Error(w, "smooth is a number from 0 up to, but not, 1.", http.StatusBadRequest)
			return
		}
	}
	if !s.enter(q.Context()) {
		return
	}
	defer s.leave()
	lines, err := s.logs.lines(dir.File(run.StatsName))
	if err != nil {
		refuse(w, err)
		return
	}
	answer(w, curvesOf(lines, smoothing))
}

// enter waits for one of the few places of requests that read much: many at once would take the cores from training. It
// is false where the client leaves.
func (s *Server) enter(ctx context.Context) bool {
	select {
	case s.work <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

// leave gives the place back.
func (s *Server) leave() { <-s.work }

// loggedLines is how many lines of the log are shown.
const loggedLines = 200

// logged is a line of the log.
type logged struct {
	Step     int    `json:"step"`
	Loss     number `json:"loss"`
	GradNorm number `json:"grad_norm"`
	LR       number `json:"lr"`
	Rate     number `json:"rate"`
	Seconds  number `json:"seconds"`
	ETA      number `json:"eta"`
}

// log answers with the last lines of the log.
func (s *Server) log(w http.ResponseWriter, q *http.Request) {
	dir, err := s.folder.dir(q.FormValue("run"))
	if err == nil {
		err = dir.CheckLayout()
	}
	if err != nil {
		refuse(w, err)
		return
	}
	lines, err := train.LastStats(dir.File(run.StatsName), loggedLines)
	if err != nil {
		refuse(w, err)
		return
	}
	list := []logged{}
	for _, l := range lines {
		list = append(list, logged{l.Step, number(l.Loss), number(l.GradNorm), number(l.LR), number(l.Rate()),
			number(l.Seconds), number(l.ETA)})
	}
	answer(w, list)
}

// pictureBytes bounds a picture.
const pictureBytes = 64 << 20

// picture answers with one that was written while a run trained.
func (s *Server) picture(w http.ResponseWriter, q *http.Request) {
	file := q.FormValue("file")
	if _, ok := run.PreviewStep(file); !ok {
		http.Error(w, "no such picture", http.StatusNotFound)
		return
	}
	opened, info, err := s.folder.open(q.FormValue("run"), run.SamplesName, file, pictureBytes)
	if err != nil {
		http.Error(w, "no such picture", http.StatusNotFound)
		return
	}
	defer opened.Close()
	w.Header().Set("Content-Type", "image/png")
	w.Header().Set("Cache-Control", "no-cache")
	http.ServeContent(w, q, "", info.ModTime(), opened)
}
