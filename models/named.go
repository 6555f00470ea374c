package models

import (
	"bufio"
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/amgen/amgen/internal/fetch"
	"github.com/amgen/amgen/internal/mistake"
	"github.com/amgen/amgen/internal/replace"
	"github.com/amgen/amgen/weights"
)

// names are those of the models that ship with amgen. The first is the default.
var names = []string{"mnist", "fashion-mnist", "cifar10"}

// Default is the name of the model that is drawn from where nothing else is named.
func Default() string { return names[0] }

// Names lists the models that ship with amgen, whether they are here or not.
func Names() []string { return slices.Clone(names) }

//go:embed *mnist.safetensors
var embedded embed.FS

//go:embed SHA256SUMS
var sums []byte

// ErrMissing is wrapped by the error for a model that isn't here.
var ErrMissing = errors.New("model not found")

// mostBytes bounds the file of a model that ships with amgen.
const mostBytes = 64 << 20

// folder has the models that aren't embedded, beside the program and in the cache.
const folder = "models"

// Named opens a model that ships with amgen, one of [Names]. What isn't embedded is the file NAME.safetensors in a
// folder models: in the program's folder, or beside it, or in the cache.
//
// The error is a [run.ConfigError] for a name that there isn't. It wraps [ErrMissing] for a model that isn't here, and
// [weights.ErrCorrupt] for a file that isn't the one that the program knows the SHA-256 of.
func Named(name string) (*Model, error) {
	if !slices.Contains(names, name) {
		return nil, unknown("model", name, "a file of a model")
	}
	want, known := knownSums(sums)[fileName(name)]
	if !known {
		return nil, mistake.New("%w: %s has not been trained for this amgen; use another (%s), or train a run on "+
			"that data set", ErrMissing, name, strings.Join(Here(), ", "))
	}
	data, err := embedded.ReadFile(fileName(name))
	where := name
	if errors.Is(err, fs.ErrNotExist) {
		data, where, err = beside(name)
	}
	if err != nil {
		return nil, err
	}
	return check(name, where, data, want)
}

func fileName(name string) string { return name + ".safetensors" }

// check makes the model of a file that has to have a SHA-256.
func check(name, where string, data []byte, want string) (*Model, error) {
	m, err := read(name, data)
	if err == nil && m.SHA256 != want {
		err = fmt.Errorf("SHA-256 %s, want %s: %w", m.SHA256, want, weights.ErrCorrupt)
	}
	if err != nil {
		return nil, fmt.Errorf("model %s isn't the file that this amgen was made with (%s): %w; bring it back, or "+
			"name it as a file", name, where, err)
	}
	return m, nil
}

// beside reads the file of a model that isn't embedded, and tells where it is.
func beside(name string) (data []byte, where string, err error) {
	places := places()
	for _, dir := range places {
		path := filepath.Join(dir, fileName(name))
		if data, err = replace.ReadRegular(path, mostBytes); err == nil {
			return data, path, nil
		} else if !errors.Is(err, fs.ErrNotExist) {
			return nil, path, fmt.Errorf("model %s: %w; it has to be a file that can be read", name, err)
		}
	}
	return nil, "", mistake.New("%w: %s is not part of the program, and no file %s is in %s; copy it there from "+
		"amgen's source", ErrMissing, name, fileName(name), strings.Join(places, " or "))
}

// places are the folders that may hold models which aren't embedded.
func places() (list []string) {
	if program, err := os.Executable(); err == nil {
		if real, err := filepath.EvalSymlinks(program); err == nil {
			program = real
		}
		dir := filepath.Dir(program)
		list = append(list, filepath.Join(dir, folder), filepath.Join(filepath.Dir(dir), folder))
	}
	if dir, err := fetch.CacheDir(); err == nil {
		list = append(list, filepath.Join(dir, folder))
	}
	return list
}

// Here lists the names of the models that have been trained for this amgen. A file of one that isn't embedded may lack
// all the same.
func Here() (list []string) {
	for _, name := range names {
		if _, known := knownSums(sums)[fileName(name)]; known {
			list = append(list, name)
		}
	}
	return list
}

// unknown is the error for a name that no model has; kinds are what was meant, others what else may be named.
func unknown(kinds, name, others string) error {
	return mistake.New("unknown %s %q; there are %s; or name %s%s", kinds, name, strings.Join(Here(), ", "), others,
		mistake.Meant(name, Here()))
}

// knownSums reads lines as sha256sum writes them, into SHA-256 by file.
func knownSums(text []byte) map[string]string {
	known := map[string]string{}
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		if words := strings.Fields(lines.Text()); len(words) == 2 {
			known[strings.TrimPrefix(words[1], "*")] = words[0]
		}
	}
	return known
}
