package serve

import (
	"crypto/rand"
	"errors"
	"image"
	"slices"
	"sync"

	"github.com/amgen/amgen/run/draw"
)

// line is who waits to have samples drawn, one after the other, and what was drawn last.
type line struct {
	mu      sync.Mutex
	waiting []*turn // the first is drawn
	results []result
}

// turn is a place in the line.
type turn struct{ come chan struct{} }

// result is what pages can fetch, until more is drawn: samples, or a picture alone.
type result struct {
	id      string
	samples *draw.Samples // nil of a picture alone
	seed    int64
	frames  func() ([]image.Image, error) // a picture of each state, made once
	picture []byte                        // PNG
	// image and mask are PNGs of what was filled in; nil of other samples.
	image, mask []byte
}

const (
	mostWaiting = 8 // and the one that is drawn
	mostResults = 2
)

var errFull = errors.New("too many requests wait to be drawn; try again when some are done")

// join takes the last place.
func (l *line) join() (*turn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.waiting) > mostWaiting {
		return nil, errFull
	}
	t := &turn{make(chan struct{})}
	if l.waiting = append(l.waiting, t); len(l.waiting) == 1 {
		close(t.come)
	}
	return t, nil
}

// ahead is how many are drawn before.
func (l *line) ahead(t *turn) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Index(l.waiting, t)
}

// leave gives the place up, and the turn to the next one if it was the first.
func (l *line) leave(t *turn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	k := slices.Index(l.waiting, t)
	l.waiting = slices.Delete(l.waiting, k, k+1)
	if k == 0 && len(l.waiting) > 0 {
		close(l.waiting[0].come)
	}
}

// keep keeps samples in place of the oldest, and gives them a name.
func (l *line) keep(samples *draw.Samples, seed int64) (id string) {
	return l.add(result{samples: samples, seed: seed, frames: sync.OnceValues(func() ([]image.Image, error) {
		return samples.Frames(draw.Layout{Seed: seed})
	})})
}

// add keeps a result in place of the oldest, and gives it a name.
func (l *line) add(r result) (id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r.id = rand.Text()
	l.results = append(l.results, r)
	if len(l.results) > mostResults {
		l.results = slices.Delete(l.results, 0, 1)
	}
	return r.id
}

// result are samples that are kept.
func (l *line) result(id string) (result, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	k := slices.IndexFunc(l.results, func(r result) bool { return r.id == id })
	if k < 0 {
		return result{}, false
	}
	return l.results[k], true
}
