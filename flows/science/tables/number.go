package tables

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
)

// number parses a field, without spaces around it, as decimal text. NaN and infinities are numbers here;
// [table.population] refuses them.
func number(field string) (float64, bool) {
	for i := range len(field) { // no hexadecimal, no 1_000
		if c := field[i]; c == '_' || c == 'x' || c == 'X' || c == 'p' || c == 'P' {
			return 0, false
		}
	}
	v, err := strconv.ParseFloat(field, 64)
	return v, err == nil || errors.Is(err, strconv.ErrRange) // ±Inf
}

// missing are the fields, besides nan, that pandas and R write or read for a value that isn't there.
var missing = map[string]bool{"": true, "NA": true, "N/A": true, "n/a": true, "#N/A": true, "#N/A N/A": true,
	"#NA": true, "<NA>": true,
	"NULL": true, "null": true, "None": true, "NaT": true, "-NaN": true, "-nan": true, "+nan": true, "+NaN": true,
	"1.#IND": true, "-1.#IND": true, "1.#QNAN": true,
	"-1.#QNAN": true, "#DIV/0!": true, "#VALUE!": true, "#REF!": true, "#NAME?": true, "#NUM!": true}

// Numbers as other programs and people write them, none of which is certain to be read for what it means.
var writings = []struct {
	form *regexp.Regexp
	is   string
}{
	{regexp.MustCompile(`^[+-]?\d{1,3}([ ,.'’_\x{a0}\x{202f}]\d{3})+([.,]\d+)?$`), "a number with separators of " +
		"thousands; write it without"},
	{regexp.MustCompile(`^[+-]?\d*,\d+([eE][+-]?\d+)?$`), "a number with a decimal comma; write a point"},
	{regexp.MustCompile(`^[+-]?\d[\d.,]*\s?%$`), "a percentage; write a number"},
	{regexp.MustCompile(`^[+-]?[$€£¥]\s?\d[\d.,]*$|^[+-]?\d[\d.,]*\s?[$€£¥]$`), "a sum of money; write a number"},
	{regexp.MustCompile(`^[+-]?(\d+\.?\d*|\.\d+)[dD][+-]?\d+$`), "a number with Fortran's exponent; write e for d"},
	{regexp.MustCompile(`^[−–]\d[\d.,]*([eE][+-−]?\d+)?$`), "a number after a dash that is no minus; write -"},
	{regexp.MustCompile(`^\([$€£¥]?\d[\d.,]*\)$`), "a number in brackets; write a minus before it"},
	{regexp.MustCompile(`^[+-]?0[xX][0-9a-fA-F]+$`), "a hexadecimal number; write it as decimal"},
	{regexp.MustCompile(`^[+-]?\d+(_\d+)+$`), "a number with underscores; write it without"},
	{regexp.MustCompile(`^\(?[+-]?\d+(\.\d*)?([eE][+-]?\d+)?[+-]\d+(\.\d*)?([eE][+-]?\d+)?[ij]\)?$`),
		"a complex number; give real ones"},
}

// written says what a field that is no number would be, "" where it is a word.
func written(field string) string {
	if len(field) > 64 || !strings.ContainsAny(field, "0123456789") {
		return ""
	}
	for _, w := range writings {
		if w.form.MatchString(field) {
			return w.is
		}
	}
	return ""
}
