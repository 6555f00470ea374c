package train

import (
	"bytes"
	"encoding/json"
	"io"
	"sync"

	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/internal/mistake"
	"github.com/amgen/amgen/run/train"
)

// Forms of the log on stderr.
const (
	textLog = "text"
	jsonLog = "json"
)

// quieted is the streams of training by --log and --quiet: with json, each line becomes an object of [jsonLines]; with
// quiet there is none, and warnings go to loud alone.
func (o *options) quieted(std term.Streams) (out term.Streams, loud io.Writer, objects *jsonLines, err error) {
	if err := mistake.OneOf("log", o.log, []string{textLog, jsonLog}); err != nil {
		return std, nil, nil, err
	}
	if o.dryRun && (o.quiet || o.log == jsonLog) {
		return std, nil, nil, flags.Usagef("--log and --quiet are for training, and --dry-run trains nothing; leave " +
			"out --dry-run or these")
	}
	loud = std.Err
	if o.log == jsonLog {
		objects = &jsonLines{out: std.Err}
		std.Err, loud = objects, objects
	}
	if o.quiet {
		std.Err, objects = io.Discard, nil
	}
	return std, loud, objects, nil
}

// jsonLines writes a JSON object a line: {"event":"line","text":…} for each line of text, {"event":"step",…} for a
// step. It is for several goroutines at once.
type jsonLines struct {
	mu   sync.Mutex
	out  io.Writer
	rest []byte // of a line without its end
}

// Write implements [io.Writer] for text.
func (l *jsonLines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rest = append(l.rest, p...)
	for {
		line, rest, whole := bytes.Cut(l.rest, []byte{'\n'})
		if !whole {
			return len(p), nil
		}
		err := l.write(struct {
			Event string `json:"event"`
			Text  string `json:"text"`
		}{"line", string(line)})
		l.rest = append([]byte(nil), rest...)
		if err != nil {
			return len(p), err
		}
	}
}

// step writes a step that is logged, with the number of all.
func (l *jsonLines) step(s train.Stat, steps int) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.write(struct {
		Event string `json:"event"`
		train.Stat
		Steps int `json:"steps"`
	}{"step", s, steps})
}

func (l *jsonLines) write(v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = l.out.Write(append(text, '\n'))
	return err
}
