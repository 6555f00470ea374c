package models

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amgen/amgen/models"
	"github.com/amgen/amgen/run"
)

// TestMeasured takes the report of the most plain samples of the checkpoint, and no other.
func TestMeasured(t *testing.T) {
	dir := run.Dir(t.TempDir())
	if got, err := measured(dir, "w", 0); got != nil || err != nil {
		t.Errorf("a run without reports: %v, %v", got, err)
	}
	if err := os.Mkdir(dir.File(run.EvalName), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"few":       `{"metric":"fid","value":9,"measure":{"count":10},"samples":{"weights_hash":"w"}}`,
		"right":     `{"metric":"fid","value":2,"stderr":0.5,"measure":{"count":20,"network":"n","reference":"r"},"samples":{"weights_hash":"w","solver":"ab2","nfe":20}}`,
		"guided":    `{"metric":"fid","value":1,"measure":{"count":30},"samples":{"weights_hash":"w","guidance":1}}`,
		"a class":   `{"metric":"fid","value":1,"measure":{"count":30},"samples":{"weights_hash":"w","class":"7"}}`,
		"average":   `{"metric":"fid","value":1,"measure":{"count":30},"samples":{"weights_hash":"w","average":0.1}}`,
		"langevin":  `{"metric":"fid","value":1,"measure":{"count":30},"samples":{"weights_hash":"w","sigma":2}}`,
		"raw":       `{"metric":"fid","value":1,"measure":{"count":30},"samples":{"weights_hash":"w","raw":true}}`,
		"of others": `{"metric":"fid","value":1,"measure":{"count":30},"samples":{"weights_hash":"v"}}`,
		"no fid":    `{"metric":"kid","value":1,"measure":{"count":30},"samples":{"weights_hash":"w"}}`,
		"no report": `[`,
	} {
		if err := os.WriteFile(filepath.Join(dir.File(run.EvalName), name+".json"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := measured(dir, "w", 0)
	want := &models.FID{Value: 2, Stderr: 0.5, Network: "n", Reference: "r", Samples: 20, Solver: "ab2", NFE: 20}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if got, err := measured(dir, "w", 0.1); err != nil || got == nil || got.Samples != 30 {
		t.Errorf("of the average of length 0.1: %v, %v", got, err)
	}
}
