package serve

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/amgen/amgen/internal/replace"
	"github.com/amgen/amgen/run"
)

// folder is the folder of runs that is served, or a single run. Nothing outside is read: a run that is a symbolic link
// isn't listed, and files are opened through an [os.Root].
type folder struct {
	path string
	root *os.Root
	only string // the name of the single run, "" of a folder of runs
}

func openFolder(path string) (*folder, error) {
	whole, err := filepath.Abs(path)
	if err == nil {
		whole, err = filepath.EvalSymlinks(whole)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("serve: no directory %s; name one that holds runs", path)
	} else if err != nil {
		return nil, fmt.Errorf("serve: %w; name a directory that holds runs", err)
	}
	info, err := os.Stat(whole) // before it is opened: a FIFO would make its reader wait
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s is no directory", path)
	}
	if err != nil {
		return nil, fmt.Errorf("serve: %w; name a directory that holds runs", err)
	}
	root, err := os.OpenRoot(whole)
	if err != nil {
		return nil, fmt.Errorf("serve: %w; name a directory that can be read", err)
	}
	f := &folder{path: whole, root: root}
	if run.Dir(whole).HoldsRun() {
		f.only = filepath.Base(whole)
	}
	return f, nil
}

// names are those of the runs, in order, and links how many symbolic links were left out.
func (f *folder) names() (names []string, links int, err error) {
	if f.only != "" {
		return []string{f.only}, 0, nil
	}
	entries, err := os.ReadDir(f.path)
	if err != nil {
		return nil, 0, err
	}
	for _, e := range entries {
		switch {
		case e.Type()&fs.ModeSymlink != 0:
			links++
		case e.IsDir() && run.Dir(filepath.Join(f.path, e.Name())).HoldsRun():
			names = append(names, e.Name())
		}
	}
	return names, links, nil
}

// found is the directory of a run whose name is from [folder.names].
func (f *folder) found(name string) run.Dir {
	if f.only != "" {
		return run.Dir(f.path)
	}
	return run.Dir(filepath.Join(f.path, name))
}

// errNoRun is of a name that no run in the folder has.
var errNoRun = errors.New("no run of that name")

// within is the path of a run below the folder.
func (f *folder) within(name string) (string, error) {
	if f.only != "" {
		if name != f.only {
			return "", errNoRun
		}
		return ".", nil
	}
	if name == "." || name == ".." || strings.ContainsAny(name, "/\\\x00") || !filepath.IsLocal(name) {
		return "", errNoRun
	}
	info, err := f.root.Lstat(name)
	if err != nil || !info.IsDir() {
		return "", errNoRun
	}
	return name, nil
}

// dir is the directory of a run.
func (f *folder) dir(name string) (run.Dir, error) {
	within, err := f.within(name)
	if err != nil {
		return "", err
	}
	dir := run.Dir(filepath.Join(f.path, within))
	if !dir.HoldsRun() {
		return "", errNoRun
	}
	return dir, nil
}

// open opens a regular file of a run, of at most so many bytes. Neither the file nor a folder above it may be a link,
// and a FIFO doesn't make it wait.
func (f *folder) open(name, folder, file string, most int64) (*os.File, fs.FileInfo, error) {
	within, err := f.within(name)
	if err != nil {
		return nil, nil, err
	}
	above, path := filepath.Join(within, folder), filepath.Join(within, folder, file)
	if info, err := f.root.Lstat(above); err != nil || !info.IsDir() {
		return nil, nil, fs.ErrNotExist
	}
	info, err := f.root.Lstat(path)
	if err != nil {
		return nil, nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, nil, fmt.Errorf("%s is %s", file, replace.Kind(info.Mode()))
	}
	opened, err := f.root.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, err
	}
	now, err := opened.Stat()
	if err == nil && (!os.SameFile(info, now) || now.Size() > most) {
		err = fmt.Errorf("%s has %d bytes, or changed while it was opened; at most %d bytes are shown", file,
			now.Size(), most)
	}
	if err != nil {
		return nil, nil, errors.Join(err, opened.Close())
	}
	return opened, now, nil
}
