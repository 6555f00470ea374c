// Package weighting knows the names that files have for what samples count.
package weighting

import "strings"

// names are the names of weights as [Name] takes them; true are logarithms.
var names = map[string]bool{"weight": false, "sampleweight": false, "importanceweight": false, "pointweight": false,
	"particleweight": false,
	"cellweight":     false, "normalizedweight": false, "normalisedweight": false,
	"logweight": true, "logw": true, "logwt": true, "lnweight": true, "lnw": true, "logsampleweight": true,
	"logimportanceweight": true, "samplelogweight": true}

// Name tells whether a column or an array of that name has what samples count, and whether these are logarithms. The
// case, an s at the end and what stands between the words make no difference.
func Name(name string) (logs, ok bool) {
	bare := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" _-.", r) {
			return -1
		}
		return r
	}, strings.ToLower(name))
	logs, ok = names[strings.TrimSuffix(bare, "s")]
	return logs, ok
}

// May tells whether a name that [Name] doesn't know has the word.
func May(name string) bool {
	_, known := Name(name)
	return !known && strings.Contains(strings.ToLower(name), "weight")
}
