package serve

import (
	"cmp"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/amgen/amgen/internal/replace"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/lock"
	"github.com/amgen/amgen/run/summary"
)

// row is a run in the table of runs.
type row struct {
	Name      string        `json:"name"`
	State     summary.State `json:"state"`
	Why       string        `json:"why,omitempty"` // it is damaged
	Data      string        `json:"data"`
	Network   string        `json:"network"`
	Objective string        `json:"objective"`
	Path      string        `json:"path"`
	Step      int           `json:"step"`
	Saved     int           `json:"saved"`
	Steps     int           `json:"steps"`
	Loss      number        `json:"loss"`
	Rate      number        `json:"rate"` // examples per second
	Unit      string        `json:"unit"` // of the examples
	Seconds   number        `json:"seconds"`
	ETA       number        `json:"eta"`     // in seconds, while it trains
	Changed   int64         `json:"changed"` // in milliseconds since 1970, 0 for never
	Picture   string        `json:"picture"` // the newest, "" for none
	Scores    []score       `json:"scores"`
	Lines     int64         `json:"log"` // bytes of the log: it grows with each line
}

// score is a value of a report.
type score struct {
	Title  string `json:"title"`
	Number string `json:"number"`
	Value  number `json:"value"`
	Step   int    `json:"step"`
	Beside string `json:"beside,omitempty"` // of points: baselines, and the error of the mass
}

// fingerprint is what shows that a run has changed.
type fingerprint struct {
	files  [6]struct{ size, changed int64 }
	holder int
}

// printed are the files of a fingerprint, the log second.
var printed = [6]string{run.ConfigName, run.StatsName, run.SamplesName, run.EvalName, "checkpoints", "lock"}

// grown tells whether nothing but the log differs from the fingerprint of a later moment, and the log is there in both.
func (p fingerprint) grown(later fingerprint) bool {
	had, has := p.files[1].changed != 0, later.files[1].changed != 0
	p.files[1] = later.files[1]
	return had && has && p == later
}

func fingerprintOf(dir run.Dir) (p fingerprint) {
	for i, name := range printed {
		if info, err := os.Lstat(dir.File(name)); err == nil {
			p.files[i].size, p.files[i].changed = info.Size(), info.ModTime().UnixNano()
		}
	}
	if pid, holds := lock.Holder(string(dir)); holds {
		p.holder = pid
	}
	return p
}

// rows knows the rows of runs, each as long as its files stay as they are.
type rows struct {
	folder *folder

	mu    sync.Mutex
	known map[string]knownRow
}

type knownRow struct {
	print   fingerprint
	row     row
	summary summary.Summary
}

// of is the row of a run and its summary.
func (r *rows) of(name string) (knownRow, error) {
	dir, err := r.folder.dir(name)
	if err != nil {
		return knownRow{}, err
	}
	return r.in(dir, name)
}

// in is [rows.of] the run in a directory that was just found.
func (r *rows) in(dir run.Dir, name string) (knownRow, error) {
	print := fingerprintOf(dir)
	r.mu.Lock()
	known, ok := r.known[name]
	r.mu.Unlock()
	switch {
	case ok && known.print == print:
		return known, nil
	case ok && known.print.grown(print) && known.summary.State != summary.Damaged:
		s := known.summary.Grown()
		known = knownRow{print, rowOf(name, s, known.row.Picture, print), s}
	default:
		s, err := summary.Of(dir)
		if err != nil {
			return knownRow{}, errNoRun
		}
		s.Scores = slices.DeleteFunc(s.Scores, func(score summary.Score) bool { // a link may lead outside
			return replace.Regular(filepath.Join(dir.File(run.EvalName), score.File)) != nil
		})
		known = knownRow{print, rowOf(name, s, newestPicture(s), print), s}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.known[name] = known
	return known, nil
}

// all are the rows of all runs, and how many symbolic links were left out.
func (r *rows) all() ([]row, int, error) {
	names, links, err := r.folder.names()
	if err != nil {
		return nil, 0, err
	}
	found := make([]row, len(names))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, name := range names {
		group.Go(func() error {
			if known, err := r.in(r.folder.found(name), name); err == nil { // else it was removed just now
				found[i] = known.row
			}
			return nil
		})
	}
	_ = group.Wait() // none fails
	r.forget(names)
	return slices.DeleteFunc(found, func(r row) bool { return r.Name == "" }), links, nil
}

// forget drops what is known of runs that are gone.
func (r *rows) forget(names []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for name := range r.known {
		if _, there := slices.BinarySearch(names, name); !there {
			delete(r.known, name)
		}
	}
}

func rowOf(name string, s summary.Summary, picture string, p fingerprint) row {
	r := row{Name: name, State: s.State, Why: s.Why, Step: s.Step, Saved: s.Saved, Scores: []score{},
		Picture: picture, Loss: none, Rate: none, Seconds: none, ETA: none, Lines: p.files[1].size}
	if !s.Changed.IsZero() {
		r.Changed = s.Changed.UnixMilli()
	}
	if s.State != summary.Damaged || s.Config.Dataset != "" {
		r.Data, r.Network, r.Objective, r.Path = s.Config.Dataset, s.Config.Network(), s.Config.Objective, s.Config.Path
		r.Steps, r.Unit = s.Config.Steps, "images"
		if s.Config.Points() {
			r.Unit = "points"
		}
	}
	if s.Logged {
		r.Loss, r.Rate, r.Seconds = number(s.Loss), number(s.Rate), number(s.Seconds)
		if s.State == summary.Training {
			r.ETA = number(s.ETA)
		}
	}
	for _, found := range s.Scores {
		value := none
		if found.Value != nil {
			value = number(*found.Value)
		}
		r.Scores = append(r.Scores, score{found.Title(), found.Number(), value, found.Step, found.Beside})
	}
	return r
}

// picture is one that was written while a run trained.
type picture struct {
	Step int    `json:"step"`
	File string `json:"file"`
}

// pictures are those of a run, by their steps.
func pictures(dir run.Dir) []picture {
	if dir.CheckLayout() != nil {
		return []picture{}
	}
	return picturesIn(dir)
}

// picturesIn are those of a run whose layout was checked.
func picturesIn(dir run.Dir) []picture {
	list := []picture{}
	entries, err := os.ReadDir(dir.File(run.SamplesName))
	if err != nil {
		return list
	}
	for _, e := range entries {
		if step, ok := run.PreviewStep(e.Name()); ok && e.Type().IsRegular() {
			list = append(list, picture{step, e.Name()})
		}
	}
	slices.SortFunc(list, func(a, b picture) int { return cmp.Compare(a.Step, b.Step) })
	return list
}

// newestPicture is the name of the newest picture, "" for none.
func newestPicture(s summary.Summary) string {
	of := picturesIn
	if s.State == summary.Damaged { // which may be its layout
		of = pictures
	}
	if list := of(s.Dir); len(list) > 0 {
		return list[len(list)-1].File
	}
	return ""
}
