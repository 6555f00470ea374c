package science

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/amgen/amgen/flows/science/tables"
)

// TimePoint finds the time point, counted from 1, that a text names: a time in the file's unit or a label in its column
// of times, by itself or after NAME=, where NAME is that of the column or "time". A time or a label that isn't there
// is an [OptionError].
func (p *Population) TimePoint(text string) (int, error) {
	value := text
	if name, after, ok := strings.Cut(text, "="); ok && (name == p.Time || strings.EqualFold(name, "time")) {
		value = after
	} else if _, label := p.TimeLabels[text]; ok && !label {
		return 0, optionErrorf("science: %s: the time %.60q; the times are named %s: give %s=TIME", p.Name, text,
			tables.Printed(p.Time), tables.Printed(p.Time))
	}
	value = strings.TrimSpace(value)
	time, ok := p.TimeLabels[value]
	if !ok {
		var err error
		if time, err = strconv.ParseFloat(value, 64); err != nil {
			time = math.NaN()
		}
	}
	if k := slices.Index(p.Times, time); k >= 0 {
		return k + 1, nil
	}
	return 0, optionErrorf("science: %s has no time %.60q; it has %s", p.Name, value, Listed(p.timeTexts()))
}

// TimeText is time point k, counted from 0, as the file writes it: its label, or its number.
func (p *Population) TimeText(k int) string {
	var labels []string
	for label, time := range p.TimeLabels {
		if time == p.Times[k] {
			labels = append(labels, label)
		}
	}
	if len(labels) == 0 {
		return strconv.FormatFloat(p.Times[k], 'g', -1, 64)
	}
	return tables.Printed(slices.Min(labels))
}

func (p *Population) timeTexts() (list []string) {
	for k := range p.Times {
		list = append(list, p.TimeText(k))
	}
	return list
}

// Describe says in lines which columns of the file were taken for what.
func (p *Population) Describe() []string {
	lines := []string{fmt.Sprintf("time from %s, %d coordinate%s: %s", Listed([]string{p.Time}), p.Dim, plural(p.Dim),
		Listed(p.Labels))}
	return append(lines, p.Notes...)
}

// plural ends the name of n things.
func plural(n int) string {
	if n == 1 {
		return ""
	}
	return "s"
}

// LeftOut is the time point that was left out, counted from 1, 0 for none.
func (s *Snapshots) LeftOut() int { return s.leftOut + 1 }

// Describe says, a line each, which time point was left out and how many cells it has, and how much of the variance the
// principal components hold, as far as there are such.
func (s *Snapshots) Describe() (lines []string) {
	if s.leftOut >= 0 {
		lines = append(lines, fmt.Sprintf("left out of training: time point %d, at %s = %s, %d cell%s", s.leftOut+1,
			Listed([]string{s.Population.Time}), s.Population.TimeText(s.leftOut), s.Len(s.leftOut),
			plural(s.Len(s.leftOut))))
	}
	if s.Transform.Axes != nil {
		hold := "principal components hold"
		if s.Dim == 1 {
			hold = "principal component holds"
		}
		lines = append(lines, fmt.Sprintf("%d %s %.0f %% of the variance", s.Dim, hold, 100*s.Transform.Explained))
	}
	return lines
}

// settleLeftOut finds the time point that is left out, if it is named by its time, and refuses one that can't be.
func (p *Population) settleLeftOut(o *SnapshotOptions) error {
	if o.LeaveOutTime != "" {
		number, err := p.TimePoint(o.LeaveOutTime)
		if err != nil {
			return err
		}
		if o.LeaveOut != 0 && o.LeaveOut != number {
			return optionErrorf("science: %s: time point %d left out, and %.60q, which is number %d; give one of them",
				p.Name, o.LeaveOut, o.LeaveOutTime, number)
		}
		o.LeaveOut = number
	}
	last := len(p.Times)
	switch {
	case o.LeaveOut > last && slices.Contains(p.Times, float64(o.LeaveOut)):
		return optionErrorf("science: %s: time point %d left out of %d; give one from 2 to %d, or time=%d for "+
			"the time %d", p.Name, o.LeaveOut, last, last-1, o.LeaveOut, o.LeaveOut)
	case o.LeaveOut < 0 || o.LeaveOut > last:
		return optionErrorf("science: %s: time point %d left out of %d; give one from 2 to %d, or 0 for none",
			p.Name, o.LeaveOut, last, last-1)
	case last < 3 && o.LeaveOut > 0:
		return optionErrorf("science: %s has %d time points, and none between the first and the last to leave out",
			p.Name, last)
	case o.LeaveOut == 1 || o.LeaveOut == last:
		which, between := "first", "2"
		if o.LeaveOut == last {
			which = "last"
		}
		if last > 3 {
			between += fmt.Sprintf(" to %d", last-1)
		}
		return optionErrorf("science: %s: time point %d, at %g, is the %s of %d; only one between the first and "+
			"the last can be left out: give %s", p.Name, o.LeaveOut, p.Times[o.LeaveOut-1], which, last, between)
	}
	return nil
}
