package main

import (
	"strings"
	"testing"
	"time"
)

// Each level has a line for each number of cores, and every rate is above 0.
func TestRun(t *testing.T) {
	var out strings.Builder
	if err := run(t.Context(), &out, time.Millisecond); err != nil {
		t.Fatal(err)
	}
	for _, s := range sizes {
		if !strings.Contains(out.String(), "| "+s.name+" | 1 |") {
			t.Errorf("no line of %s in\n%s", s.name, &out)
		}
	}
	if strings.Contains(out.String(), " 0 G") {
		t.Errorf("a rate of 0 in\n%s", &out)
	}
}

// What is moved is counted: a move that does nothing but wait has the rate that it says.
func TestRate(t *testing.T) {
	const bytes, pause = 1 << 22, 2 * time.Millisecond
	got := rate(1, 1, 10*time.Millisecond, func(_, _ []byte) int {
		time.Sleep(pause)
		return bytes
	})
	if most := bytes / pause.Seconds(); got > most || got < most/100 { // a busy machine sleeps longer
		t.Errorf("%g bytes a second, want at most %g", got, most)
	}
}
