package flags

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/amgen/amgen/run"
)

// TestErrorsNameFlags: what a library calls by its key is a flag here.
func TestErrorsNameFlags(t *testing.T) {
	c, err := run.Preset("mnist", "tiny")
	if err != nil {
		t.Fatal(err)
	}
	c.LRDecay, c.LRSteps, c.Batch = "constant", 5, 0
	_, err = c.Settle()
	var wrong run.ConfigError
	if !errors.As(err, &wrong) || err.Error() != "batch must be at least 1, got 0" {
		t.Errorf("got %v", err)
	}
	if got := ErrorText(fmt.Errorf("train: %w", err)); got != "train: --batch must be at least 1, got 0" {
		t.Errorf("got %q", got)
	}
	c.Batch = 32
	if _, err = c.Settle(); !strings.HasPrefix(ErrorText(err),
		"--lr-decay-steps are for a rate that decays, and --lr-decay is constant") {
		t.Errorf("got %q", ErrorText(err))
	}
	if _, err := run.Dir("none").Config(); ErrorText(err) != "no run in none: it has no config.toml; `amgen train "+
		"--dataset NAME --out none` starts one" {
		t.Errorf("got %q", ErrorText(err))
	}
}
