package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// event is a line of go test -json.
type event struct {
	Action, Package, Test, Output string
}

// tally counts tests, without the parts that a test has.
type tally struct {
	passed          int
	failed, skipped []string
	said            map[string][]string // by test, what it printed
}

func (t *tally) total() int { return t.passed + len(t.failed) }

// read counts the tests of a stream of events, up to its end.
func read(events io.Reader) (*tally, error) {
	t := &tally{said: map[string][]string{}}
	for lines := json.NewDecoder(events); ; {
		var e event
		switch err := lines.Decode(&e); {
		case errors.Is(err, io.EOF):
			return t, nil
		case err != nil:
			return nil, fmt.Errorf("the events of go test: %w", err)
		}
		t.add(e)
	}
}

func (t *tally) add(e event) {
	pkg := strings.TrimPrefix(e.Package, gomlx+"/")
	test, part, _ := strings.Cut(e.Test, "/")
	name := pkg + " " + test
	switch {
	case e.Test == "" && e.Action == "fail":
		t.said[pkg] = append(t.said[pkg], "the package failed") // it didn't compile, or ran out of time
	case e.Test == "":
	case e.Action == "output":
		t.said[name] = append(t.said[name], e.Output)
	case part != "":
	case e.Action == "pass":
		t.passed++
	case e.Action == "fail":
		t.failed = append(t.failed, name)
	case e.Action == "skip":
		t.skipped = append(t.skipped, name)
	}
}

// print writes the tests that failed with the end of what they printed, the tests that were skipped, and the count.
func (t *tally) print(out io.Writer) {
	for _, name := range t.failed {
		fmt.Fprintf(out, "failed: %s\n", name)
		said := t.said[name]
		for _, line := range said[max(0, len(said)-*lines):] {
			fmt.Fprint(out, "\t", line)
		}
	}
	for _, name := range t.skipped {
		fmt.Fprintf(out, "skipped: %s\n", name)
	}
	fmt.Fprintf(out, "%d of GoMLX's %d tests of graphs and layers pass on the backend simd; %d were skipped\n",
		t.passed, t.total(), len(t.skipped))
}
