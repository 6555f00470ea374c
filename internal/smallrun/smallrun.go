// Package smallrun is for tests that need a run.
package smallrun

import (
	"path/filepath"
	"testing"

	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/train"
)

// Train returns the directory of a run on moons that was trained for a moment. Its configuration is that of three steps
// of 16 points, as change, if any, leaves it.
func Train(t testing.TB, change func(*run.Config)) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "run")
	cfg, err := run.Preset("moons", "")
	if err != nil {
		t.Fatal(err)
	}
	cfg.Steps, cfg.Batch, cfg.SampleEvery = 3, 16, 0
	if change != nil {
		change(&cfg)
	}
	plan, err := cfg.Resolve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := train.Train(t.Context(), plan, run.Dir(dir), train.Options{}); err != nil {
		t.Fatal(err)
	}
	return dir
}

// Open is an opened run that [Train] has made. It is closed at the end of the test.
func Open(t testing.TB, change func(*run.Config)) *run.Run {
	t.Helper()
	r, err := run.Open(t.Context(), Train(t, change), run.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}
