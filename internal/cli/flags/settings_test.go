package flags

import (
	"maps"
	"testing"

	"github.com/spf13/pflag"

	"github.com/amgen/amgen/run"
)

// TestSettingsAreFlags: each setting has a flag with help, and its text in checkpoints is what the flag prints, so that those that were
// written by flags' texts are compared right.
func TestSettingsAreFlags(t *testing.T) {
	help := configHelp()
	maps.Copy(help, networkHelp)
	c := run.Config{Dataset: "moons", Sigma: 1e-7, LR: 3e-4, CostP: 1.5, EMA: 0.9999, Anneal: true, Seed: -5,
		Columns: []string{"a", `b "c", d`, "e f"}, Base: 64, Multipliers: []int{1, 2, 4}}
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	BindSettings(flags, &c, func(string) bool { return true })
	for _, s := range run.Settings() {
		f := flags.Lookup(flagName(s.Key))
		if f == nil || help[s.Key] == "" || f.Usage == "" {
			t.Errorf("%s has no flag, or no help", s.Key)
		} else if got := s.Text(c); got != f.Value.String() {
			t.Errorf("%s: text %q, and its flag prints %q", s.Key, got, f.Value)
		}
		delete(help, s.Key)
	}
	if len(help) > 0 {
		t.Errorf("help for %v, which are no settings", help)
	}
	if resumes := 10; len(c.Deciding())+resumes != len(run.Settings()) {
		t.Errorf("%d of %d settings decide bits, want all but %d", len(c.Deciding()), len(run.Settings()), resumes)
	}
	to := run.Config{Dataset: "mnist", LR: 1}
	Overlay(&to, c, []string{"lr", "columns", "out"})
	if to.LR != c.LR || len(to.Columns) != 3 || to.Dataset != "mnist" {
		t.Errorf("copied to %+v", to)
	}
}
