package imaging

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/adrg/xdg"
	"github.com/gofrs/flock"
)

// The folder of a data set holds its canonical files and a lock that one fetching process holds.
const (
	lockName = ".lock"
	// tempPrefix starts the names of unfinished files; the next fetch clears away those of a crash.
	tempPrefix = ".partial-"
)

// CacheDir is the folder under which amgen keeps what it fetched: $AMGEN_CACHE, else amgen inside
// the user's cache folder ($XDG_CACHE_HOME or its platform's equivalent).
func CacheDir() string {
	if dir := os.Getenv("AMGEN_CACHE"); dir != "" {
		return dir
	}
	return filepath.Join(xdg.CacheHome, "amgen")
}

func (s *set) dir(opts Options) string {
	root := opts.Cache
	if root == "" {
		root = CacheDir()
	}
	return filepath.Join(root, "data", s.name)
}

// ensure makes every canonical file of the set present and intact.
//
// An exclusive file lock is held while looking and fetching, so of several processes one fetches and
// the others find its files. A file that is there but isn't what it should be counts as absent and is
// replaced; each file replaces its predecessor in one rename after its hash was checked, so an
// interruption at any moment leaves only verified files behind, and the next call goes on from them.
func (s *set) ensure(ctx context.Context, opts Options) (err error) {
	dir := s.dir(opts)
	if len(s.missing(dir)) == 0 {
		return nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("imaging: cache folder of %s, got %w; make it writable or set AMGEN_CACHE to one that is", s.name, err)
	}
	lock := flock.New(filepath.Join(dir, lockName))
	if _, err := lock.TryLockContext(ctx, 50*time.Millisecond); err != nil {
		return fmt.Errorf("imaging: lock of %s, got %w; is another process fetching it, or the folder read-only?", dir, err)
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	if len(s.missing(dir)) == 0 {
		return nil // another process fetched while this one waited
	}
	clearPartial(dir)
	j := &job{set: s, dir: dir, opts: opts, offline: opts.Offline || offlineEnv()}
	return j.run(ctx)
}

func offlineEnv() bool {
	v := os.Getenv("AMGEN_OFFLINE")
	return v != "" && v != "0" && v != "false"
}

// clearPartial removes what a crashed fetch left; only the holder of the lock may call it.
func clearPartial(dir string) {
	entries, _ := os.ReadDir(dir) // a folder that cannot be listed has nothing to clear
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), tempPrefix) {
			os.RemoveAll(filepath.Join(dir, e.Name()))
		}
	}
}

// hasSize is the cheap half of the check: a regular file of the right size.
func hasSize(dir string, f file) bool {
	st, err := os.Stat(filepath.Join(dir, f.name))
	return err == nil && st.Mode().IsRegular() && st.Size() == f.size
}

// missing lists the canonical files that are absent or not intact.
func (s *set) missing(dir string) []file {
	var out []file
	for _, f := range s.files {
		if !intact(dir, f) {
			out = append(out, f)
		}
	}
	return out
}

// intact is the whole check: size and hash.
func intact(dir string, f file) bool {
	if !hasSize(dir, f) {
		return false
	}
	sum, err := hashFile(filepath.Join(dir, f.name))
	return err == nil && sum == f.sha256
}

// read returns the bytes of a canonical file that ensure has verified.
func (s *set) read(dir, name string) ([]byte, error) {
	for _, f := range s.files {
		if f.name != name {
			continue
		}
		if !hasSize(dir, f) {
			break
		}
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return nil, fmt.Errorf("imaging: cached file of %s, got %w; make it readable", s.name, err)
		}
		return data, nil
	}
	return nil, fmt.Errorf("imaging: cached file %s of %s, got none of the right size in %s; it was changed meanwhile, try again", name, s.name, dir)
}

func hashFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hexSum(h), nil
}

func hexSum(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }

// syncDir makes the renames inside dir durable.
func syncDir(dir string) error {
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
