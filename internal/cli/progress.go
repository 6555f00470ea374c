package cli

import (
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// bar is a progress bar on a terminal, and nothing elsewhere: logs are for lines.
type bar struct{ bar *progressbar.ProgressBar }

func isTerminal(w io.Writer) bool {
	f, ok := fileOf(w)
	return ok && term.IsTerminal(int(f.Fd()))
}

// newTrainBar counts steps; rate and time left are in its description, which knows of resumed runs.
func newTrainBar(w io.Writer, steps int) *bar {
	return makeBar(w, int64(steps), "train", progressbar.OptionShowCount(), progressbar.OptionSetPredictTime(false))
}

// newShareBar shows a share of shareParts and the time left.
func newShareBar(w io.Writer, what string) *bar {
	return makeBar(w, shareParts, what, progressbar.OptionSetPredictTime(true))
}

const shareParts = 1000

func newByteBar(w io.Writer, total int64, what string) *bar {
	if total == 0 {
		total = -1 // a spinner
	}
	return makeBar(w, total, what, progressbar.OptionShowBytes(true))
}

func makeBar(w io.Writer, total int64, what string, more ...progressbar.Option) *bar {
	if !isTerminal(w) {
		return &bar{}
	}
	options := append([]progressbar.Option{
		progressbar.OptionSetWriter(unescaped(w)), progressbar.OptionSetDescription(shown(what)),
		progressbar.OptionFullWidth(),
		progressbar.OptionThrottle(100 * time.Millisecond), progressbar.OptionClearOnFinish(),
	}, more...)
	return &bar{progressbar.NewOptions64(total, options...)}
}

func (b *bar) set(done int64) {
	if b.bar != nil {
		_ = b.bar.Set64(done) // a bar that cannot be drawn must not stop the work
	}
}

func (b *bar) describe(what string) {
	if b.bar != nil {
		b.bar.Describe(shown(what))
	}
}

// clear removes the line of a bar, if there is one, so that a log line can take its place; the next set draws it again.
func (b *bar) clear() {
	if b != nil && b.bar != nil {
		_ = b.bar.Clear()
	}
}

// visible tells whether there is a bar, on a terminal.
func (b *bar) visible() bool { return b.bar != nil }
