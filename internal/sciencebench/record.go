package main

import "github.com/amgen/amgen/internal/jsonlines"

// protocol is how a prediction is made.
type protocol string

const (
	leaveOut   protocol = "leave-one-out" // of a snapshot that wasn't learned, from the one before
	allTimes   protocol = "all times"     // of each snapshot, all learned, from the first
	velocities protocol = "velocities"    // of the cells of each snapshot, all learned
	wholeWay   protocol = "the whole way" // of points from the start, a mean over all times
	authorsWay protocol = "the whole way, judged as the authors of Action Matching do"
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

	Smoothing float64 `json:"smoothing,omitempty"` // of the cells that are learned

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

// openRecord reads the scores of a file that may not be there yet.
func openRecord(path string) (*record, error) {
	all, err := jsonlines.Read[score](path)
	return &record{path, all}, err
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
	return jsonlines.Append(r.path, s)
}
