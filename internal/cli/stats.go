package cli

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// Stat is one line of stats.jsonl, about the step it names.
type Stat struct {
	Step         int     `json:"step"`
	Loss         float64 `json:"loss"`
	GradNorm     float64 `json:"grad_norm"` // before clipping
	LR           float64 `json:"lr"`
	ImagesPerSec float64 `json:"images_per_s,omitempty"` // of a run on images
	PointsPerSec float64 `json:"points_per_s,omitempty"` // of a run on points
	Seconds      float64 `json:"seconds"`                // of training since step 0, earlier sittings counted in
	ETA          float64 `json:"eta_s"`
}

// rate is that of the examples, whatever they are.
func (s Stat) rate() float64 { return s.ImagesPerSec + s.PointsPerSec }

// statsLog appends to stats.jsonl. After a resume it holds each step once: lines past the checkpoint are cut.
type statsLog struct {
	file  *os.File
	lines []Stat
}

// openStats opens the log of a run that has done `step` steps; lines of later steps, and a torn last line, go.
func openStats(path string, step int) (*statsLog, error) {
	old, err := readStats(path)
	if err != nil {
		return nil, err
	}
	s := &statsLog{}
	var text bytes.Buffer
	for _, line := range old {
		if line.Step <= step {
			s.lines = append(s.lines, line)
			if err := json.NewEncoder(&text).Encode(line); err != nil {
				return nil, fmt.Errorf("rewrite %s: %w", path, err)
			}
		}
	}
	if err := replaceText(path, text.Bytes()); err != nil {
		return nil, err
	}
	if s.file, err = os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0o644); err != nil {
		return nil, fmt.Errorf("open stats: %w", err)
	}
	return s, nil
}

// readStats reads stats.jsonl up to the first line that is not whole or not of a later step; no file is no lines.
func readStats(path string) ([]Stat, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, fmt.Errorf("read stats: %w; it has to be a file that can be read, or to be moved away", err)
	}
	var lines []Stat
	for scan := bufio.NewScanner(bytes.NewReader(text)); scan.Scan(); {
		var line Stat
		if json.Unmarshal(scan.Bytes(), &line) != nil || len(lines) > 0 && line.Step <= lines[len(lines)-1].Step {
			break
		}
		lines = append(lines, line)
	}
	return lines, nil
}

// position is how far a log has come, for a checkpoint to say.
type position struct {
	Lines int `json:"lines"`
	Step  int `json:"step"` // of the last line
}

func (s *statsLog) position() position {
	if len(s.lines) == 0 {
		return position{}
	}
	return position{Lines: len(s.lines), Step: s.lines[len(s.lines)-1].Step}
}

// meanLoss is the mean over the lines after a step, nil where there are none. One batch's loss says little, and by the estimator
// boundary so does a mean; by pathwise it tells a network that is getting worse.
func (s *statsLog) meanLoss(after int) *float64 {
	sum, n := 0.0, 0
	for i := len(s.lines) - 1; i >= 0 && s.lines[i].Step > after; i-- {
		sum, n = sum+s.lines[i].Loss, n+1
	}
	if n == 0 {
		return nil
	}
	mean := sum / float64(n)
	return &mean
}

// sync brings the lines to the disk, which a checkpoint must not be ahead of: they cannot be computed again.
func (s *statsLog) sync() error {
	if err := s.file.Sync(); err != nil {
		return fmt.Errorf("write stats: %w", err)
	}
	return nil
}

func (s *statsLog) append(line Stat) error {
	text, err := json.Marshal(line)
	if err != nil {
		return fmt.Errorf("encode stats: %w", err)
	}
	if _, err := s.file.Write(append(text, '\n')); err != nil {
		return fmt.Errorf("write stats: %w", err)
	}
	s.lines = append(s.lines, line)
	return nil
}

// trained is the training time of earlier sittings in seconds.
func (s *statsLog) trained() float64 {
	if len(s.lines) == 0 {
		return 0
	}
	return s.lines[len(s.lines)-1].Seconds
}

func (s *statsLog) close() error { return s.file.Close() }
