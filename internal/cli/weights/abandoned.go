package weights

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"github.com/amgen/amgen/internal/replace"
	"github.com/amgen/amgen/run/lock"
)

// importPrefix begins the names of directories that an import makes a run in before it renames it.
const importPrefix = ".import-"

// lockName is the file in a run's directory that [run.Dir.Lock] locks.
const lockName = "lock"

var importName = regexp.MustCompile(`^\.import-\d+$`)

// clearImports removes the folders that killed imports left in a directory: those with an import's name that hold only
// what an import writes, and that no process has locked. It ignores errors: such a folder does no harm.
func clearImports(parent string) {
	entries, err := os.ReadDir(parent)
	if err != nil {
		return
	}
	for _, e := range entries {
		if e.IsDir() && importName.MatchString(e.Name()) {
			_ = clearImport(filepath.Join(parent, e.Name()))
		}
	}
}

// abandoned is the age from which a folder without a lock isn't being written any more.
const abandoned = time.Hour

func clearImport(dir string) error {
	st, err := os.Lstat(filepath.Join(dir, lockName))
	switch {
	case errors.Is(err, fs.ErrNotExist): // an earlier amgen's, or not locked yet
		if st, err = os.Lstat(dir); err != nil || time.Since(st.ModTime()) < abandoned {
			return err
		}
	case err != nil || !st.Mode().IsRegular():
		return err
	default:
		lock, err := lock.Take(dir)
		if err != nil {
			return err
		}
		defer lock.Unlock()
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	var all []string
	err = fs.WalkDir(root.FS(), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if path != "." && !importWrites(path, d.IsDir(), d.Type().IsRegular()) {
			return errForeign
		}
		all = append(all, path)
		return nil
	})
	if err != nil {
		return err
	}
	slices.Reverse(all) // what is in a folder before the folder
	for _, path := range all[:len(all)-1] {
		if err := root.Remove(path); err != nil {
			return err
		}
	}
	return os.Remove(dir)
}

var errForeign = errors.New("something else is in it")

var (
	importDirs  = regexp.MustCompile(`^(samples|checkpoints(/(\.tmp-\d+|step-\d{6,18}))?)$`)
	importFiles = regexp.MustCompile(`^(lock|config\.toml|checkpoints/(\.tmp-\d+|step-\d{6,18})/` +
		`(state\.safetensors|ema\.safetensors|manifest\.json))$`)
)

// importWrites tells the paths below a run's directory that an import makes.
func importWrites(path string, isDir, isFile bool) bool {
	if isDir {
		return importDirs.MatchString(path)
	}
	if of, ok := replace.Unfinished(path); ok {
		path = of
	}
	return isFile && importFiles.MatchString(path)
}
