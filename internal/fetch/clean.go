package fetch

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"

	"github.com/gofrs/flock"

	"github.com/amgen/amgen/internal/replace"
)

// Leftover is what a fetch that was killed left in the cache.
type Leftover struct {
	Path  string
	Bytes int64
}

// setFolders hold the folders of sets below the cache folder.
var setFolders = []string{"data", "weights"}

var partialName = regexp.MustCompile(`^\.partial-.+-\d+$`)

// ClearLeftovers removes the unfinished files of fetches that no process is about any more, and returns them; with
// dryRun it only lists them. It follows no links. Its errors are those of the disk.
func ClearLeftovers(opts Options, dryRun bool) (list []Leftover, err error) {
	root := opts.Cache
	if root == "" {
		if root, err = CacheDir(); err != nil {
			return nil, err
		}
	}
	for _, kind := range setFolders {
		sets, err := folders(filepath.Join(root, kind))
		if err != nil {
			return list, err
		}
		for _, dir := range sets {
			found, err := clearSet(dir, dryRun)
			if list = append(list, found...); err != nil {
				return list, err
			}
		}
	}
	return list, nil
}

// folders are those in dir, which may be absent; links are none.
func folders(dir string) (list []string, err error) {
	if st, err := os.Lstat(dir); errors.Is(err, fs.ErrNotExist) || err == nil && !st.IsDir() {
		return nil, nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("cache: %w; make it readable", err)
	}
	for _, e := range entries {
		if e.IsDir() {
			list = append(list, filepath.Join(dir, e.Name()))
		}
	}
	return list, nil
}

// clearSet clears the folder of one set, unless another process fetches it.
func clearSet(dir string, dryRun bool) (list []Leftover, err error) {
	path := filepath.Join(dir, lockName)
	if st, err := os.Lstat(path); err != nil || !st.Mode().IsRegular() {
		return nil, nil // nothing was fetched into it
	}
	lock := flock.New(path)
	if free, err := lock.TryLock(); err != nil || !free {
		return nil, nil
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("cache: %w; make it readable", err)
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		_, unfinished := replace.Unfinished(e.Name())
		switch {
		case partialName.MatchString(e.Name()) && (e.IsDir() || e.Type().IsRegular()):
			list = append(list, Leftover{path, sizeOf(path)})
			if !dryRun {
				err = os.RemoveAll(path)
			}
		case unfinished && e.Type().IsRegular():
			size, removed := sizeOf(path), dryRun
			if !dryRun {
				removed, err = replace.Sweep(path)
			}
			if removed {
				list = append(list, Leftover{path, size})
			}
		}
		if err != nil {
			return list, fmt.Errorf("cache: %w; check the rights there", err)
		}
	}
	return list, nil
}

// sizeOf is the size of a file, or of the files in a folder.
func sizeOf(path string) (bytes int64) {
	_ = filepath.WalkDir(path, func(_ string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil // what can't be seen counts nothing
		}
		if info, err := d.Info(); err == nil && info.Mode().IsRegular() {
			bytes += info.Size()
		}
		return nil
	})
	return bytes
}
