package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/amgen/amgen/backends/engine"
)

// mayChange are the flags that a resumed run may set. None changes what a step computes.
var mayChange = []string{"steps", "log-every", "sample-every", "checkpoint-every", "keep-checkpoints", "keep-every", "keep-best"}

// sameBits tells whether two names of engines, options included, round alike: workers and memory change no bit.
func sameBits(was, now string) bool {
	a, errA := engine.Parse(was)
	b, errB := engine.Parse(now)
	return was == now || errA == nil && errB == nil && a.Rounding() == b.Rounding()
}

// settings are the other flags of a configuration, by name: a resumed run that has the same goes on to the same bits. Where
// files are isn't among them, since whether they are the same files is told by their hash.
func (c Config) settings() map[string]string {
	if kind, _, files := strings.Cut(c.Dataset, ":"); files {
		c.Dataset = kind + ":…"
	}
	all := map[string]string{}
	set := pflag.NewFlagSet("", pflag.ContinueOnError)
	c.bind(set)
	set.VisitAll(func(f *pflag.Flag) {
		if !slices.Contains(mayChange, f.Name) {
			all[f.Name] = f.Value.String()
		}
	})
	return all
}

// change is a setting that a resumed run has otherwise than before.
type change struct{ flag, was, now string }

// changes are the differences of two settings in the order of the flags. A flag that was not there yet is none, and neither is
// another engine of the same bits.
func changes(was, now map[string]string) (list []change) {
	for _, name := range configFlags() {
		before, known := was[name]
		if after := now[name]; known && before != after && !(name == "backend" && sameBits(before, after)) {
			list = append(list, change{name, before, after})
		}
	}
	return list
}

// done tells of a change that was forced; where is what has it as it was.
func (c change) done(where string) string {
	return fmt.Sprintf("--%s is %s in %s and becomes %s", c.flag, c.was, where, c.now)
}

// refuse is the error for changes that were not forced.
func refuse(list []change, where string) error {
	var lines []string
	for _, c := range list {
		lines = append(lines, fmt.Sprintf("--%s is %s in %s and cannot become %s", c.flag, c.was, where, c.now))
	}
	return usagef("%s by --resume; only --%s may change, or everything by --force", strings.Join(lines, ", "), strings.Join(mayChange, ", --"))
}
