package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestTally reads the events of a package: two tests pass, one of them with parts; one fails, one is skipped.
func TestTally(t *testing.T) {
	events := `{"Action":"run","Package":"github.com/gomlx/gomlx/pkg/core/graph","Test":"TestA"}
{"Action":"pass","Package":"github.com/gomlx/gomlx/pkg/core/graph","Test":"TestA/part"}
{"Action":"pass","Package":"github.com/gomlx/gomlx/pkg/core/graph","Test":"TestA"}
{"Action":"pass","Package":"github.com/gomlx/gomlx/pkg/core/graph","Test":"TestB"}
{"Action":"output","Package":"github.com/gomlx/gomlx/pkg/core/graph","Test":"TestC","Output":"first\n"}
{"Action":"output","Package":"github.com/gomlx/gomlx/pkg/core/graph","Test":"TestC/part","Output":"second\n"}
{"Action":"fail","Package":"github.com/gomlx/gomlx/pkg/core/graph","Test":"TestC/part"}
{"Action":"fail","Package":"github.com/gomlx/gomlx/pkg/core/graph","Test":"TestC"}
{"Action":"output","Package":"github.com/gomlx/gomlx/pkg/core/graph","Test":"TestD","Output":"=== RUN   TestD\n"}
{"Action":"output","Package":"github.com/gomlx/gomlx/pkg/core/graph","Test":"TestD","Output":"    d.go:1: one device\n"}
{"Action":"skip","Package":"github.com/gomlx/gomlx/pkg/core/graph","Test":"TestD"}
{"Action":"fail","Package":"github.com/gomlx/gomlx/pkg/core/graph","Elapsed":2.4}
`
	var out strings.Builder
	tally := tally{out: &out, lines: 1, said: map[string][]string{}}
	if err := tally.read(strings.NewReader(events)); err != nil {
		t.Fatal(err)
	}
	tally.print()
	want := `failed: pkg/core/graph TestC
	second
pkg/core/graph: fail, 2 s
failed: pkg/core/graph TestC
skipped: pkg/core/graph TestD: d.go:1: one device
2 of GoMLX's 3 tests of graphs and layers pass on the backend simd; 1 were skipped
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if err := tally.read(strings.NewReader("go: cannot find module\n")); err == nil {
		t.Error("text that is no event was accepted")
	}
}
