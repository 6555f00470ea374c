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
	Elapsed                       float64 // seconds
}

// tally counts tests, and not the parts that a test has.
type tally struct {
	out             io.Writer // what happens, as it happens
	lines           int       // how many lines of what a failed test printed are shown
	passed          int
	failed, skipped []string
	said            map[string][]string // by test, what it printed
}

// known says why some tests fail on any backend but XLA's for a CPU.
var known = map[string]string{
	"pkg/core/graph TestGradientFFT":       "it wants the directions of numbers that are 0 but for XLA's rounding",
	"pkg/core/graph TestGradientBatchNorm": "it wants XLA's rounding of a gradient that is 0",
}

func (t *tally) total() int { return t.passed + len(t.failed) }

// read counts the tests of a stream of events, up to its end.
func (t *tally) read(events io.Reader) error {
	for lines := json.NewDecoder(events); ; {
		var e event
		switch err := lines.Decode(&e); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("the events of go test: %w", err)
		}
		t.add(e)
	}
}

func (t *tally) add(e event) {
	pkg := strings.TrimPrefix(e.Package, gomlx+"/")
	test, part, _ := strings.Cut(e.Test, "/")
	name := pkg + " " + test
	switch {
	case e.Test == "" && (e.Action == "pass" || e.Action == "fail"):
		fmt.Fprintf(t.out, "%s: %s, %.0f s\n", pkg, e.Action, e.Elapsed)
	case e.Test == "":
	case e.Action == "output":
		t.said[name] = append(t.said[name], e.Output)
	case part != "":
	case e.Action == "pass":
		t.passed++
	case e.Action == "skip":
		t.skipped = append(t.skipped, name)
	case e.Action == "fail":
		t.failed = append(t.failed, name)
		fmt.Fprintf(t.out, "failed: %s\n", name)
		said := t.said[name]
		for _, line := range said[max(0, len(said)-t.lines):] {
			fmt.Fprint(t.out, "\t", line)
		}
	}
	if part == "" && (e.Action == "pass" || e.Action == "fail") {
		delete(t.said, name)
	}
}

// print writes the tests that failed or were skipped, and the count.
func (t *tally) print() {
	for _, name := range t.failed {
		if why := known[name]; why != "" {
			name += ": " + why
		}
		fmt.Fprintf(t.out, "failed: %s\n", name)
	}
	for _, name := range t.skipped {
		fmt.Fprintf(t.out, "skipped: %s: %s\n", name, t.reason(name))
	}
	fmt.Fprintf(t.out, "%d of GoMLX's %d tests of graphs and layers pass on the backend simd; %d were skipped\n",
		t.passed, t.total(), len(t.skipped))
}

// reason is what a skipped test printed, without the names of files and tests around it.
func (t *tally) reason(name string) string {
	var said []string
	for _, line := range t.said[name] {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "===") && !strings.HasPrefix(line, "---") {
			said = append(said, line)
		}
	}
	return strings.Join(said, " ")
}
