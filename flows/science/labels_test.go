package science

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// cellsWith is a table of 12 cells with a column of few whole numbers.
func cellsWith(name string, fraction float64) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "time,x,%s\n", name)
	for i := range 12 {
		fmt.Fprintf(&b, "%d,%g,%d\n", i/6, float64(i*i)+fraction, i%3)
	}
	return []byte(b.String())
}

// TestLabels: whole numbers under the name of labels are refused unless they are chosen; others of few kinds are named,
// and counts are coordinates without a word.
func TestLabels(t *testing.T) {
	for _, name := range []string{"cluster", "Batch", "leiden"} {
		file := write(t, "cells.csv", cellsWith(name, 0.5))
		_, err := ReadSnapshots(file, Columns{})
		var ask ColumnsError
		if !errors.As(err, &ask) || !slices.Equal(ask.Choice.Drop, []string{name}) {
			t.Fatalf("%s: %v, want the choice to drop it", name, err)
		}
		if p, err := ReadSnapshots(file, ask.Choice); err != nil || p.Dim != 1 {
			t.Errorf("%s left out: %v", name, err)
		}
		if p, err := ReadSnapshots(file, Columns{Use: []string{"x", name}}); err != nil || p.Dim != 2 ||
			p.Notes != nil {
			t.Errorf("%s chosen: %v", name, err)
		}
	}
	for name, says := range map[string]bool{"kind": true, "gene": false} {
		fraction := 0.0
		if says {
			fraction = 0.5
		}
		p, err := ReadSnapshots(write(t, "cells.csv", cellsWith(name, fraction)), Columns{})
		if err != nil || p.Dim != 2 {
			t.Fatalf("%s: %v", name, err)
		}
		if got := strings.Contains(strings.Join(p.Notes, "\n"), "coordinates: "+name+";"); got != says {
			t.Errorf("%s: notes %q", name, p.Notes)
		}
	}
	p, err := ReadPoints(write(t, "points.csv", cellsWith("cluster", 0.5)))
	if err != nil || !strings.Contains(strings.Join(p.Notes, "\n"), "coordinates: cluster;") {
		t.Errorf("points: %v", err)
	}
}
