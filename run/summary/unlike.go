package summary

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/amgen/amgen/internal/jsondiff"
)

// WhyUnlike says in a sentence why the losses of runs can't be compared, "" if they can. names are those of the runs.
func WhyUnlike(list []Summary, names []string) string {
	for i, s := range list {
		if keys := UnlikeLosses(list[0].Config, s.Config); len(keys) > 0 {
			return fmt.Sprintf("The losses of %s and %s can't be compared: their %s differ.", names[0], names[i],
				plain(keys))
		}
	}
	return ""
}

// plainNames are those of the settings by which losses are unlike, of more than one run.
var plainNames = map[string]string{
	"dataset": "data sets", "size": "image sizes", "channels": "image channels", "objective": "objectives",
	"path": "paths", "weight": "loss weights", "sigma": "noise levels (sigma)",
	"anneal": "noise schedules (anneal)", "cost_p": "exponents of the cost",
	"growth_cost": "costs of growth", "components": "numbers of principal components",
	"raw_columns": "scales of the columns (raw_columns)", "columns": "columns", "drop": "columns left out",
	"time_column": "time columns", "time_order": "orders of the times",
	"leave_out": "time points left out", "masses": "masses of the snapshots", "coupling": "couplings",
	"smoothing": "smoothings of the cells",
}

// plain lists settings in words, as "data sets, paths and loss weights".
func plain(keys []string) string {
	names := make([]string, len(keys))
	for i, key := range keys {
		names[i] = cmp.Or(plainNames[key], key)
	}
	if last := len(names) - 1; last > 0 {
		return strings.Join(names[:last], ", ") + " and " + names[last]
	}
	return strings.Join(names, "")
}

// Apart says of scores of one metric that no other run has alike what they differ in: a sentence for each metric and
// pair of runs, of the two scores that differ in least.
func Apart(list []Summary, names []string) (sentences []string) {
	type pair struct {
		metric string
		a, b   int
	}
	measures := Measures(list)
	least, at := map[pair]int{}, map[pair]int{}
	for i, m := range measures {
		if m.Count > 1 {
			continue
		}
		a := slices.IndexFunc(m.Scores, func(s *Score) bool { return s != nil })
		for _, o := range measures[i+1:] {
			b := slices.IndexFunc(o.Scores, func(s *Score) bool { return s != nil })
			if o.Count > 1 || a == b || m.Scores[a].Metric != o.Scores[b].Metric {
				continue
			}
			unlike := differences(*m.Scores[a], *o.Scores[b])
			sentence := fmt.Sprintf("%s of %s (%s) and of %s (%s) weren't measured alike: %s.", m.Scores[a].Metric,
				names[a], m.Number(a), names[b], o.Number(b), strings.Join(unlike, ", "))
			key := pair{m.Scores[a].Metric, min(a, b), max(a, b)}
			switch was, known := least[key]; {
			case !known:
				at[key] = len(sentences)
				sentences = append(sentences, sentence)
			case len(unlike) < was:
				sentences[at[key]] = sentence
			default:
				continue
			}
			least[key] = len(unlike)
		}
	}
	return sentences
}

// differences say what two scores of one metric differ in: hashes only where there is nothing else.
func differences(a, b Score) []string {
	var texts, hashes []string
	add := func(name string, x, y any) {
		if x != y {
			texts = append(texts, fmt.Sprintf("%s %v and %v", name, x, y))
		}
	}
	add("guidance", a.Guidance, b.Guidance)
	add("solver", a.Solver, b.Solver)
	add("steps", a.SolverSteps, b.SolverSteps)
	if list, err := jsondiff.Of(a.Measure, b.Measure); err == nil {
		for _, d := range list {
			text := fmt.Sprintf("%s %s and %s", d.Name, jsondiff.Text(d.A), jsondiff.Text(d.B))
			if strings.HasSuffix(d.Name, "hash") {
				hashes = append(hashes, text)
			} else {
				texts = append(texts, text)
			}
		}
	}
	if len(texts) == 0 {
		return hashes
	}
	return texts
}
