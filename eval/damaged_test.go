package eval_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/amgen/amgen/eval"
	bits "github.com/amgen/amgen/internal/damage" // the package has a damage of its own
)

// TestDamagedFeatures: a file of features in which a bit is flipped counts as missing, unless nothing changed.
func TestDamagedFeatures(t *testing.T) {
	dir := t.TempDir()
	s := fill(t, dir, &counting{n: 5}, eval.Shard{})
	file := filepath.Join(dir, "00000000.npz")
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	bits.File{Name: "features", Data: whole, Read: func(data []byte) (any, error) {
		if err := os.WriteFile(file, data, 0o644); err != nil {
			t.Fatal(err)
		}
		return s.Cloud()
	}}.Check(t)
}
