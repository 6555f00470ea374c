package cli

import (
	"errors"
	"fmt"
	"maps"
	"strings"
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
	bindConfig(flags, &c, func(string) bool { return true })
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
	if resumes := 7; len(c.Deciding())+resumes != len(run.Settings()) {
		t.Errorf("%d of %d settings decide bits, want all but %d", len(c.Deciding()), len(run.Settings()), resumes)
	}
	to := run.Config{Dataset: "mnist", LR: 1}
	overlayFlags(&to, c, []string{"lr", "columns", "out"})
	if to.LR != c.LR || len(to.Columns) != 3 || to.Dataset != "mnist" {
		t.Errorf("copied to %+v", to)
	}
}

// TestErrorsNameFlags: what a library calls by its key is a flag here.
func TestErrorsNameFlags(t *testing.T) {
	c, err := run.Preset("mnist", "tiny")
	if err != nil {
		t.Fatal(err)
	}
	c.LRSteps, c.Batch = 5, 0
	_, err = c.Settle()
	var wrong run.ConfigError
	if !errors.As(err, &wrong) || err.Error() != "batch must be at least 1, got 0" {
		t.Errorf("got %v", err)
	}
	if got := errorLine(fmt.Errorf("train: %w", err)); got != "train: --batch must be at least 1, got 0" {
		t.Errorf("got %q", got)
	}
	c.Batch = 32
	if _, err = c.Settle(); !strings.HasPrefix(errorLine(err), "--lr-decay-steps are for a rate that decays, and --lr-decay is constant") {
		t.Errorf("got %q", errorLine(err))
	}
	if _, err := run.Dir("none").Config(); errorLine(err) != "no run in none: it has no config.toml; `amgen train --dataset NAME --out none` starts one" {
		t.Errorf("got %q", errorLine(err))
	}
}
