package classes

import (
	"slices"
	"strconv"
	"strings"

	"github.com/amgen/amgen/flows"
)

// None stands for the null label, any class, in a list of classes.
const None = "none"

// Parse reads a list of classes by number or name, as "7", "0-9" or "cat,dog"; [None] is [flows.NoClass]. wrong is a
// word that names no class, "" if all do.
func Parse(text string, names []string) (list []int32, wrong string) {
	for word := range strings.SplitSeq(text, ",") {
		word = strings.TrimSpace(word)
		if word == None {
			list = append(list, flows.NoClass)
			continue
		}
		first, last, ok := between(word, names)
		if !ok {
			return nil, strconv.Quote(word)
		}
		for k := first; k <= last; k++ {
			list = append(list, int32(k))
		}
	}
	return list, ""
}

// between reads the name of a class, its number, or two numbers with a hyphen between. A name comes first.
func between(word string, names []string) (first, last int, ok bool) {
	if k := slices.Index(names, word); k >= 0 {
		return k, k, true
	}
	from, to, ranged := strings.Cut(word, "-")
	if !ranged {
		to = from
	}
	first, err := strconv.Atoi(from)
	if err != nil {
		return 0, 0, false
	}
	if last, err = strconv.Atoi(to); err != nil {
		return 0, 0, false
	}
	return first, last, 0 <= first && first <= last && last < len(names)
}
