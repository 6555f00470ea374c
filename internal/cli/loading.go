package cli

import (
	"fmt"

	"github.com/amgen/amgen/internal/fetch"
	"github.com/amgen/amgen/run"
)

// loading tells on stderr what is fetched for a data set, and how it is read.
func loading(std streams) run.Output {
	return run.Output{Log: func(line string) { fmt.Fprintln(std.err, line) }, Progress: fetchProgress(std)}
}

// fetchProgress shows a bar for each file that is fetched, and a line when that turns to another source.
func fetchProgress(std streams) func(fetch.Progress) {
	var b *bar
	var file string
	return func(p fetch.Progress) {
		if p.Note != "" {
			if b != nil {
				b.clear()
			}
			fmt.Fprintf(std.err, "data: %s\n", p.Note)
			return
		}
		if b == nil || file != p.File {
			file = p.File
			b = newByteBar(std.err, p.Total, fmt.Sprintf("%s: %s (%s)", p.Set, p.File, p.Source))
		}
		b.set(p.Done)
	}
}
