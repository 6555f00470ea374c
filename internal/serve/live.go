package serve

import (
	"bytes"
	"crypto/rand"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/run/draw"
)

// live is samples on their way, for the page that asked for them: the newest state that was seen, and the picture of
// one that is shown. The request that is drawn, or was drawn last, has one.
type live struct {
	id string

	mu      sync.Mutex
	wanted  time.Time     // when a state is copied next
	fresh   *draw.Samples // a state that isn't shown yet
	picture []byte        // PNG
}

// Bounds on the pictures of samples on their way: how often there is one, and how much of the time they may take.
const (
	liveEvery = 500 * time.Millisecond
	liveShare = 20 // drawing takes at least as many times as long
)

func newLive() *live { return &live{id: rand.Text(), wanted: time.Now().Add(liveEvery)} }

// watch copies the state of a batch if one is due. done are the samples of the batches before.
func (l *live) watch(o draw.Options, done func() *draw.Samples) func(float64, func() (*draw.Samples, error)) {
	return func(t float64, state func() (*draw.Samples, error)) {
		l.mu.Lock()
		defer l.mu.Unlock()
		if time.Now().Before(l.wanted) || l.fresh != nil {
			return
		}
		if batch, err := state(); err == nil { // else the end says it
			l.fresh = o.Unfinished(done(), t, batch)
		}
	}
}

// show makes the picture of a fresh state. It is false where there is none.
func (l *live) show() (t float64, ok bool) {
	l.mu.Lock()
	fresh := l.fresh
	l.mu.Unlock()
	if fresh == nil {
		return 0, false
	}
	began := time.Now()
	var text bytes.Buffer
	frames, err := fresh.Frames(draw.Layout{})
	if err == nil {
		err = imaging.EncodePNG(&text, frames[0])
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fresh, l.wanted = nil, time.Now().Add(max(liveEvery, liveShare*time.Since(began)))
	if err != nil { // a solver that has run away, whose end says it
		return 0, false
	}
	l.picture = text.Bytes()
	return fresh.Times[0], true
}

// watched answers with the newest picture of samples on their way.
func (s *Server) watched(w http.ResponseWriter, q *http.Request) {
	l := s.live.Load()
	if l == nil || q.FormValue("id") != l.id {
		http.Error(w, "these samples aren't on their way any more; others are", http.StatusNotFound)
		return
	}
	l.mu.Lock()
	picture := l.picture
	l.mu.Unlock()
	if picture == nil {
		http.Error(w, "no picture yet", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "image/png")
	w.Header().Set("Content-Length", strconv.Itoa(len(picture)))
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(picture) // the client may have gone
}
