package mistake

import (
	"strings"

	"github.com/agnivade/levenshtein"
)

// Nearest is the one of the known names that a misspelt one stands for, or "": the name that differs in capitals,
// hyphens, underscores and spaces alone, else the only nearest by edits of letters. A third of them may be wrong, and
// two letters that are swapped count as two.
func Nearest(got string, known []string) string {
	plain := strings.NewReplacer("-", "", "_", "", " ", "")
	spelt := func(name string) string { return plain.Replace(strings.ToLower(name)) }
	word := spelt(got)
	letters := len([]rune(word))
	if letters < 2 {
		return ""
	}
	best, least, ties := "", (letters+2)/3+1, 0
	for _, name := range known {
		switch edits := levenshtein.ComputeDistance(word, spelt(name)); {
		case name == "":
		case edits == 0:
			return name
		case edits < least:
			best, least, ties = name, edits, 0
		case edits == least:
			ties++
		}
	}
	if ties > 0 {
		return ""
	}
	return best
}

// Meant asks, at the end of an error about an unknown name, whether the [Nearest] is meant; "" where there is none.
func Meant(got string, known []string) string {
	if near := Nearest(got, known); near != "" {
		return "; did you mean " + near + "?"
	}
	return ""
}
