package replace

import (
	"errors"
	"os"
	"path/filepath"
)

// pending is a file that replaces another when it is closed. Windows replaces a file by a rename unless it is open.
type pending struct {
	*os.File
	path string
}

func newPending(path string) (*pending, error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"*")
	return &pending{f, path}, err
}

// CloseAtomicallyReplace renames the file after its bytes were synced.
func (p *pending) CloseAtomicallyReplace() error {
	if err := p.Sync(); err != nil {
		return err
	}
	if err := p.Close(); err != nil {
		return err
	}
	return os.Rename(p.Name(), p.path)
}

// Cleanup removes the file that wasn't renamed.
func (p *pending) Cleanup() error {
	if err := p.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
		return errors.Join(err, os.Remove(p.Name()))
	}
	return os.Remove(p.Name())
}
