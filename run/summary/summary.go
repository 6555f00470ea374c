// Package summary tells in a few words what a run is and how far it has come, without opening its network or data.
package summary

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/lock"
	"github.com/amgen/amgen/run/train"
	"github.com/amgen/amgen/weights"
)

// State is what a run is at.
type State string

// The states of a run.
const (
	Training State = "training" // a process of this machine trains it, or is about to begin
	Done     State = "done"     // all its steps
	Stopped  State = "stopped"  // can be resumed
	Damaged  State = "damaged"  // its configuration, or all its checkpoints, can't be read
)

// Summary is of one run.
type Summary struct {
	Dir    run.Dir
	State  State
	Why    string // it is damaged
	Config run.Config
	// Step is the last one of the log, Saved the one of the newest checkpoint; 0 for none.
	Step, Saved int
	// Loss is the mean of the last ten lines of the log, Logged whether there are any.
	Loss   float64
	Logged bool
	// Rate is in examples per second, Seconds of training, ETA in seconds from the last line on.
	Rate, Seconds, ETA float64
	// Changed is when the newest checkpoint, or the log, was written; zero if neither.
	Changed time.Time
	// Scores are the newest of each measure in the folder of reports, by the names of their files.
	Scores []Score
}

// LossLines is how many lines of the log a loss is the mean of.
const LossLines = 10

// MeanLoss is the mean loss of the last [LossLines] lines of a log, or of all where there are fewer; false where there
// are none.
func MeanLoss(lines []train.Stat) (mean float64, ok bool) {
	lines = lines[max(0, len(lines)-LossLines):]
	for _, line := range lines {
		mean += line.Loss / float64(len(lines))
	}
	return mean, len(lines) > 0
}

// Of is the summary of the run in a directory. Its error is for a directory that holds none.
func Of(dir run.Dir) (Summary, error) {
	if !dir.HoldsRun() {
		return Summary{}, fmt.Errorf("no run in %s: it has neither %s nor checkpoints", dir, run.ConfigName)
	}
	s := Summary{Dir: dir}
	var err error
	if err = dir.CheckLayout(); err == nil {
		s.Config, err = dir.Config()
	}
	if err != nil {
		s.State, s.Why = Damaged, err.Error()
		return s, nil
	}
	damaged := s.checkpoints()
	s.log()
	s.Scores = scores(dir)
	_, held := lock.Holder(string(dir))
	switch {
	case held:
		s.State = Training
	case damaged != nil:
		s.State, s.Why = Damaged, damaged.Error()
	case s.Config.Steps > 0 && s.Saved >= s.Config.Steps:
		s.State = Done
	default:
		s.State = Stopped
	}
	return s, nil
}

// checkpoints finds the newest checkpoint that is whole as far as its manifest says. Its error is for checkpoints of
// which none is.
func (s *Summary) checkpoints() error {
	list, err := weights.List(s.Dir.Checkpoints())
	if err != nil {
		return err
	}
	for _, e := range list { // the newest first
		if wrong := weights.CheckManifest(e.Path); wrong != nil {
			err = cmp.Or(err, wrong)
			continue
		}
		s.Saved = int(e.Step)
		s.see(e.Path)
		return nil
	}
	return err
}

// see takes in when a file was written.
func (s *Summary) see(path string) {
	if info, err := os.Stat(path); err == nil && info.ModTime().After(s.Changed) {
		s.Changed = info.ModTime()
	}
}

// Grown is the summary of a run whose log alone has changed since: nothing else is read again.
func (s Summary) Grown() Summary {
	s.log()
	return s
}

// log reads the end of the log.
func (s *Summary) log() {
	path := s.Dir.File(run.StatsName)
	lines, err := train.LastStats(path, LossLines)
	if err != nil || len(lines) == 0 {
		return
	}
	s.see(path)
	last := lines[len(lines)-1]
	s.Step, s.Logged = last.Step, true
	s.Rate, s.Seconds, s.ETA = last.Rate(), last.Seconds, last.ETA
	s.Loss, _ = MeanLoss(lines)
}

// Below is the summaries of all runs in the folders of a directory, and of the directory itself if it is one, in the
// order of their names.
func Below(dir string) (list []Summary, err error) {
	if s, err := Of(run.Dir(dir)); err == nil {
		return []Summary{s}, nil
	}
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("no directory %s; name one that holds runs", dir)
	} else if err != nil {
		return nil, fmt.Errorf("runs: %w", err)
	}
	for _, e := range entries {
		if s, err := Of(run.Dir(filepath.Join(dir, e.Name()))); err == nil {
			list = append(list, s)
		}
	}
	return list, nil
}
