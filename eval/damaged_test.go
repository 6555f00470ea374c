package eval_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/amgen/amgen/eval"
	bits "github.com/amgen/amgen/internal/damage" // the package has a damage of its own
)

// TestDamagedFeatures: a file of features in which a bit is flipped counts as missing, unless nothing changed.
func TestDamagedFeatures(t *testing.T) {
	dir := t.TempDir()
	s := fill(t, dir, &drawing{counting: counting{n: 5}}, eval.Shard{})
	file := filepath.Join(dir, "00000000.npz")
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	bits.File{Name: "features", Data: whole, Read: func(data []byte) (any, error) {
		if err := os.WriteFile(file, data, 0o644); err != nil {
			t.Fatal(err)
		}
		cloud, err := s.Cloud()
		if err != nil {
			return nil, err
		}
		nfe, all, err := s.NFE()
		if err != nil || !all { // of an array's name no checksum is kept
			return nil, errors.Join(err, errors.New("no evaluations"))
		}
		return []any{cloud, nfe}, nil
	}}.Check(t)
}
