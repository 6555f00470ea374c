// Package lock keeps a run folder to one process at a time.
package lock

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"

	"github.com/gofrs/flock"

	"github.com/amgen/amgen/internal/replace"
	"github.com/amgen/amgen/weights"
)

// Lock is the right to write into a run folder.
type Lock struct {
	dir  string
	file *flock.Flock
	held os.FileInfo // the locked file
}

// lockText is what the file of a lock says.
var lockText = regexp.MustCompile(`^(process \d+ on .*\n)?$`)

// Check returns an error if dir has a file lock that amgen didn't write: anything but a regular file with the
// text of a lock. It opens nothing else, so that a FIFO can't make it wait.
func Check(dir string) error {
	_, err := textOf(dir)
	return err
}

// textOf is the text of a run folder's lock, empty where there is none. Its errors are those of [Check].
func textOf(dir string) ([]byte, error) {
	path := filepath.Join(dir, "lock")
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, lockError(dir, err)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("run: lock of run folder %s, got %s in its place; move it away, or choose another "+
			"folder", dir, replace.Kind(info.Mode()))
	}
	text, err := weights.ReadText(path, 1<<12)
	if errors.Is(err, weights.ErrCorrupt) || err == nil && !lockText.Match(text) {
		return nil, fmt.Errorf("run: lock of run folder %s, got another program's file of that name; move it away, or "+
			"choose another folder", dir)
	} else if err != nil {
		return nil, lockError(dir, err)
	}
	return text, nil
}

// ErrHeld reports that another process uses the run folder.
var ErrHeld = errors.New("in use")

// Take takes the run folder dir for this process, creating it if need be. It doesn't wait: if
// another process holds it, the error wraps ErrHeld and names that process. A file lock that amgen didn't write is an
// error, see [Check], and stays as it is.
//
// The lock is the kernel's, on the file dir/lock: it goes with the process, however that ends, so a
// file left by a crash means nothing. The text in the file is only for people.
func Take(dir string) (*Lock, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("run: run folder, got %w; choose one that can be written", err)
	}
	if err := Check(dir); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "lock")
	was, _ := os.Lstat(path)
	file := flock.New(path, flock.SetFlag(os.O_CREATE|os.O_RDWR|noFollow),
		flock.SetPermissions(0o666)) // but for the umask: others may share the folder
	free, err := file.TryLock()
	if err != nil {
		return nil, lockError(dir, err)
	}
	if !free {
		holder, _ := weights.ReadText(path, 1<<10) // the name of the holder is optional
		who := strings.TrimSpace(string(holder))
		if who == "" {
			who = "another process"
		}
		return nil, fmt.Errorf("run: run folder %s, got one %w by %s; wait for it, stop it, or choose another folder",
			dir, ErrHeld, who)
	}
	lock := &Lock{dir: dir, file: file}
	if lock.held, err = file.Stat(); err == nil {
		err = errors.Join(lock.Check(), Check(dir)) // it may have been replaced before it was locked
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	host, err := os.Hostname()
	if err != nil {
		host = "this machine"
	}
	if was != nil && was.Size() == 0 {
		return lock, nil // it may be the user's: an empty file locks as well, and stays empty
	}
	text := fmt.Sprintf("process %d on %s\n", os.Getpid(), host)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		return nil, fmt.Errorf("run: lock of run folder %s, got %w; check the rights and the space there", dir,
			errors.Join(err, file.Close()))
	}
	return lock, nil
}

// ErrLost reports that the run folder isn't the one that was locked any more.
var ErrLost = errors.New("the lock is gone")

// Check returns an error that wraps ErrLost unless the file lock in the run folder is still the locked one. Where
// the folder was removed, moved or replaced, or the file removed, another process may write there. Call it before
// each write.
func (l *Lock) Check() error {
	now, err := os.Lstat(l.file.Path())
	switch {
	case errors.Is(err, fs.ErrNotExist), err == nil && !os.SameFile(now, l.held):
		return fmt.Errorf("run: run folder %s, got another one, or none: %w; it was moved, removed or unlocked by hand",
			l.dir, ErrLost)
	case err != nil:
		return lockError(l.dir, err)
	}
	return nil
}

// lockError says why the run folder dir can't be locked. Some file systems have no locks, and rights to write don't
// help there: Lustre mounted without flock (ENOSYS), NFS without its lock daemon (ENOLCK), others (ENOTSUP).
func lockError(dir string, err error) error {
	if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, syscall.ENOLCK) {
		return fmt.Errorf("run: lock of run folder %s, got %w: its file system has no locks; have it mounted with "+
			"them (Lustre: -o flock, NFS: its lock daemon), or put runs on another", dir, err)
	}
	return fmt.Errorf("run: lock of run folder %s, got %w; choose a folder that can be written", dir, err)
}

// Unlock gives the folder back. The file stays: removing it would let two others lock two files. An error is that of
// closing the file.
func (l *Lock) Unlock() error {
	if err := l.file.Close(); err != nil {
		return fmt.Errorf("run: lock %s, got %w", l.file.Path(), err)
	}
	return nil
}
