// Package featurestore is the folder of the cache in which `amgen eval` keeps features.
package featurestore

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"

	"github.com/amgen/amgen/eval"
)

// Dir is the folder of the cache that holds stores of features, each in a folder named by its key.
const Dir = "features"

var storeKey = regexp.MustCompile(`^[0-9a-f]{16}$`)

// Clean removes the stores in dir. One that holds anything but a store's files stays as it is.
func Clean(dir string, dryRun bool) (list []Removed, err error) {
	root, stores, err := open(dir)
	if err != nil {
		return nil, fmt.Errorf("features in the cache: %w; make them readable", err)
	} else if root == nil {
		return nil, nil
	}
	defer root.Close()
	for _, s := range stores {
		if !s.IsDir() || !storeKey.MatchString(s.Name()) {
			continue
		}
		files, bytes, err := storeFiles(root, s.Name())
		if err != nil {
			return list, fmt.Errorf("features in the cache: %w; make them readable", err)
		}
		if files == nil {
			continue
		}
		if !dryRun {
			for _, file := range append(files, s.Name()) {
				if err := root.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
					return list, fmt.Errorf("features in the cache: %w; check the rights there", err)
				}
			}
		}
		list = append(list, Removed{filepath.Join(dir, s.Name()), fmt.Sprintf("features, %d files", len(files)), bytes})
	}
	return list, nil
}

// open opens a folder of the cache, so that no link leads outside, and lists it; root is nil where there is none.
func open(dir string) (root *os.Root, entries []fs.DirEntry, err error) {
	if st, err := os.Lstat(dir); errors.Is(err, fs.ErrNotExist) || err == nil && !st.IsDir() {
		return nil, nil, nil
	}
	if root, err = os.OpenRoot(dir); err != nil {
		return nil, nil, err
	}
	if entries, err = fs.ReadDir(root.FS(), "."); err != nil {
		return nil, nil, errors.Join(err, root.Close())
	}
	return root, entries, nil
}

// storeFiles are the files of a store and their size, or nil if it holds other files.
func storeFiles(root *os.Root, store string) (files []string, bytes int64, err error) {
	entries, err := fs.ReadDir(root.FS(), store)
	if err != nil {
		return nil, 0, err
	}
	files = []string{}
	for _, e := range entries {
		if !e.Type().IsRegular() || !eval.IsStoreFile(e.Name()) && e.Name() != RequestName {
			return nil, 0, nil
		}
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue
		} else if err != nil {
			return nil, 0, err
		}
		files, bytes = append(files, filepath.Join(store, e.Name())), bytes+info.Size()
	}
	return files, bytes, nil
}

// Removed is a file or folder that was removed, or would be.
type Removed struct {
	Path, What string
	Bytes      int64
}

// RequestName is the file beside the features that says what they were computed for.
const RequestName = "request.json"
