package weights

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/gofrs/flock"
)

// Lock is the right to write into a run folder.
type Lock struct{ file *flock.Flock }

// LockRun takes the run folder dir for this process, creating it if need be. It doesn't wait: if
// another process holds it, the error wraps ErrLocked and names that process.
//
// The lock is the kernel's, on the file dir/lock: it goes with the process, however that ends, so a
// file left by a crash means nothing. The text in the file is only for people.
func LockRun(dir string) (*Lock, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("weights: run folder, got %w; choose one that can be written", err)
	}
	path := filepath.Join(dir, "lock")
	file := flock.New(path, flock.SetPermissions(0o666)) // but for the umask: others may share the folder
	free, err := file.TryLock()
	if err != nil {
		return nil, lockError(dir, err)
	}
	if !free {
		holder, _ := readBounded(path, 1<<10) // naming the holder is a courtesy
		who := strings.TrimSpace(string(holder))
		if who == "" {
			who = "another process"
		}
		return nil, fmt.Errorf("weights: run folder %s, got one %w by %s; wait for it, stop it, or choose another folder", dir, ErrLocked, who)
	}
	host, err := os.Hostname()
	if err != nil {
		host = "this machine"
	}
	text := fmt.Sprintf("process %d on %s\n", os.Getpid(), host)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		return nil, fmt.Errorf("weights: lock of run folder %s, got %w; check the rights and the space there", dir, errors.Join(err, file.Close()))
	}
	return &Lock{file}, nil
}

// lockError says why the run folder dir can't be locked. Some file systems have no locks, and rights to write don't help
// there: Lustre mounted without flock (ENOSYS), NFS without its lock daemon (ENOLCK), others (ENOTSUP).
func lockError(dir string, err error) error {
	if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, syscall.ENOLCK) {
		return fmt.Errorf("weights: lock of run folder %s, got %w: its file system has no locks; have it mounted with them (Lustre: -o flock, NFS: its lock daemon), or put runs on another", dir, err)
	}
	return fmt.Errorf("weights: lock of run folder %s, got %w; choose a folder that can be written", dir, err)
}

// Unlock gives the folder back. The file stays: removing it would let two others lock two files. An error is that of
// closing the file.
func (l *Lock) Unlock() error {
	if err := l.file.Close(); err != nil {
		return fmt.Errorf("weights: lock %s, got %w", l.file.Path(), err)
	}
	return nil
}
