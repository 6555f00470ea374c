package cli

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
)

// isMissing tells whether an error is that a file isn't there which the command line names: by itself, behind the name
// of a flag, or in that of a data set such as folder:DIR:train.
func isMissing(err error, args []string) bool {
	var missing *fs.PathError
	if !errors.Is(err, fs.ErrNotExist) || !errors.As(err, &missing) {
		return false
	}
	want, wrong := filepath.Abs(missing.Path)
	if wrong != nil {
		return false
	}
	for _, arg := range args {
		if _, value, has := strings.Cut(arg, "="); has && strings.HasPrefix(arg, "-") {
			arg = value
		}
		for _, name := range parts(arg) {
			if got, wrong := filepath.Abs(name); wrong == nil && name != "" && got == want {
				return true
			}
		}
	}
	return false
}

// parts are the names that an argument may hold: all of it, and what stands between colons, commas and a hash.
func parts(arg string) (names []string) {
	names = append(names, arg)
	if _, path, has := strings.Cut(arg, ":"); has {
		names = append(names, path)
		if at := strings.LastIndexByte(path, ':'); at >= 0 {
			names = append(names, path[:at])
		}
	}
	return append(names, strings.FieldsFunc(arg, func(r rune) bool { return strings.ContainsRune(":,#", r) })...)
}
