package imaging

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"
)

// unreadableError says that a regular file that was read holds no picture, or none that amgen reads. Reading it again
// gives the same. Other errors, such as those of a disk and of rights, are no property of the file.
type unreadableError struct {
	error
	why string // a noun phrase
}

func (e *unreadableError) Unwrap() error { return e.error }

// unreadable makes the error of a file; why is a noun phrase.
func unreadable(path, why, advice string) error {
	return &unreadableError{fmt.Errorf("imaging: image file %s, got %s; %s", path, why, advice), why}
}

// Skipped is a file of an image folder that holds no picture that amgen reads.
type Skipped struct {
	File string `json:"file"` // its path below the folder
	Why  string `json:"why"`  // what it is instead, such as "a JPEG that is cut off"
}

func (s Skipped) String() string {
	file := s.File
	if strings.ContainsFunc(file, func(r rune) bool { return !unicode.IsPrint(r) }) {
		file = strconv.Quote(file)
	}
	return fmt.Sprintf("%s (%s)", file, s.Why)
}

// skipUnreadable returns the places of the files that were read, and adds the others to found; errs has the error of
// each. An error that isn't that of a file's content is returned, the first by name; so is the first of any kind where
// strict doesn't allow to skip. A folder without one file that can be read is an error.
func skipUnreadable(root string, paths []string, errs []error, strict bool, found *Found) (kept []int, err error) {
	var first error
	for i, err := range errs {
		var bad *unreadableError
		switch {
		case err == nil:
			kept = append(kept, i)
			continue
		case strict || !errors.As(err, &bad):
			return nil, err
		case first == nil:
			first = err
		}
		file, relErr := filepath.Rel(root, paths[i])
		if relErr != nil {
			file = paths[i]
		}
		found.Skipped = append(found.Skipped, Skipped{filepath.ToSlash(file), bad.why})
	}
	if len(kept) == 0 {
		return nil, fmt.Errorf("imaging: image folder %s, got no picture that can be read among %d; the first is the "+
			"%s", root, len(paths), strings.TrimPrefix(first.Error(), "imaging: "))
	}
	found.Of = len(paths)
	return kept, nil
}

// SkippedJSON counts the files that were skipped, and names the first, as JSON; nil where there are none.
func (f Found) SkippedJSON() (json.RawMessage, error) {
	const most = 100 // that are named
	if len(f.Skipped) == 0 {
		return nil, nil
	}
	text, err := json.Marshal(struct {
		Count int       `json:"count"`
		Of    int       `json:"of"`
		Files []Skipped `json:"files"`
	}{len(f.Skipped), f.Of, f.Skipped[:min(most, len(f.Skipped))]})
	if err != nil {
		return nil, fmt.Errorf("imaging: names of skipped files, got %w; rename them", err)
	}
	return text, nil
}

// mostSkippedNamed is how many skipped files a line names.
const mostSkippedNamed = 3

// skippedLine says how many files were skipped, and names the first.
func (f Found) skippedLine() string {
	var names []string
	for i, s := range f.Skipped {
		if i == mostSkippedNamed {
			names = append(names, fmt.Sprintf("and %d more", len(f.Skipped)-mostSkippedNamed))
			break
		}
		names = append(names, s.String())
	}
	return fmt.Sprintf("skipped: %d of %d pictures, which can't be read: %s", len(f.Skipped), f.Of,
		strings.Join(names, ", "))
}
