package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// commandOf is the command line that made a report, without its run: nil where the report has a field that no flag here
// says, so that a command is never one of another measurement.
func commandOf(report map[string]any, dataset string) []string {
	name, _ := report["command"].(string)
	metric, eval := strings.CutPrefix(name, "eval ")
	measure, _ := report["measure"].(map[string]any)
	samples, _ := report["samples"].(map[string]any)
	if !eval || measure["metric"] != metric || samples["run"] == nil || metric == "bpd" {
		return nil
	}
	words := &words{list: []string{"eval", metric}, certain: true}
	for key, value := range measure {
		words.known(key, value, "metric", "network", "network_hash", "mode", "class", "reference", "reference_hash",
			"reference_count", "count")
	}
	for key, value := range samples {
		words.known(key, value, "source", "hash", "run", "step", "weights_hash", "raw", "average", "seed", "solver",
			"steps", "rtol", "atol", "nfe", "backend", "class", "guidance")
	}
	words.add("--checkpoint", samples["step"])
	words.add("-n", measure["count"])
	words.add("--seed", samples["seed"])
	words.add("--solver", samples["solver"])
	words.add("--steps", samples["steps"])
	words.add("--rtol", samples["rtol"])
	words.add("--atol", samples["atol"])
	words.add("--ema", samples["average"])
	if samples["raw"] == true {
		words.list = append(words.list, "--raw")
	}
	if metric == "points" {
		return words.lines()
	}
	words.add("--class", samples["class"])
	words.add("--guidance", samples["guidance"])
	words.add("--features", measure["network"])
	words.add("--mode", measure["mode"])
	if of, has := measure["reference"].(string); has {
		split, own := strings.CutPrefix(of, dataset+":")
		words.certain = words.certain && own && (split == "train" || split == "test")
		words.add("--reference", split)
		words.add("--reference-n", measure["reference_count"])
	}
	return words.lines()
}

// words are those of a command line, as long as nothing is there that they don't say.
type words struct {
	list    []string
	certain bool
}

// known makes the words uncertain for a field that isn't among these, and says more than no or nothing.
func (w *words) known(key string, value any, keys ...string) {
	if options, ok := value.(map[string]any); ok && key == "options" {
		for option, value := range options {
			w.known(option, value)
		}
		return
	}
	if value != nil && value != false && value != 0.0 && !slices.Contains(keys, key) {
		w.certain = false
	}
}

// add adds a flag with a value that is a text or a number.
func (w *words) add(flag string, value any) {
	switch v := value.(type) {
	case nil:
	case string:
		w.list = append(w.list, flag, v)
	case float64:
		text := strconv.FormatFloat(v, 'g', -1, 64)
		if v == float64(int64(v)) {
			text = fmt.Sprint(int64(v))
		}
		if v >= 1<<53 || v <= -1<<53 {
			w.certain = false // JSON's numbers are read with 53 bits here
		}
		w.list = append(w.list, flag, text)
	default:
		w.certain = false
	}
}

// lines is the list of words, nil if they aren't certain.
func (w *words) lines() []string {
	if !w.certain {
		return nil
	}
	return w.list
}
