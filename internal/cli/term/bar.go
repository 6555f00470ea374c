package term

import (
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// Bar is a progress bar on a terminal, and nothing elsewhere: logs are for lines.
type Bar struct{ bar *progressbar.ProgressBar }

// IsTerminal tells whether a stream is a terminal.
func IsTerminal(w io.Writer) bool {
	f, ok := fileOf(w)
	return ok && term.IsTerminal(int(f.Fd()))
}

// NewStepBar counts steps; rate and time left are in its description, which knows of resumed runs.
func NewStepBar(w io.Writer, steps int) *Bar {
	return makeBar(w, int64(steps), "train", progressbar.OptionShowCount(), progressbar.OptionSetPredictTime(false))
}

// NewShareBar shows the share of work that is done, and the time left.
func NewShareBar(w io.Writer, what string) *Bar {
	return makeBar(w, shareParts, what, progressbar.OptionSetPredictTime(true))
}

// shareParts is the number of parts that a share is shown in.
const shareParts = 1000

// newByteBar counts bytes, of 0 for a number that isn't known.
func newByteBar(w io.Writer, total int64, what string) *Bar {
	if total == 0 {
		total = -1 // a spinner
	}
	return makeBar(w, total, what, progressbar.OptionShowBytes(true))
}

func makeBar(w io.Writer, total int64, what string, more ...progressbar.Option) *Bar {
	if !IsTerminal(w) {
		return &Bar{}
	}
	options := append([]progressbar.Option{
		progressbar.OptionSetWriter(unescaped(w)), progressbar.OptionSetDescription(Shown(what)),
		progressbar.OptionFullWidth(),
		progressbar.OptionThrottle(100 * time.Millisecond), progressbar.OptionClearOnFinish(),
	}, more...)
	return &Bar{progressbar.NewOptions64(total, options...)}
}

// Set shows how much is done.
func (b *Bar) Set(done int64) {
	if b.bar != nil {
		_ = b.bar.Set64(done) // a bar that cannot be drawn must not stop the work
	}
}

// Share shows the share of the work that is done, in [0, 1], on a bar of [NewShareBar].
func (b *Bar) Share(done float64) { b.Set(int64(shareParts * done)) }

// Describe changes the text of a bar.
func (b *Bar) Describe(what string) {
	if b.bar != nil {
		b.bar.Describe(Shown(what))
	}
}

// Clear removes the line of a bar, if there is one, so that a log line can take its place; the next set draws it again.
func (b *Bar) Clear() {
	if b != nil && b.bar != nil {
		_ = b.bar.Clear()
	}
}

// Visible tells whether there is a bar, on a terminal.
func (b *Bar) Visible() bool { return b.bar != nil }
