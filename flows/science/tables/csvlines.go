package tables

import (
	"bytes"
	"fmt"
	"math"
	"strings"
)

var nan = math.NaN()

// separators are what may stand between fields.
const separators = ";\t,|"

// separator finds what stands between fields: what Excel's line sep= names, else what is as often in the first lines,
// outside quotes, as in the first of them. It returns the text without that line of Excel's, and the number of lines
// left out.
func (t *csvText) separator(text []byte) (rest []byte, skipped int) {
	if line, after, _ := bytes.Cut(text, []byte("\n")); len(line) == 5 && strings.EqualFold(string(line[:4]), "sep=") &&
		strings.IndexByte(separators, line[4]) >= 0 {
		t.comma = rune(line[4])
		t.notes = append(t.notes, fmt.Sprintf("fields separated by %q", t.comma))
		return after, 1
	}
	const most = 20
	var counts [len(separators)][]int
	for lines, left := 0, text; len(left) > 0 && lines < most; {
		line, after, _ := bytes.Cut(left, []byte("\n"))
		left = after
		if len(bytes.TrimSpace(line)) == 0 || line[0] == '#' {
			continue
		}
		for i := range separators {
			counts[i] = append(counts[i], outsideQuotes(line, separators[i]))
		}
		lines++
	}
	t.comma = ','
	for i := range separators {
		if steady(counts[i]) {
			t.comma = rune(separators[i])
			break
		}
	}
	// not steady, yet there is no comma
	if t.comma == ',' && len(counts[0]) > 0 && counts[strings.IndexByte(separators, ',')][0] == 0 {
		for i := range separators {
			if counts[i][0] > 0 {
				t.comma = rune(separators[i])
			}
		}
	}
	if t.comma != ',' {
		t.notes = append(t.notes, fmt.Sprintf("fields separated by %q", t.comma))
	}
	return text, 0
}

// steady tells whether all lines have as many, and some, but that the first may have one fewer, as R writes it.
func steady(counts []int) bool {
	if len(counts) == 0 || counts[0] == 0 {
		return false
	}
	for _, n := range counts[1:] {
		if n != counts[1] || n != counts[0] && n != counts[0]+1 && n != counts[0]-1 {
			return false
		}
	}
	return true
}

func outsideQuotes(line []byte, sep byte) int {
	n, quoted := 0, false
	for _, b := range line {
		switch {
		case b == '"':
			quoted = !quoted
		case b == sep && !quoted:
			n++
		}
	}
	return n
}

// hashLine is a line that begins with #, which pandas and NumPy don't read unless they are told to, and NumPy writes
// names in.
type hashLine struct {
	line int
	text string
}

// fields are those of the line, n of them; nil where it hasn't as many. NumPy writes what it is told, which may
// have spaces where its rows have commas.
func (h hashLine) fields(comma rune, n int) []string {
	for _, cut := range []func() []string{
		func() []string { return strings.Split(h.text, string(comma)) },
		func() []string { return strings.Split(h.text, ",") },
		func() []string { return strings.Split(h.text, ";") }, func() []string { return strings.Split(h.text, "\t") },
		func() []string { return strings.Fields(h.text) },
	} {
		if fields := cut(); len(fields) == n && n > 1 {
			for i, f := range fields {
				fields[i] = strings.Trim(strings.TrimSpace(f), `"`)
			}
			return fields
		}
	}
	return nil
}

// hashLines are those before the first row that may name columns. One that is a row but for its # is refused: whether
// its cell is meant to count can't be known.
func hashLines(file string, text []byte, comma rune, skipped int) ([]hashLine, error) {
	var list []hashLine
	begun := false
	for line := skipped + 1; len(text) > 0; line++ {
		first, rest, _ := bytes.Cut(text, []byte("\n"))
		text = rest
		if len(first) == 0 || first[0] != '#' {
			begun = begun || len(bytes.TrimSpace(first)) > 0
			continue
		}
		if begun && bytes.IndexByte(first, byte(comma)) < 0 {
			continue
		}
		h := hashLine{line, strings.TrimLeft(string(first), "# \t")}
		fields := strings.Split(h.text, string(comma))
		numbers := 0
		for _, f := range fields {
			if _, ok := number(strings.Trim(strings.TrimSpace(f), `"`)); ok {
				numbers++
			}
		}
		if numbers == len(fields) && numbers > 1 {
			return nil, fmt.Errorf("science: %s: line %d begins with # and is a row of numbers otherwise; remove the "+
				"line, or its #", file, line)
		}
		if !begun {
			list = append(list, h)
		}
	}
	return list, nil
}

// decimals is what is known of the points and commas in numbers where no comma stands between fields.
type decimals struct {
	point bool // some number has a point
	comma bool // some number has a comma
	sure  bool // one that can't be a separator of thousands
	field field
}

// number reads one with a single comma.
func (d *decimals) number(text string, row int) (float64, bool) {
	before, after, ok := strings.Cut(text, ",")
	if !ok || strings.Contains(after, ",") || strings.Contains(text, ".") || len(after) == 0 || after[0] < '0' ||
		after[0] > '9' {
		return 0, false
	}
	v, ok := number(before + "." + after)
	if !ok {
		return 0, false
	}
	if !d.comma {
		d.comma, d.field = true, field{row, clipped(text)}
	}
	digits := strings.TrimLeft(before, "+-")
	d.sure = d.sure || len(after) != 3 || len(digits) > 3 || strings.HasPrefix(digits, "0") || digits == ""
	return v, true
}

// check refuses commas of which it isn't certain that they are decimal.
func (d *decimals) check(t *csvText) error {
	if !d.comma {
		return nil
	}
	line := t.lines[d.field.row]
	switch {
	case d.point:
		return fmt.Errorf("science: %s: line %d has %.40q, and other numbers have points; write all with a decimal "+
			"point and without "+
			"separators of thousands", t.file, line, d.field.text)
	case !d.sure:
		return fmt.Errorf("science: %s: line %d has %.40q, which may be a number with a decimal comma or with a "+
			"separator of thousands; write "+
			"a decimal point", t.file, line, d.field.text)
	}
	t.notes = append(t.notes, "commas in numbers read as decimal points")
	return nil
}
