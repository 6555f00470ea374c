package weights

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
)

// Names in a folder of checkpoints besides the checkpoints' own. A file with another name isn't amgen's.
var (
	asidePattern     = regexp.MustCompile(`^aside-step-\d{6,18}(\.\d+)?$`)
	temporaryPattern = regexp.MustCompile(`^\.tmp-(\d+(\.old)?|doomed-step-\d{6,18})$`)
)

// parts are the names of a checkpoint's files.
var parts = []string{manifestFile, stateFile, emaFile}

// content is what a folder with a checkpoint's name holds.
type content int

const (
	contentForeign content = iota // a file that no checkpoint has, no folder at all, or nothing
	contentDamaged                // nothing but names of a checkpoint's files, without a manifest that amgen wrote
	contentOwn                    // a checkpoint's files alone, with its manifest
)

// contentOf reads the folder path, which is not to be a symbolic link.
func contentOf(path string) content {
	names, regular := listParts(path)
	if len(names) == 0 {
		return contentForeign
	}
	if !regular || !slices.Contains(names, manifestFile) {
		return contentDamaged
	}
	if _, _, err := readManifest(filepath.Join(path, manifestFile)); err != nil {
		return contentDamaged
	}
	return contentOwn
}

// IsCheckpoint tells whether path is the folder of an intact checkpoint with nothing else in it.
func IsCheckpoint(path string) bool { return contentOf(path) == contentOwn }

// listParts are the names in the folder path, none where it is no folder or something has a name that no checkpoint's
// file has. regular tells whether all are regular files.
func listParts(path string) (names []string, regular bool) {
	if info, err := os.Lstat(path); err != nil || !info.IsDir() {
		return nil, false
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, false
	}
	regular = true
	for _, e := range entries {
		if !slices.Contains(parts, e.Name()) {
			return nil, false
		}
		names, regular = append(names, e.Name()), regular && e.Type().IsRegular()
	}
	return names, regular
}

// holdsPart tells whether a folder has at least one of a checkpoint's files. A checkpoint appears in one rename, so
// that a folder without any was never one.
func holdsPart(path string) bool {
	return slices.ContainsFunc(parts, func(name string) bool {
		_, err := os.Lstat(filepath.Join(path, name))
		return !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, errNotDir)
	})
}

// CheckOwned returns an error for the first entry of dir that has the name of a checkpoint of a step after step, and is
// none that amgen wrote: saving that step would have to replace it. Damaged checkpoints pass if damaged is set. A dir
// that doesn't exist has none. Other errors are those of the disk.
func CheckOwned(dir string, step int64, damaged bool) error {
	list, err := listNames(dir)
	if err != nil {
		return err
	}
	for _, e := range list {
		if e.Step <= step {
			continue
		}
		switch contentOf(e.Path) {
		case contentForeign:
			return fmt.Errorf("weights: %s, got something that amgen didn't write; move it away", e.Path)
		case contentDamaged:
			if !damaged {
				return fmt.Errorf("weights: %s, got no intact manifest of amgen: a damaged checkpoint, or another "+
					"program's; move it away", e.Path)
			}
		}
	}
	return nil
}

// Clear removes the checkpoints in dir, those that were set aside, and what a crashed Save left there. Everything else
// stays, and so does dir unless that empties it. Only the process that writes to dir may call Clear. Its errors are
// those of the disk.
func Clear(dir string) error {
	list, err := listNames(dir)
	if err != nil {
		return err
	}
	for _, e := range list {
		if contentOf(e.Path) != contentOwn {
			continue
		}
		if err := removeCheckpoint(e.Path); err != nil {
			return fmt.Errorf("weights: checkpoint, got %w; check the rights there", err)
		}
	}
	if err := removeParts(dir, asidePattern); err != nil {
		return err
	}
	return clearTemporary(dir)
}

// removeParts removes the folders in dir whose names match and which hold nothing but a checkpoint's files.
func removeParts(dir string, names *regexp.Regexp) error {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("weights: checkpoint folder, got %w; make it readable", err)
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		if !names.MatchString(e.Name()) {
			continue
		}
		if _, regular := listParts(path); !regular {
			continue
		}
		if err := removeFolder(path); err != nil {
			return fmt.Errorf("weights: folder %s, got %w; check the rights there", path, err)
		}
	}
	return nil
}

// removeFolder removes a checkpoint's files from the folder path, and the folder. A file of another program
// meanwhile makes it fail.
func removeFolder(path string) error {
	for _, name := range parts {
		if err := os.Remove(filepath.Join(path, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return os.Remove(path)
}
