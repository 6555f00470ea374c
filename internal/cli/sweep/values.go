package sweep

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/run"
)

// values are those that a flag is given.
type values struct {
	name string
	one  pflag.Value // reads and checks a single one
	list []string
}

// names are the flags of names that hold no comma. Those of files, columns and backends may hold some.
var names = []string{"preset", "objective", "estimator", "weight", "path", "times", "action", "optimizer", "lr-decay",
	"coupling", "precision"}

// numbers are the types of flags whose values have one spelling, that of [pflag.Value].
var numbers = []string{"int", "int64", "float64", "bool"}

// Set implements [pflag.Value]: it adds to the values that are there.
func (v *values) Set(text string) error {
	number := slices.Contains(numbers, v.one.Type())
	parts := []string{text}
	if number || slices.Contains(names, v.name) {
		parts = strings.Split(text, ",")
	}
	for _, part := range parts {
		part = strings.TrimSpace(part)
		if err := v.one.Set(part); err != nil {
			return err
		}
		if number {
			part = v.one.String()
		}
		if !slices.Contains(v.list, part) {
			v.list = append(v.list, part)
		}
	}
	return nil
}

// String implements [pflag.Value].
func (v *values) String() string { return strings.Join(v.list, ",") }

// Type implements [pflag.Value].
func (v *values) Type() string { return v.one.Type() }

// combination is a run of a sweep.
type combination struct {
	name   string
	values map[string]string // of the flags that have several
	args   []string          // of train
	dir    string
	config run.Config
}

// mostRuns bounds a sweep; more is a slip of the hand.
const mostRuns = 1000

// swept are the flags that have several values.
func (o *options) swept() (list []*values) {
	for _, v := range o.values {
		if len(v.list) > 1 {
			list = append(list, v)
		}
	}
	return list
}

// combinations are those of all values, the last flag's changing first.
func (o *options) combinations() ([]combination, error) {
	count := 1
	for _, v := range o.swept() {
		if count *= len(v.list); count > mostRuns {
			return nil, flags.Usagef("more than %d runs; give fewer values", mostRuns)
		}
	}
	if count == 1 {
		return nil, flags.Usagef("no flag has more than one value, and a single run is trained by `amgen train`; " +
			"give several, as in --seed 1,2,3")
	}
	runs := []combination{{values: map[string]string{}}}
	for _, v := range o.values {
		var next []combination
		for _, r := range runs {
			for _, value := range v.list {
				next = append(next, r.with(v, value))
			}
		}
		if next != nil {
			runs = next
		}
	}
	seen := map[string]bool{}
	for i, r := range runs {
		if seen[r.name] {
			return nil, flags.Usagef("two runs would be called %s; give their values names that differ in letters and "+
				"digits", r.name)
		}
		seen[r.name] = true
		runs[i].dir = filepath.Join(o.out, r.name)
		runs[i].args = append(r.args, "--resume", "--out="+runs[i].dir)
	}
	return runs, nil
}

// with is the combination with a value of another flag.
func (r combination) with(v *values, value string) combination {
	next := combination{name: r.name, values: map[string]string{}}
	for name, value := range r.values {
		next.values[name] = value
	}
	next.args = append(slices.Clone(r.args), fmt.Sprintf("--%s=%s", v.name, value))
	if len(v.list) > 1 {
		next.values[v.name] = value
		if next.name != "" {
			next.name += ","
		}
		next.name += v.name + "=" + inName(value)
	}
	return next
}

// notInName are what a directory isn't named by everywhere.
var notInName = regexp.MustCompile(`[^\pL\pN._+-]+`)

// inName is a value in the name of a directory.
func inName(value string) string {
	const most = 60 // letters
	text := []rune(strings.Trim(notInName.ReplaceAllString(value, "-"), "-"))
	return string(text[max(0, len(text)-most):])
}
