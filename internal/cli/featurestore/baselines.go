package featurestore

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"regexp"
)

// BaselinesDir is the folder of the cache that holds the baselines of snapshots, each in a file named by its key.
const BaselinesDir = "baselines"

var baselinesFile = regexp.MustCompile(`^[0-9a-f]{16}\.json$`)

// CleanBaselines removes the files of baselines in dir, and no others.
func CleanBaselines(dir string, dryRun bool) (list []Removed, err error) {
	root, entries, err := open(dir)
	if err != nil {
		return nil, fmt.Errorf("baselines in the cache: %w; make them readable", err)
	} else if root == nil {
		return nil, nil
	}
	defer root.Close()
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() || !baselinesFile.MatchString(e.Name()) {
			continue
		}
		if !dryRun {
			if err := root.Remove(e.Name()); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return list, fmt.Errorf("baselines in the cache: %w; check the rights there", err)
			}
		}
		list = append(list, Removed{filepath.Join(dir, e.Name()), "baselines of a snapshot", info.Size()})
	}
	return list, nil
}
