//go:build !windows

package replace

import (
	"path/filepath"

	"github.com/google/renameio/v2"
)

// newPending opens a file that replaces the one at path when it is closed, and is locked until then.
func newPending(path string) (*renameio.PendingFile, error) {
	f, err := renameio.NewPendingFile(path, renameio.WithTempDir(filepath.Dir(path)), renameio.WithPermissions(0o644),
		renameio.WithExistingPermissions())
	if err == nil {
		lock(f.File)
	}
	return f, err
}
