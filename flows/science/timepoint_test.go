package science

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A time point is found by its time, by its label, with the column's name before it or without.
func TestTimePoint(t *testing.T) {
	read := func(text string) *Population {
		path := filepath.Join(t.TempDir(), "cells.csv")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		p, err := ReadSnapshots(path, Columns{})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	numbers := read("hour,a\n0,1\n0,2\n24,3\n24,5\n72,1\n72,2\n")
	labels := read("day,a\nDay 0,1\nDay 0,2\nDay 3,3\nDay 3,5\nDay 7,1\nDay 7,2\n")
	for _, c := range []struct {
		of     *Population
		text   string
		number int
		err    string
	}{
		{numbers, "hour=24", 2, ""}, {numbers, "time=24.0", 2, ""}, {numbers, "Time= 72", 3, ""},
		{numbers, "0.0", 1, ""},
		{numbers, "hour=25", 0, `no time "25"; it has 0, 24, 72`}, {numbers, "day=24", 0, "give hour=TIME"},
		{numbers, "hour=nan", 0, "no time"}, {numbers, "", 0, "no time"},
		{labels, "day=Day 3", 2, ""}, {labels, "Day 3", 2, ""}, {labels, "day=3", 2, ""}, {labels, "time=7", 3, ""},
		{labels, "day 3", 0, `no time "day 3"; it has Day 0, Day 3, Day 7`},
	} {
		n, err := c.of.TimePoint(c.text)
		if n != c.number || (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%q: got %d, %v, want %d, %q", c.text, n, err, c.number, c.err)
		}
	}
	s, err := labels.Prepare(SnapshotOptions{LeaveOutTime: "day=3"})
	if err != nil || s.LeftOut() != 2 ||
		!slices.Equal(s.Describe(), []string{"left out of training: time point 2, at day = Day 3, 2 cells"}) {
		t.Errorf("got %+v, %v", s, err)
	}
	cross := &Population{Name: "p", Times: []float64{0, 1}, Dim: 2, Columns: []string{"x", "y"},
		Cells: [][]float64{{3, 0, -3, 0}, {0, 1, 0, -1}}} // variances as 9 to 1
	if s, err = cross.Prepare(SnapshotOptions{Raw: true, Components: 1}); err != nil ||
		!slices.Equal(s.Describe(), []string{"1 principal component holds 90 % of the variance"}) {
		t.Errorf("got %+v, %v", s, err)
	}
	if _, err := labels.Prepare(SnapshotOptions{LeaveOut: 2, LeaveOutTime: "day=7"}); err == nil ||
		!strings.Contains(err.Error(), "which is number 3") {
		t.Errorf("two time points left out: %v", err)
	}
	if _, err := numbers.Prepare(SnapshotOptions{LeaveOut: 24}); err == nil ||
		!strings.Contains(err.Error(), "time=24 for the time 24") {
		t.Errorf("the time as a number: %v", err)
	}
}
