package fetch

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/amgen/amgen/internal/damage"
)

// TestDamagedBits: no flipped bit of a cached file goes unseen, whatever its format.
func TestDamagedBits(t *testing.T) {
	opts := Options{Cache: t.TempDir()}
	content := []byte("raw pixels and labels, which have no checksum of their own")
	sum := sha256.Sum256(content)
	set := &Set{Name: "pixels", Folder: "data/pixels", Files: []File{{Name: "pixels", Size: int64(len(content)),
		SHA256: hex.EncodeToString(sum[:])}}}
	if err := os.MkdirAll(set.Dir(opts), 0o755); err != nil {
		t.Fatal(err)
	}
	damage.File{Name: "file of the cache", Data: content, Read: func(data []byte) (any, error) {
		if err := os.WriteFile(filepath.Join(set.Dir(opts), "pixels"), data, 0o644); err != nil {
			t.Fatal(err)
		}
		if v := set.Verify(opts)[0]; v.Fault != "" {
			return nil, errors.New(v.Fault)
		}
		dir, err := set.Ensure(t.Context(), opts) // takes what is there, and has no source
		if err != nil {
			return nil, err
		}
		return set.Read(dir, "pixels")
	}}.Check(t)
}
