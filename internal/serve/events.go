package serve

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// Times of a stream of events: how often runs are looked at, how often a word is sent all the same, and how long a
// client may take to read one.
const lookEvery, wordEvery, slowest = time.Second, 15 * time.Second, 5 * time.Second

// mostRuns is how many runs a request may name.
const mostRuns = 16

// events sends the row of each named run whenever it has changed: event "run". The first come at once.
func (s *Server) events(w http.ResponseWriter, q *http.Request) {
	names := q.URL.Query()["run"]
	if len(names) == 0 || len(names) > mostRuns {
		http.Error(w, fmt.Sprintf("name 1 to %d runs", mostRuns), http.StatusBadRequest)
		return
	}
	for _, name := range names {
		if _, err := s.rows.of(name); err != nil {
			refuse(w, err)
			return
		}
	}
	select {
	case s.streams <- struct{}{}:
		defer func() { <-s.streams }()
	default:
		w.Header().Set("Retry-After", "10")
		http.Error(w, "too many pages are open; close some", http.StatusServiceUnavailable)
		return
	}
	s.open.Add(1)
	defer s.open.Done()
	w.Header().Set("Content-Type", "text/event-stream")
	s.follow(w, q, names)
}

// follow sends events until the client leaves, reads too slowly, or the server ends.
func (s *Server) follow(w http.ResponseWriter, q *http.Request, names []string) {
	send := sender(w)
	seen, word := map[string]fingerprint{}, time.Now()
	ticks := time.NewTicker(lookEvery)
	defer ticks.Stop()
	for {
		for _, name := range names {
			known, err := s.rows.of(name)
			before, sent := seen[name]
			if err != nil || sent && known.print == before {
				continue
			}
			seen[name], word = known.print, time.Now()
			text, err := json.Marshal(known.row)
			if err != nil || send(fmt.Sprintf("event: run\ndata: %s\n\n", text)) != nil {
				return
			}
		}
		if time.Since(word) > wordEvery {
			word = time.Now()
			if send(": here\n\n") != nil {
				return
			}
		}
		select {
		case <-ticks.C:
		case <-q.Context().Done():
			return
		case <-s.ctx.Done():
			return
		}
	}
}

// sender sends text at once, to a client that reads it soon. Reading, which the server bounds for requests, may take as
// long as the stream.
func sender(w http.ResponseWriter) func(text string) error {
	control := http.NewResponseController(w)
	err := control.SetReadDeadline(time.Time{})
	return func(text string) error {
		if err == nil {
			err = control.SetWriteDeadline(time.Now().Add(slowest))
		}
		if err == nil {
			_, err = fmt.Fprint(w, text)
		}
		if err == nil {
			err = control.Flush()
		}
		return err
	}
}
