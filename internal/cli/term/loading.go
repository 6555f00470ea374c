package term

import (
	"fmt"

	"github.com/amgen/amgen/internal/fetch"
	"github.com/amgen/amgen/run"
)

// Loading tells what is fetched for a data set, and how it is read.
func (std Streams) Loading() run.Output {
	return run.Output{Log: func(line string) { fmt.Fprintln(std.Err, line) }, Progress: std.Fetching()}
}

// Fetching shows a bar for each file that is fetched, and a line when that turns to another source.
func (std Streams) Fetching() func(fetch.Progress) {
	var b *Bar
	var file string
	return func(p fetch.Progress) {
		if p.Note != "" {
			if b != nil {
				b.Clear()
			}
			fmt.Fprintf(std.Err, "data: %s\n", p.Note)
			return
		}
		if b == nil || file != p.File {
			file = p.File
			b = newByteBar(std.Err, p.Total, fmt.Sprintf("%s: %s (%s)", p.Set, p.File, p.Source))
		}
		b.Set(p.Done)
	}
}
