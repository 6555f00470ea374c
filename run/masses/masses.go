// Package masses has the setting that says which masses the snapshots of a population have.
package masses

import (
	"strconv"
	"strings"

	"github.com/amgen/amgen/flows/science"
	"github.com/amgen/amgen/internal/mistake"
)

// What the setting may be, besides a positive number for each snapshot with commas between.
const (
	Counts = "counts" // the numbers of cells
	Equal  = "equal"
)

// Numbers are the masses as far as the setting has numbers, else nil. Its error calls the setting {masses}.
func Numbers(setting string) ([]float64, error) {
	if setting == "" || setting == Counts || setting == Equal {
		return nil, nil
	}
	var list []float64
	for word := range strings.SplitSeq(setting, ",") {
		mass, err := strconv.ParseFloat(strings.TrimSpace(word), 64)
		if err != nil || !(mass > 0) {
			return nil, mistake.New("{masses} must be %s, %s or a positive number for each snapshot with commas "+
				"between, got %.60q", Counts, Equal, setting)
		}
		list = append(list, mass)
	}
	return list, nil
}

// Describe says which masses are learned, and where they come from.
func Describe(setting string, list []float64) string {
	words := make([]string, len(list))
	for k, mass := range list {
		words[k] = strconv.FormatFloat(mass, 'g', 4, 64)
	}
	by := "as given"
	switch setting {
	case Counts:
		by = "by numbers of cells"
	case Equal:
		by = "equal"
	}
	return "masses " + by + ": " + science.Listed(words)
}
