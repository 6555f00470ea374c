package eval

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/amgen/amgen/internal/chunks"
	"github.com/amgen/amgen/internal/replace"
)

// aboutName is the file that tells what the features in a directory are of.
const aboutName = "about.json"

// OpenStore makes the directory, if need be, that keeps these features: dir itself. It refuses one that keeps others.
func OpenStore(dir string, about About) (*Store, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("eval: directory for features: %w", err)
	}
	if err := checkStore(dir); err != nil {
		return nil, err
	}
	kept, err := readAbout(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if err := writeAbout(dir, about); err != nil {
			return nil, fmt.Errorf("eval: directory for features: %w", err)
		}
	case errors.Is(err, errNoAbout) || err == nil && kept.Key() != about.Key():
		return nil, fmt.Errorf("eval: %s keeps features of other images, or by another network; give another directory",
			dir)
	case err != nil:
		return nil, fmt.Errorf("eval: directory for features: %w", err)
	}
	return &Store{Dir: dir, About: about}, nil
}

// OpenShards opens the features of the first count images that shards left in directories. It writes nothing.
// Directories of other images than those of the first, or by another network, are an error.
func OpenShards(dirs []string, count int) (*Store, error) {
	if len(dirs) == 0 || count < 1 {
		return nil, fmt.Errorf("eval: %d directories of features of %d images; give one at least", len(dirs), count)
	}
	s := &Store{Dir: dirs[0], Others: dirs[1:]}
	for i, dir := range dirs {
		about, err := readAbout(dir)
		if err != nil {
			return nil, fmt.Errorf("eval: features in %s: %w; compute the shard again", dir, err)
		}
		if i == 0 {
			s.About = about
		} else if about.Key() != s.Key() {
			return nil, fmt.Errorf("eval: %s and %s keep features of other images, or by another network; give "+
				"shards of one "+
				"list", dirs[0], dir)
		}
	}
	s.Count = count
	const mostNumbers = 1 << 24
	if s.Dim < 1 || s.Dim > mostNumbers || s.Classes < 0 || s.Classes > mostNumbers || s.About.ChunkLen != ChunkLen {
		return nil, fmt.Errorf(
			"eval: features in %s: %d features and %d classes of %d images a file, which none have; "+
				"compute the shard again",
			s.Dir, s.Dim, s.Classes, s.About.ChunkLen)
	}
	return s, nil
}

// errNoAbout reports a file that tells nothing.
var errNoAbout = errors.New("no description of features")

// readAbout reads what a directory's features are of.
func readAbout(dir string) (about About, err error) {
	file := filepath.Join(dir, aboutName)
	const most = 1 << 20
	info, err := os.Stat(file)
	switch {
	case err != nil:
		return about, err
	case !info.Mode().IsRegular(): // a FIFO would wait
		return about, fmt.Errorf("%s is no regular file; remove it", file)
	case info.Size() > most:
		return about, errNoAbout
	}
	text, err := os.ReadFile(file)
	if err == nil && json.Unmarshal(text, &about) != nil {
		err = errNoAbout
	}
	return about, err
}

func writeAbout(dir string, about About) error {
	text, err := json.Marshal(about)
	if err != nil {
		return err
	}
	return replace.File(filepath.Join(dir, aboutName), func(w io.Writer) error {
		_, err := w.Write(append(text, '\n'))
		return err
	})
}

// checkStore refuses a directory with other files under the names of a store's files: they would be replaced.
func checkStore(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("eval: directory for features: %w", err)
	}
	_, err = os.Lstat(filepath.Join(dir, aboutName))
	begun := err == nil
	for _, e := range entries {
		if ours := e.Name() == aboutName || chunks.IsName(e.Name()); ours && !(begun && e.Type().IsRegular()) {
			return fmt.Errorf("eval: %s is there, and no file of features; move it away, or give another directory",
				filepath.Join(dir, e.Name()))
		}
	}
	return nil
}

// IsStoreFile tells the names that a [Store] gives to files in its directory, those that a killed process left
// unfinished included.
func IsStoreFile(name string) bool {
	if of, ok := replace.Unfinished(name); ok {
		name = of
	}
	return name == aboutName || chunks.IsName(name)
}
