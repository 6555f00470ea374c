package tables

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/amgen/amgen/internal/timelabel"
)

// timeColumns are the names by which a column of times is known, whatever the case; and t, in small letters alone: T
// may be a gene.
var timeColumns = []string{"time", "day", "days", "stage", "timepoint", "timepoints", "time_point", "time point",
	"samples", "sample_labels", "hour", "hours", "age"}

const shortTime = "t"

// NamesTime tells whether a column has the name of times.
func NamesTime(name string) bool {
	return name == shortTime || slices.Contains(timeColumns, strings.ToLower(name))
}

// snapshots makes a table of the columns that are chosen.
func (g *grid) snapshots(choice Columns) (*Table, error) {
	time, err := g.time(choice)
	if err != nil {
		return nil, err
	}
	times, err := g.timesIn(time, choice.Order)
	if err != nil {
		return nil, err
	}
	use, err := g.coordinates(choice, time)
	if err != nil {
		return nil, err
	}
	t := g.table(use)
	g.setTimes(t, time, times)
	return t, nil
}

// setTimes gives a table its times, those of a column.
func (g *grid) setTimes(t *Table, time int, times []float64) {
	t.TimeName, t.Times, t.TimeLabels = g.names[time], times, g.timeLabels
	t.WhenAt = func(row int) string {
		if row < 0 {
			return g.label(time)
		}
		return g.at(row, time)
	}
	t.otherTime = func() string { return g.likelyTime(time) }
}

// timesIn are the times in a column: its numbers, or those that its labels stand for.
func (g *grid) timesIn(c int, order []string) ([]float64, error) {
	if g.isText(c) && g.columns[c].missing > 0 {
		return nil, fmt.Errorf("science: %s: %s has %.40q; remove the row, or fill the gap", g.file,
			g.at(g.columns[c].gap.row, c), g.columns[c].gap.text)
	}
	labelled := g.isText(c) && g.labels != nil && written(g.columns[c].word.text) == "" &&
		g.columns[c].word.text != g.names[c]
	if !labelled {
		if order != nil && g.hasNumbers(c) {
			return nil, OptionErrorf("science: %s: %s has numbers, which are the times, and an order is for labels; "+
				"leave it out", g.file, g.label(c))
		}
		return g.numericTimes(c)
	}
	labels, err := g.labels(c)
	if err != nil {
		return nil, err
	}
	var categories []string
	if g.categories != nil {
		categories = g.categories(c)
	}
	times, how, err := timelabel.Times(labels, order, categories)
	var unclear timelabel.Unclear
	if errors.As(err, &unclear) {
		err = fmt.Errorf("science: %s: %s is the time, but %w; give numbers, or state the order of the labels", g.file,
			g.label(c), err)
		if len(unclear.Labels) > mostTimes {
			return nil, err
		}
		return nil, ColumnsError{err, Columns{Order: unclear.Labels}}
	}
	if err != nil {
		return nil, err
	}
	if how != "" {
		g.notes = append(g.notes, how)
	}
	g.timeLabels = map[string]float64{}
	for i, label := range labels {
		g.timeLabels[label] = times[i]
	}
	return times, nil
}

// table has the columns as coordinates, and no times yet.
func (g *grid) table(use []int) *Table {
	t := &Table{Name: g.file, Wide: g.file, Dim: len(use), Labels: make([]string, len(use)), Notes: g.notes,
		Where: func(row, column int) string { return g.at(row, use[column]) }}
	whole := len(use) == g.width()
	for i, c := range use {
		t.Labels[i] = g.names[c]
		whole = whole && c == i
	}
	if g.named {
		t.Columns = t.Labels
	}
	if whole {
		t.Values = g.values
		return t
	}
	t.Values = make([]float64, 0, g.rows*len(use))
	for row := range g.rows {
		for _, c := range use {
			t.Values = append(t.Values, g.values[row*g.width()+c])
		}
	}
	return t
}

// time is the column of times: the one that is chosen, known by its name or, where the file names none, the first.
func (g *grid) time(choice Columns) (int, error) {
	if choice.Time != "" {
		found, err := resolve(g.file, g.names, []string{choice.Time})
		if err == nil && len(found) > 1 {
			err = OptionErrorf("science: %s: %q stands for %d columns, and one has the times", g.file, choice.Time,
				len(found))
		}
		if err != nil {
			return 0, err
		}
		return found[0], nil
	}
	out := map[int]bool{}
	for _, list := range [][]string{choice.Use, choice.Drop} {
		chosen, err := resolve(g.file, g.names, list)
		if err != nil {
			return 0, err
		}
		for _, c := range chosen {
			out[c] = true
		}
	}
	var known, text []int
	for c, name := range g.names {
		switch {
		case out[c]:
		case !g.named && g.isText(c):
		case !g.named:
			return c, nil
		case NamesTime(name) && g.hasNumbers(c):
			known = append(known, c)
		case NamesTime(name):
			text = append(text, c)
		}
	}
	switch {
	case len(known) == 1:
		return known[0], nil
	case len(known) > 1:
		return 0, g.askTime(fmt.Sprintf("%s and %s may both be the time; name the one that is, or leave the other out",
			g.label(known[0]), g.label(known[1])), g.names[known[0]])
	case len(text) == 1:
		return text[0], nil
	case len(text) > 1:
		return 0, g.askTime(fmt.Sprintf("%s and %s may both be the time; name the one that is, or leave the other out",
			g.label(text[0]), g.label(text[1])), g.names[text[0]])
	}
	return 0, g.askTime(fmt.Sprintf(
		"no column is named as times are (%s, %s, %s, …); choose the one that has them among %s",
		timeColumns[0], shortTime, strings.Join(timeColumns[1:3], ", "), Listed(g.names)), g.likelyTime(-1))
}

// askTime is an error that a choice of the time settles.
func (g *grid) askTime(what, perhaps string) error {
	return ColumnsError{fmt.Errorf("science: %s: %s", g.file, what), Columns{Time: perhaps}}
}

// likelyTime is the column, other than one, that has times by its name and fewest values; "" where none is named so.
func (g *grid) likelyTime(not int) string {
	const most, few = 1000, 100 // columns that are looked at, and values that times have
	best, least := "", 0
	for c := range min(g.width(), most) {
		if c == not || !hintsTime(g.names[c]) || !g.hasNumbers(c) || g.check(c, "") != nil || g.suspects(c) != nil {
			continue
		}
		n := g.distinct(c, min(g.rows/2, few))
		if n < 2 || n > min(g.rows/2, few) {
			continue
		}
		if best == "" || n < least {
			best, least = g.names[c], n
		}
	}
	return best
}

// hintsTime tells whether one of the words in a name is that of a time, as in "collection_day" and "timePoint".
func hintsTime(name string) bool {
	if NamesTime(name) || name == "T" {
		return true
	}
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return !unicode.IsLetter(r) })
	for _, word := range words {
		if word == "age" || word == "ages" { // not "average" and "percentage"
			return true
		}
		if slices.ContainsFunc([]string{"time", "day", "hour", "stage", "week", "month", "year", "date"},
			func(s string) bool { return strings.HasPrefix(word, s) || strings.HasSuffix(word, s) }) {
			return true
		}
	}
	return false
}

// distinct counts the values of a column, up to one more than most.
func (g *grid) distinct(c, most int) int {
	value, seen := g.column(c), map[float64]bool{}
	for i := 0; i < g.rows && len(seen) <= most; i++ {
		seen[value(i)] = true
	}
	return len(slices.Collect(maps.Keys(seen)))
}

// mostTimes bounds the time points of a population: a batch has a cell of each, and pairs those of neighbours.
const mostTimes = 1000

// CheckTimes refuses times of which there are too many, or nearly all of single cells. counts are the cells of each.
func (t *Table) CheckTimes(counts []int) error {
	single := 0
	for _, n := range counts {
		if n == 1 {
			single++
		}
	}
	var what string
	switch {
	case len(counts) > leastCount && 2*single > len(t.Times):
		what = fmt.Sprintf("%d of %d cells have a time of their own", single, len(t.Times))
	case len(counts) > mostTimes:
		what = fmt.Sprintf("%d times, beyond the %d that are learned from", len(counts), mostTimes)
	default:
		return nil
	}
	err := fmt.Errorf("science: %s: %s by %s; round the times, or name the column that has them", t.Name, what,
		t.WhenAt(-1))
	if t.otherTime == nil {
		return fmt.Errorf("science: %s: %s by %s; round the times", t.Name, what, t.WhenAt(-1))
	}
	return ColumnsError{err, Columns{Time: t.otherTime()}}
}

// numericTimes are the numbers of a column, which have to be times.
func (g *grid) numericTimes(c int) ([]float64, error) {
	if err := g.check(c, theTime); err != nil {
		return nil, err
	}
	times, value := make([]float64, g.rows), g.column(c)
	for i := range times {
		times[i] = value(i)
	}
	return times, nil
}
