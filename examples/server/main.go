// Command server draws pictures from a run that amgen has trained, for browsers and programs: server RUN [ADDRESS]
//
//	GET /picture?seed=7&n=16    a PNG; a client that leaves ends the work
//	GET /progress?seed=7&n=16   the same as events: share done, at the end the picture's address
//
// All clients share one opened run, at most eight at a time; others wait.
package main

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"net/http"
	"os"
	"strconv"
	"sync"

	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/draw"
)

func main() {
	if len(os.Args) < 2 {
		log.Fatal("usage: server RUN [ADDRESS]")
	}
	address := "localhost:8080"
	if len(os.Args) > 2 {
		address = os.Args[2]
	}
	r, err := run.Open(context.Background(), os.Args[1], run.Options{Output: run.Output{Log: func(
		line string) {
		log.Print(line)
	}}})
	if err != nil {
		log.Fatal(err)
	}
	log.Printf("step %d of %s on http://%s/picture", r.Step, r.Name(), address)
	log.Fatal(http.ListenAndServe(address, handler(r)))
}

// handler serves pictures of a run.
func handler(r *run.Run) http.Handler {
	s := &server{run: r, places: make(chan struct{}, 8), drawn: map[string][]byte{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /picture", s.picture)
	mux.HandleFunc("GET /progress", s.progress)
	return mux
}

type server struct {
	run    *run.Run
	places chan struct{} // taken by clients that are served

	mu     sync.Mutex
	drawn  map[string][]byte // the last PNGs, by address: the one that /progress announces isn't drawn again
	oldest []string          // their addresses, the oldest first
}

// address is where a picture is served.
func address(o draw.Options) string { return fmt.Sprintf("/picture?seed=%d&n=%d", o.Seed, o.N) }

// kept is the picture of an address if it is among the last.
func (s *server) kept(address string) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.drawn[address]
}

// keep keeps a picture in place of the oldest.
func (s *server) keep(address string, picture []byte) {
	const most = 64
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.drawn[address] == nil {
		s.oldest = append(s.oldest, address)
	}
	s.drawn[address] = picture
	if len(s.oldest) > most {
		delete(s.drawn, s.oldest[0])
		s.oldest = s.oldest[1:]
	}
}

// request reads what a client asks for.
func request(q *http.Request) (draw.Options, error) {
	o := draw.Options{N: 16}
	var err error
	if text := q.FormValue("n"); text != "" {
		if o.N, err = strconv.Atoi(text); err != nil || o.N < 1 || o.N > 256 {
			return o, fmt.Errorf("n is %q; ask for 1 to 256 samples", text)
		}
	}
	if text := q.FormValue("seed"); text != "" {
		if o.Seed, err = strconv.ParseInt(text, 10, 64); err != nil {
			return o, fmt.Errorf("seed is %q; give a whole number", text)
		}
	}
	o.Batch = min(o.N, 16)
	return o, nil
}

// draw is a PNG of samples. It waits for a place, and draws until the client leaves.
func (s *server) draw(ctx context.Context, o draw.Options) ([]byte, error) {
	if picture := s.kept(address(o)); picture != nil {
		return picture, nil
	}
	select {
	case s.places <- struct{}{}:
		defer func() { <-s.places }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	samples, err := draw.Collect(draw.Draw(ctx, s.run, o))
	if err != nil {
		return nil, err
	}
	picture, err := samples.Picture(draw.Layout{Seed: o.Seed})
	if err != nil {
		return nil, err
	}
	var png bytes.Buffer
	if err := imaging.EncodePNG(&png, picture); err != nil {
		return nil, err
	}
	s.keep(address(o), png.Bytes())
	return png.Bytes(), nil
}

func (s *server) picture(w http.ResponseWriter, q *http.Request) {
	o, err := request(q)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	picture, err := s.draw(q.Context(), o)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "image/png")
	if _, err := w.Write(picture); err != nil {
		log.Print(err) // the client has gone
	}
}

func (s *server) progress(w http.ResponseWriter, q *http.Request) {
	o, err := request(q)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	stream := http.NewResponseController(w)
	event := func(name, data string) {
		fmt.Fprintf(w, "event: %s\ndata: %s\n\n", name, data)
		_ = stream.Flush() // a client that has gone ends the context
	}
	o.Progress = func(done float64) { event("share", fmt.Sprintf("%.3f", done/float64(o.N))) }
	if _, err := s.draw(q.Context(), o); err != nil {
		event("failed", err.Error())
		return
	}
	event("done", address(o))
}
