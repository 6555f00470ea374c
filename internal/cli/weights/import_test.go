package weights

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/unet"
)

// TestImportIsDurable: the names in the run directory were synced before it appeared, and its own afterwards.
func TestImportIsDurable(t *testing.T) {
	unet.Presets["twin"] = unet.Config{Size: 8, Channels: 1, Base: 4, Multipliers: []int{1, 2}, Blocks: 1,
		Attention: []int{4}} // that of testdata/twin/twin.py
	defer delete(unet.Presets, "twin")
	dir := t.TempDir()
	out := filepath.Join(dir, "run")
	var synced []string
	defer func(was func(string) error) { syncDir = was }(syncDir)
	syncDir = func(at string) error {
		_, err := os.Stat(out)
		synced = append(synced, fmt.Sprint(strings.HasPrefix(filepath.Base(at), ".import-"), at == dir, err == nil))
		return nil
	}
	var stdout, stderr bytes.Buffer
	cmd := New(term.Streams{Out: &stdout, Err: &stderr})
	cmd.SetArgs([]string{"import", "../testdata/twin/stream.pt", "--preset", "twin", "--dataset", "folder:" + dir,
		"--out", out})
	if err := cmd.ExecuteContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	if want := []string{"true false false", "false true true"}; !slices.Equal(synced, want) {
		t.Errorf("synced %q, want %q: the new directory or not, its parent or not, after the rename or not", synced,
			want)
	}
}
