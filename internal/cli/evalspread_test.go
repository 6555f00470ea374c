package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/internal/cli/evaluate"
	"github.com/amgen/amgen/run"
)

// TestBitsFromAllOver: of a split that has more images than are asked for, those at equal distances are judged.
func TestBitsFromAllOver(t *testing.T) {
	dir, out := t.TempDir(), filepath.Join(t.TempDir(), "run")
	writeDiscs(t, filepath.Join(dir, "train"), 2)
	writeDiscs(t, filepath.Join(dir, "valid"), 5)
	mustRun(t, exitDone, "train", "--dataset", "folder:"+dir, "--preset", "tiny", "--batch", "2", "--steps", "1",
		"--sample-every", "0", "--out", out)
	want, err := imaging.LoadFolderAsIs(t.Context(), filepath.Join(dir, "valid"), 0)
	if err != nil {
		t.Fatal(err)
	}
	for n, which := range map[string][]int{"2": {0, 2}, "3": {0, 1, 3}, "5": {0, 1, 2, 3, 4}} {
		if err := os.RemoveAll(filepath.Join(out, run.EvalName)); err != nil {
			t.Fatal(err)
		}
		mustRun(t, exitDone, "eval", "bpd", "--run", out, "-n", n, "--solver", "euler", "--steps", "1")
		reports, err := filepath.Glob(filepath.Join(out, run.EvalName, "*.json"))
		if err != nil || len(reports) != 1 {
			t.Fatalf("reports %v (%v), want one", reports, err)
		}
		text, err := os.ReadFile(reports[0])
		if err != nil {
			t.Fatal(err)
		}
		var report evaluate.BPDReport
		if err := json.Unmarshal(text, &report); err != nil {
			t.Fatal(err)
		}
		var pixels []uint8
		for _, i := range which {
			pixels = append(pixels, want.Image(i)...)
		}
		some, err := imaging.New("some", imaging.Val, pixels, nil, want.Height, want.Width, want.Channels)
		if err != nil {
			t.Fatal(err)
		}
		if report.Measure.ReferenceHash != some.Hash() ||
			!strings.HasSuffix(report.Measure.Reference, ":val") || report.Measure.Count != len(which) {
			t.Errorf("-n %s judges %d others of %s", n, report.Measure.Count, report.Measure.Reference)
		}
	}
}
