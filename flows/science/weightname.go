package science

import "strings"

// weightNames are the names of weights as [WeightName] takes them; true are logarithms.
var weightNames = map[string]bool{"weight": false, "sampleweight": false, "importanceweight": false, "pointweight": false, "particleweight": false,
	"cellweight": false, "normalizedweight": false, "normalisedweight": false,
	"logweight": true, "logw": true, "logwt": true, "lnweight": true, "lnw": true, "logsampleweight": true, "logimportanceweight": true, "samplelogweight": true}

// WeightName tells whether a column or an array of that name has what samples count, and whether these are logarithms. The case, an s at the end and
// what stands between the words make no difference.
func WeightName(name string) (logs, ok bool) {
	bare := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" _-.", r) {
			return -1
		}
		return r
	}, strings.ToLower(name))
	logs, ok = weightNames[strings.TrimSuffix(bare, "s")]
	return logs, ok
}

// MayWeigh tells whether a name that [WeightName] doesn't know has the word.
func MayWeigh(name string) bool {
	_, known := WeightName(name)
	return !known && strings.Contains(strings.ToLower(name), "weight")
}
