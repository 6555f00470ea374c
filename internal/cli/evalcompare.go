package cli

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

func newCompare(std streams) *cobra.Command {
	return &cobra.Command{
		Use:   "compare A.json B.json",
		Short: "Set two reports of one measure side by side",
		Long: "compare prints the values of two reports and their difference, with its standard error where both have one. It refuses\n" +
			"reports that weren't measured alike, and says what differs: metric, network and its weights, preprocessing, reference,\n" +
			"numbers of samples.",
		Args: cobra.ExactArgs(2),
		RunE: func(_ *cobra.Command, args []string) error { return compareReports(args[0], args[1], std) },
	}
}

func compareReports(a, b string, std streams) error {
	x, err := readReport(a)
	if err != nil {
		return err
	}
	y, err := readReport(b)
	if err != nil {
		return err
	}
	if unlike := differences(x.Measure, y.Measure); len(unlike) > 0 {
		return fmt.Errorf("%s and %s were not measured alike: %s; measure one of them again", a, b, strings.Join(unlike, ", "))
	}
	difference := y.Value - x.Value
	var stderr *float64
	if x.Stderr != nil && y.Stderr != nil {
		s := math.Hypot(*x.Stderr, *y.Stderr)
		stderr = &s
	}
	return printLine(std.out, fmt.Sprintf("%s  A %s  B %s  B − A %s\n  A: %s\n  B: %s", x.Metric, figure(x.Value, x.Stderr), figure(y.Value, y.Stderr),
		figure(difference, stderr), cmp.Or(x.Samples.Source, x.Run), cmp.Or(y.Samples.Source, y.Run)))
}

// anyReport is what the reports of all metrics have.
type anyReport struct {
	Report
	Run string `json:"run"` // of bpd
}

func readReport(path string) (anyReport, error) {
	text, err := readSmall(path)
	if err != nil {
		return anyReport{}, usagef("read report: %v", err)
	}
	var r anyReport
	if err := json.Unmarshal(text, &r); err != nil {
		return r, fmt.Errorf("%s is no report of amgen eval: %w", path, err)
	}
	if r.Metric == "" || r.Measure.Metric == "" {
		return r, fmt.Errorf("%s has no measure to compare by; give what `amgen eval METRIC --json` prints or wrote into a run", path)
	}
	return r, nil
}

// differences lists the fields in which two values differ, as "name: this and that", by their names in JSON.
func differences(a, b any) []string {
	x, y := fields("", a), fields("", b)
	var list []string
	for _, name := range slices.Sorted(maps.Keys(x)) {
		if !reflect.DeepEqual(x[name], y[name]) {
			list = append(list, fmt.Sprintf("%s: %v and %v", name, x[name], y[name]))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(y)) {
		if _, both := x[name]; !both {
			list = append(list, fmt.Sprintf("%s: nothing and %v", name, y[name]))
		}
	}
	return list
}

// fields are the leaves of a value's JSON by their paths.
func fields(prefix string, value any) map[string]any {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err) // reports and requests can always be encoded
	}
	var tree any
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber() // 64-bit seeds don't fit a float64
	if err := d.Decode(&tree); err != nil {
		panic(err)
	}
	out := map[string]any{}
	var walk func(prefix string, node any)
	walk = func(prefix string, node any) {
		object, ok := node.(map[string]any)
		if !ok {
			out[prefix] = node
			return
		}
		for key, child := range object {
			walk(strings.TrimPrefix(prefix+"."+key, "."), child)
		}
	}
	walk(prefix, tree)
	return out
}
