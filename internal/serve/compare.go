package serve

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/amgen/amgen/run/summary"
)

// comparison is of several runs.
type comparison struct {
	Runs     []row                `json:"runs"`
	Settings []summary.Difference `json:"settings"` // in which they differ
	Unlike   string               `json:"unlike"`   // why their losses can't be compared, "" if they can
	Scores   []measuredText       `json:"scores"`   // that two of them have or more
	Apart    []string             `json:"apart"`    // why others aren't beside each other
	Pictures [][]picture          `json:"pictures"`
	LeftOut  []string             `json:"left_out"` // damaged runs, with the reason
}

type measuredText struct {
	Title   string   `json:"title"`
	Numbers []string `json:"numbers"`
}

// compare answers with what `amgen runs compare` prints. Damaged runs are left out.
func (s *Server) compare(w http.ResponseWriter, q *http.Request) {
	names := q.URL.Query()["run"]
	if len(names) < 2 || len(names) > mostRuns {
		http.Error(w, fmt.Sprintf("name 2 to %d runs", mostRuns), http.StatusBadRequest)
		return
	}
	c := comparison{Settings: []summary.Difference{}, Scores: []measuredText{}, Apart: []string{},
		LeftOut: []string{}}
	var readable []string
	var list []summary.Summary
	for _, name := range names {
		known, err := s.rows.of(name)
		if err != nil {
			refuse(w, fmt.Errorf("%w: %s", err, name))
			return
		}
		if known.row.State == summary.Damaged {
			c.LeftOut = append(c.LeftOut, fmt.Sprintf("%s is left out, since it is damaged: %s.", name, known.row.Why))
			continue
		}
		readable = append(readable, name)
		list = append(list, known.summary)
		c.Runs, c.Pictures = append(c.Runs, known.row), append(c.Pictures, pictures(known.summary.Dir))
	}
	if len(list) == 0 {
		refuse(w, errors.New("all of these runs are damaged; choose others"))
		return
	}
	c.Settings = append(c.Settings, summary.Differing(list)...)
	c.Unlike = summary.WhyUnlike(list, readable)
	for _, m := range summary.Measures(list) {
		if m.Count > 1 {
			c.Scores = append(c.Scores, measuredText{m.Title(), m.Numbers()})
		}
	}
	c.Apart = append(c.Apart, summary.Apart(list, readable)...)
	answer(w, c)
}
