package replace

import (
	"errors"
	"os"
	"runtime"
)

// SyncDir makes the names inside a folder durable.
func SyncDir(dir string) error {
	if runtime.GOOS == "windows" { // which syncs no folders
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	// Some filesystems cannot sync a folder; the files themselves were synced.
	if err := d.Sync(); err != nil && !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	return nil
}
