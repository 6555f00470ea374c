// Package replace writes files that appear, or are replaced, whole.
package replace

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// File creates or replaces the file at path by what write produces: in one rename, after its bytes were synced and
// before its name is, so that a reader never sees half a file. Until then they are beside it, under a name that begins
// with a dot. A symbolic link stays, and what it leads to is replaced. Into what is no regular file, such as a device,
// a FIFO or the standard output by any name, write goes directly. A directory is an error, and so is a file that is
// write-protected. What a killed process left beside the file is removed.
func File(path string, write func(io.Writer) error) error {
	if err := Check(path); err != nil {
		return err
	}
	info, err := os.Stat(path)
	switch {
	case err == nil && isStdout(info):
		return write(os.Stdout)
	case err == nil && !info.Mode().IsRegular():
		return into(path, write)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if path, err = target(path); err != nil {
		return err
	}
	return whole(path, write)
}

// Output is [File] with an error that names the file.
func Output(path string, write func(io.Writer) error) error {
	if err := File(path, write); err != nil {
		return fmt.Errorf("output file %s: %w; check the space and the rights there", path, err)
	}
	return nil
}

// Text is [Output] of a text.
func Text(path string, text []byte) error {
	return Output(path, func(w io.Writer) error { _, err := w.Write(text); return err })
}

// whole creates or replaces a file by a rename.
func whole(path string, write func(io.Writer) error) error {
	// Beside is the place that has room for the file, not the system's for temporary ones.
	f, err := newPending(path)
	if err != nil {
		return err
	}
	if err = write(f); err == nil {
		err = f.CloseAtomicallyReplace()
	}
	if err != nil {
		return errors.Join(err, f.Cleanup())
	}
	sweep(path)
	return syncDir(filepath.Dir(path))
}

// Own is File for a file of a directory that amgen keeps, such as a run's: what is in its place, if anything, has to be
// a regular file. A symbolic link isn't followed, and a FIFO or device isn't opened: either is an error, and stays.
func Own(path string, write func(io.Writer) error) error {
	if err := Regular(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return whole(path, write)
}

// Folder makes a folder in a directory that amgen keeps, unless it is there. Anything else in its place is an error, a
// symbolic link to a folder too: nothing is written through one.
func Folder(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return os.Mkdir(path, 0o755)
	case err != nil:
		return err
	case !info.IsDir():
		return fmt.Errorf("%s is no folder but %s; move it away", path, cmp.Or(Kind(info.Mode()), "a file"))
	}
	return nil
}

// Regular returns an error unless path itself is a regular file. It opens nothing.
func Regular(path string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if kind := Kind(info.Mode()); kind != "" {
		return fmt.Errorf("it is %s", kind)
	}
	return nil
}

// Check returns the error that [File] would, before there is anything to write: for a directory, and for a file that
// nobody may write to, although a rename could replace it.
func Check(path string) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil // File finds out
	case info.IsDir():
		return errors.New("it is a directory")
	case info.Mode().IsRegular() && info.Mode().Perm()&0o222 == 0:
		return errors.New("it is write-protected; name another file, or chmod u+w it")
	}
	return nil
}

// Kind names what isn't a regular file, as "a FIFO"; "" for a regular file.
func Kind(mode fs.FileMode) string {
	switch {
	case mode.IsRegular():
		return ""
	case mode.IsDir():
		return "a directory"
	case mode&fs.ModeSymlink != 0:
		return "a symbolic link"
	case mode&fs.ModeNamedPipe != 0:
		return "a FIFO"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	default:
		return "a device"
	}
}

// syncDir is replaced by tests, which want to know what was synced.
var syncDir = SyncDir

// isStdout tells whether a file is the one that the standard output goes to: of that the shell has chosen what becomes
// of it, and a rename would take the place of what it has open.
func isStdout(info os.FileInfo) bool {
	out, err := os.Stdout.Stat()
	return err == nil && os.SameFile(info, out)
}

// into writes to what is there.
func into(path string, write func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return errors.Join(write(f), f.Close())
}

// target follows symbolic links, also to what isn't there yet.
func target(path string) (string, error) {
	const most = 40 // as Linux
	for range most {
		next, err := os.Readlink(path)
		if err != nil {
			return path, nil // no link
		}
		if !filepath.IsAbs(next) {
			// What .. leads to is known where the folder of the link is free of links.
			dir, err := filepath.EvalSymlinks(filepath.Dir(path))
			if err != nil {
				return "", err
			}
			next = filepath.Join(dir, next)
		}
		path = next
	}
	return "", fmt.Errorf("%s: too many links", path)
}
