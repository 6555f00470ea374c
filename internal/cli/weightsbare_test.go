package cli

import (
	"image"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/weights"
)

// TestImportBare: a file of tensors alone, whose network has patches, another time scale and classes, is imported by
// the flags of training, and draws what the run drew.
func TestImportBare(t *testing.T) {
	dir := t.TempDir()
	for _, class := range []string{"cat", "dog"} {
		if err := os.MkdirAll(filepath.Join(dir, "photos", class), 0o755); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"a.png", "b.png"} {
			path := filepath.Join(dir, "photos", class, name)
			if err := imaging.WritePNG(path, image.NewGray(image.Rect(0, 0, 28, 28))); err != nil {
				t.Fatal(err)
			}
		}
	}
	network := []string{"--dataset", "folder:" + filepath.Join(dir, "photos"), "--preset", "tiny", "--base", "8",
		"--multipliers", "1,1", "--attention", "0", "--patch", "2", "--time-scale", "16", "--classes"}
	trained, file := filepath.Join(dir, "run"), filepath.Join(dir, "run.safetensors")
	mustRun(t, exitDone, append([]string{"train", "--batch", "2", "--steps", "1", "--sample-every", "0", "--out",
		trained}, network...)...)
	mustRun(t, exitDone, "weights", "export", "--run", trained, "--raw", "-o", file)
	whole, err := weights.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	whole.Metadata = nil
	if err := whole.WriteFile(file); err != nil {
		t.Fatal(err)
	}
	refusal := mustRun(t, exitFailed, append([]string{"weights", "import", file, "--out", filepath.Join(dir, "no")},
		network[:len(network)-1]...)...)
	if !strings.Contains(refusal, "is of a class-conditional network") || !strings.Contains(refusal, "--classes") {
		t.Errorf("without --classes: %s", refusal)
	}
	imported := filepath.Join(dir, "imported")
	mustRun(t, exitDone, append([]string{"weights", "import", file, "--out", imported}, network...)...)
	var drawn [2][]byte
	for i, run := range []string{trained, imported} {
		out := filepath.Join(dir, "samples.npy")
		mustRun(t, exitDone, "sample", "--run", run, "--raw", "-n", "2", "--class", "dog", "--steps", "2", "-o", out)
		if drawn[i], err = os.ReadFile(out); err != nil {
			t.Fatal(err)
		}
	}
	if string(drawn[0]) != string(drawn[1]) {
		t.Error("the imported run draws other samples")
	}
}
