// Package timelabel finds the times that labels stand for, such as "Day 00-03", "day7" and "E8.5", or that a stated
// order gives them.
package timelabel

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Unclear is the error of labels whose times can't be known. Their order settles it.
type Unclear struct {
	error
	Labels []string // each once, as they come
}

// form is a label with one number, or two with a dash between; what stands around them has no digit.
var form = regexp.MustCompile(`^(\D*?)([-–−]?)(\d+(?:\.\d+)?)(?:\s*(?:-|–|to)\s*(\d+(?:\.\d+)?))?(\D*)$`)

// parts are what a label consists of.
type parts struct {
	before, after string
	time          float64
	join          join
}

// join is what stands between the letters before a number and the number.
type join int

const (
	apart  join = iota // a space, another mark, or a minus that is certain
	direct             // nothing
	hyphen             // a hyphen alone: a minus or a mark, see [hyphens]
)

// Times are the times of labels, with a line that says how they were found; "" where each is a number by itself.
//
// With an order, which names each label once, they are 0, 1, 2, …. Else they are the numbers in the labels, the middle
// of two with a dash between, if all labels are alike but for these. Else they are 0, 1, 2, … in the order of the
// categories, if there is one. Else the error is [Unclear].
func Times(labels, order, categories []string) (times []float64, how string, err error) {
	var each []string
	seen := map[string]bool{}
	for _, label := range labels {
		if !seen[label] {
			seen[label] = true
			each = append(each, label)
		}
	}
	var of map[string]float64
	switch {
	case order != nil:
		of, err = ordered(each, order)
		how = "times by the order that was stated"
	default:
		how = "times by the numbers in labels"
		if of, err = numbers(each); err != nil && covers(categories, each) {
			order = slices.DeleteFunc(slices.Clone(categories), func(s string) bool { return !seen[s] })
			of, err = ordered(each, order)
			how = "times by the order of the file's categories"
		}
	}
	if err != nil {
		return nil, "", Unclear{err, each}
	}
	plain := true // each label is a number by itself
	for _, label := range each {
		v, err := strconv.ParseFloat(label, 64)
		plain = plain && err == nil && v == of[label]
	}
	for _, label := range labels {
		times = append(times, of[label])
	}
	if plain {
		return times, "", nil
	}
	return times, how + ": " + listed(each, of), nil
}

// covers tells whether all labels are categories, and few enough to be times.
func covers(categories, labels []string) bool {
	if categories == nil || len(labels) > most {
		return false
	}
	known := make(map[string]bool, len(categories))
	for _, c := range categories {
		known[c] = true
	}
	return !slices.ContainsFunc(labels, func(s string) bool { return !known[s] })
}

// ordered numbers labels by their order.
func ordered(labels, order []string) (map[string]float64, error) {
	of := make(map[string]float64, len(order))
	for k, label := range order {
		if _, twice := of[label]; twice {
			return nil, fmt.Errorf("%.40q stands twice in the order", label)
		}
		if !slices.Contains(labels, label) {
			return nil, fmt.Errorf("%.40q stands in the order, and no cell has it", label)
		}
		of[label] = float64(k)
	}
	for _, label := range labels {
		if _, ok := of[label]; !ok {
			return nil, fmt.Errorf("%.40q isn't in the order", label)
		}
	}
	return of, nil
}

// most labels are looked at: a population has fewer times.
const most = 1000

// numbers finds the number in each label.
func numbers(labels []string) (map[string]float64, error) {
	if len(labels) > most {
		return nil, fmt.Errorf("%d labels, beyond the %d that may be times", len(labels), most)
	}
	all := make([]parts, len(labels))
	for k, label := range labels {
		var err error
		if all[k], err = split(label); err != nil {
			return nil, err
		}
		if all[k].before != all[0].before || all[k].after != all[0].after {
			return nil, fmt.Errorf("%.40q and %.40q differ by more than a number", labels[0], label)
		}
	}
	if err := hyphens(labels, all); err != nil {
		return nil, err
	}
	of := make(map[string]float64, len(labels))
	by := map[float64]string{}
	for k, label := range labels {
		if other, twice := by[all[k].time]; twice {
			return nil, fmt.Errorf("%.40q and %.40q have the same number", other, label)
		}
		of[label], by[all[k].time] = all[k].time, label
	}
	return of, nil
}

// hyphens makes hyphens directly after letters minuses where other labels have nothing there (D-1, D0, D3). Where all
// labels have one (day-0, day-3, day-7) it stands for a space. Anything else is an error.
func hyphens(labels []string, all []parts) error {
	with := slices.IndexFunc(all, func(p parts) bool { return p.join == hyphen })
	without := slices.IndexFunc(all, func(p parts) bool { return p.join != hyphen })
	if with < 0 || without < 0 {
		return nil
	}
	for k := range all {
		p := &all[k]
		if p.join == apart || p.join == hyphen && p.time == 0 {
			other := without
			if p.join == apart {
				other = with
			}
			return fmt.Errorf("%.40q and %.40q leave open whether a hyphen is a minus", labels[other], labels[k])
		}
		if p.join == hyphen {
			p.time = -p.time
		}
	}
	return nil
}

// split finds the number in a label, and what stands around it.
func split(label string) (parts, error) {
	if v, err := strconv.ParseFloat(label, 64); err == nil {
		return parts{time: v}, nil
	}
	m := form.FindStringSubmatch(label)
	if m == nil || len(label) > 100 {
		return parts{}, fmt.Errorf("%.40q has no number, or several", label)
	}
	before, sign, second, after := m[1], m[2], m[4], m[5]
	v, err := strconv.ParseFloat(m[3], 64)
	kind := apart
	last, _ := utf8.DecodeLastRuneInString(before)
	letters := before != "" && unicode.IsLetter(last)
	switch {
	case sign == "" && letters:
		kind = direct
	case sign == "":
	case letters && sign != "−":
		kind = hyphen
	case v == 0:
		return parts{}, fmt.Errorf("%.40q has a 0 after a minus", label)
	default:
		v = -v
	}
	if sign != "" {
		if second != "" {
			return parts{}, fmt.Errorf("%.40q has a dash before two numbers", label)
		}
	}
	if second != "" {
		w, err2 := strconv.ParseFloat(second, 64)
		if !(w > v) {
			return parts{}, fmt.Errorf("%.40q has two numbers that aren't in order", label)
		}
		v, err = (v+w)/2, errors.Join(err, err2)
	}
	if err != nil {
		return parts{}, fmt.Errorf("%.40q has a number that is too large", label)
	}
	trim := func(s string) string { return strings.ToLower(strings.Trim(s, " _-:.")) }
	return parts{trim(before), trim(after), v, kind}, nil
}

// listed says which time each label has, in the order of times.
func listed(labels []string, of map[string]float64) string {
	const few = 12
	sorted := slices.SortedFunc(slices.Values(labels), func(a, b string) int {
		if of[a] < of[b] {
			return -1
		}
		return 1
	})
	var list []string
	for i, label := range sorted {
		if len(sorted) > few && i == few-2 {
			list = append(list, "…")
		}
		if len(sorted) <= few || i < few-2 || i == len(sorted)-1 {
			list = append(list, fmt.Sprintf("%.40q is %v", label, of[label]))
		}
	}
	return strings.Join(list, ", ")
}
