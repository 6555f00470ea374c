// Package tensorboard keeps a run's log, its samples and its configuration in a file that TensorBoard reads. The file
// is made of what the run directory holds, so it has each step once, however often the run was stopped.
package tensorboard

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"image/png"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/amgen/amgen/internal/eventfile"
	"github.com/amgen/amgen/internal/replace"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/train"
)

// Exporter writes one run's event file and keeps it up to date. It isn't for several goroutines at once.
type Exporter struct {
	dir    run.Dir
	log    *train.Follower
	folder string

	file   *os.File
	writer *eventfile.Writer
	began  time.Time // the time of step 0, by the clock of the last line
	step   int       // the last one that is written
	shown  map[string]bool
}

// New is an exporter of a run to a folder, which it makes. Update writes.
func New(dir run.Dir, folder string) *Exporter {
	return &Exporter{dir: dir, log: train.NewFollower(dir.File(run.StatsName)), folder: folder}
}

// Written tells whether the run has a file in the folder that training writes to.
func Written(dir run.Dir) bool {
	files, err := filepath.Glob(filepath.Join(dir.File(run.TensorBoardName), run.EventFiles))
	return err == nil && slices.ContainsFunc(files, func(path string) bool { return replace.Regular(path) == nil })
}

// Update writes what the run has that the file hasn't. If the log has lost steps since, as after a resume from an
// earlier checkpoint, the file begins again.
func (e *Exporter) Update() error {
	stats, err := e.log.Lines()
	if err != nil {
		return err
	}
	if e.file == nil || e.step > 0 && !slices.ContainsFunc(stats, func(s train.Stat) bool { return s.Step == e.step }) {
		if err := e.begin(stats); err != nil {
			return err
		}
	}
	for _, s := range stats {
		if s.Step <= e.step {
			continue
		}
		values, err := scalars(s)
		if err != nil {
			return err
		}
		if err := e.writer.Scalars(e.at(s.Seconds), s.Step, values); err != nil {
			return err
		}
		e.step = s.Step
	}
	return e.pictures(stats)
}

// Close ends the file.
func (e *Exporter) Close() error {
	if e.file == nil {
		return nil
	}
	err := e.file.Close()
	e.file = nil
	return err
}

// begin starts a file in place of those that this package wrote before.
func (e *Exporter) begin(stats []train.Stat) error {
	if err := e.Close(); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(e.folder), 0o755); err != nil {
		return fmt.Errorf("event file: %w; choose another folder", err)
	}
	if err := replace.Folder(e.folder); err != nil {
		return fmt.Errorf("event file: %w; choose another folder", err)
	}
	old, err := filepath.Glob(filepath.Join(e.folder, run.EventFiles))
	if err != nil {
		return fmt.Errorf("event file: %w", err)
	}
	for _, path := range old {
		if replace.Regular(path) != nil {
			continue
		}
		if err := os.Remove(path); err != nil {
			return fmt.Errorf("event file: %w; check the rights there", err)
		}
	}
	e.began, err = e.start(stats)
	if err != nil {
		return err
	}
	name := strings.Replace(run.EventFiles, "*", fmt.Sprintf("%010d.%d", e.began.Unix(), time.Now().UnixNano()), 1)
	e.file, err = os.OpenFile(filepath.Join(e.folder, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return fmt.Errorf("event file: %w; check the rights there", err)
	}
	e.step, e.shown = 0, map[string]bool{}
	if e.writer, err = eventfile.NewWriter(e.file, e.began); err != nil {
		return err
	}
	text, err := os.ReadFile(e.dir.File(run.ConfigName))
	if errors.Is(err, fs.ErrNotExist) { // the log may be there all the same
		return nil
	} else if err != nil {
		return fmt.Errorf("run directory: %w", err)
	}
	indented := "    " + strings.ReplaceAll(strings.TrimSpace(string(text)), "\n", "\n    ")
	return e.writer.Text("configuration", indented)
}

// start is the time of step 0, as if the run had never stopped: the last line was written when the log changed.
func (e *Exporter) start(stats []train.Stat) (time.Time, error) {
	info, err := os.Stat(e.dir.File(run.StatsName))
	if errors.Is(err, fs.ErrNotExist) || len(stats) == 0 {
		return time.Now(), nil
	} else if err != nil {
		return time.Time{}, fmt.Errorf("read stats: %w", err)
	}
	return info.ModTime().Add(-seconds(stats[len(stats)-1].Seconds)), nil
}

func (e *Exporter) at(trained float64) time.Time { return e.began.Add(seconds(trained)) }

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// scalars are the numbers of a line but the step and the times, by their names in it.
func scalars(s train.Stat) (values []eventfile.Scalar, err error) {
	text, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("step %d: %w", s.Step, err)
	}
	var fields map[string]any
	if err := json.Unmarshal(text, &fields); err != nil {
		return nil, fmt.Errorf("step %d: %w", s.Step, err)
	}
	for name, v := range fields {
		number, ok := v.(float64)
		if ok && name != "step" && name != "seconds" && name != "eta_s" {
			values = append(values, eventfile.Scalar{Tag: name, Value: number})
		}
	}
	slices.SortFunc(values, func(a, b eventfile.Scalar) int { return strings.Compare(a.Tag, b.Tag) })
	return values, nil
}

// pictures writes the previews that aren't written yet.
func (e *Exporter) pictures(stats []train.Stat) error {
	entries, err := os.ReadDir(e.dir.File(run.SamplesName))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("samples of the run: %w; make the folder readable", err)
	}
	for _, entry := range entries {
		step, ok := run.PreviewStep(entry.Name())
		if !ok || !entry.Type().IsRegular() || e.shown[entry.Name()] || step > e.step { // its line isn't there yet
			continue
		}
		text, err := os.ReadFile(filepath.Join(e.dir.File(run.SamplesName), entry.Name()))
		if err != nil {
			return fmt.Errorf("samples of the run: %w", err)
		}
		e.shown[entry.Name()] = true
		size, err := png.DecodeConfig(bytes.NewReader(text))
		if err != nil {
			continue // what isn't a picture, TensorBoard can't show
		}
		i, _ := slices.BinarySearchFunc(stats, step, func(s train.Stat, n int) int { return s.Step - n })
		at := e.at(stats[min(i, len(stats)-1)].Seconds) // there is a line of this step or a later one
		if err := e.writer.Picture(at, step, "samples", text, size.Width, size.Height); err != nil {
			return err
		}
	}
	return nil
}
