package term

import (
	"fmt"
	"time"

	"github.com/amgen/amgen/internal/duration"
)

// Watch writes a line about long work every [watchEvery], for logs, which show no bar.
type Watch struct {
	what        string
	std         Streams
	began, last time.Time
}

// NewWatch begins to watch work.
func NewWatch(what string, std Streams) *Watch {
	return &Watch{what: what, std: std, began: time.Now()}
}

// watchEvery is the time between lines.
const watchEvery = time.Minute

// See takes the number of examples that were computed since the beginning, and the number of all that are done.
func (w *Watch) See(b *Bar, computed, done, of int) {
	now := time.Now()
	if done == of || now.Sub(w.began) < watchEvery/4 || now.Sub(w.last) < watchEvery || computed == 0 {
		return
	}
	rate := float64(computed) / now.Sub(w.began).Seconds()
	left := float64(of-done) / rate
	if left < watchEvery.Seconds()/4 { // the end has its own line
		return
	}
	w.last = now
	b.Clear()
	fmt.Fprintf(w.std.Err, "%s: %d of %d, %.3g/s, %s left\n", w.what, done, of, rate, duration.Text(left))
}
