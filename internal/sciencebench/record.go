package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// protocol is how a prediction is made.
type protocol string

const (
	leaveOut   protocol = "leave-one-out" // of a snapshot that wasn't learned, from the one before
	allTimes   protocol = "all times"     // of each snapshot, all learned, from the first
	velocities protocol = "velocities"    // of the cells of each snapshot, all learned
	wholeWay   protocol = "the whole way" // of points from the start, a mean over all times
)

// score is one prediction, judged.
type score struct {
	Set      string   `json:"set"`
	Protocol protocol `json:"protocol"`
	Method   string   `json:"method"`
	Time     int      `json:"time"` // number of the time point, counted from 1
	Seed     int64    `json:"seed"`
	Steps    int      `json:"steps,omitempty"` // of training, 0 for what isn't learned
	Batch    int      `json:"batch,omitempty"`

	W1     *float64 `json:"w1,omitempty"`
	MMD    *float64 `json:"mmd,omitempty"`    // squared, without bias
	Mass   *float64 `json:"mass,omitempty"`   // its relative error
	Cosine *float64 `json:"cosine,omitempty"` // of learned and measured velocities, a mean over cells
}

// key is the score without its figures.
func (s score) key() score {
	s.W1, s.MMD, s.Mass, s.Cosine = nil, nil, nil, nil
	return s
}

// record is every score, kept in a file if it has one.
type record struct {
	path string
	all  []score
}

// openRecord reads the scores of a file that may not be there yet. A last line that was cut is left out.
func openRecord(path string) (*record, error) {
	r := &record{path: path}
	if path == "" {
		return r, nil
	}
	data, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	whole := data[:bytes.LastIndexByte(data, '\n')+1]
	if len(whole) < len(data) {
		if err := os.WriteFile(path, whole, 0o644); err != nil {
			return nil, err
		}
	}
	for line := range bytes.Lines(whole) {
		var s score
		if err := json.Unmarshal(line, &s); err != nil {
			return nil, fmt.Errorf("record %s holds %.80q: %w; remove it", path, line, err)
		}
		r.all = append(r.all, s)
	}
	return r, nil
}

func (r *record) has(wanted score) bool {
	for _, s := range r.all {
		if s.key() == wanted.key() {
			return true
		}
	}
	return false
}

func (r *record) add(s score) error {
	r.all = append(r.all, s)
	if r.path == "" {
		return nil
	}
	line, err := json.Marshal(s)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(r.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(append(line, '\n'))
	return errors.Join(err, f.Close())
}
