// Package anndata reads AnnData files (.h5ad): the columns of obs, and the matrices that have a row for each cell.
//
// It reads what anndata 0.6 to 0.12 writes: dense and sparse matrices, categories, texts, numbers with gaps, tables in
// obsm. It reads only what it is asked for, so a file may be larger than memory.
//
// Its errors complete the phrase "FILE has …", for a caller who knows which file it is.
//
// Format: https://anndata.readthedocs.io/en/stable/fileformat-prose.html
package anndata

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/amgen/amgen/internal/hdf5"
)

// File is an AnnData file. It may be used by one goroutine at a time.
type File struct {
	// Cells is their number, that of the rows of obs.
	Cells int

	root *hdf5.Object
	obs  *frame
}

// ErrNone is the error of a column or a matrix that isn't there.
var ErrNone = hdf5.ErrNone

// Open reads how many cells a file has and which columns.
func Open(r io.ReaderAt, size int64) (*File, error) {
	file, err := hdf5.Open(r, size)
	if err != nil {
		return nil, err
	}
	root, err := file.Root()
	if err != nil {
		return nil, err
	}
	names, err := root.Names()
	if err != nil {
		return nil, err
	}
	if !slices.Contains(names, "obs") {
		const few = 8
		return nil, fmt.Errorf("HDF5 that isn't AnnData: no obs, but %.200q", names[:min(few, len(names))])
	}
	f := &File{root: root}
	if f.obs, err = f.frame("obs"); err != nil {
		return nil, err
	}
	f.Cells = f.obs.rows
	return f, nil
}

// Columns are the names of the columns of obs, in the order of the table.
func (f *File) Columns() []string { return f.obs.names }

// Column reads one of the columns of obs.
func (f *File) Column(name string) (*Column, error) {
	c, err := f.obs.column(name)
	if err == nil && c.Len() != f.Cells {
		err = fmt.Errorf("%d values in obs column %.80q for %d cells; write it again", c.Len(), name, f.Cells)
	}
	return c, err
}

// Arrays are the names of the matrices with a row for each cell: X, those of layers and obsm as layers/NAME and
// obsm/NAME, and raw/X.
func (f *File) Arrays() ([]string, error) {
	var list []string
	for _, name := range []string{matrixX, rawX, oldRawX} {
		if there, err := f.has(name); err != nil {
			return nil, err
		} else if there {
			list = append(list, name)
		}
	}
	for _, group := range []string{"layers", "obsm"} {
		names, err := f.members(group)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			list = append(list, group+"/"+name)
		}
	}
	return list, nil
}

// members are the names in a group of matrices, nil where there is no such group.
func (f *File) members(group string) ([]string, error) {
	if there, err := f.has(group); err != nil || !there {
		return nil, err
	}
	o, err := f.root.At(group)
	if err != nil {
		return nil, err
	}
	if !o.IsDataset() {
		return o.Names()
	}
	d, err := o.Dataset() // of anndata before 0.7
	if err != nil {
		return nil, err
	}
	return d.Fields(), nil
}

// has tells whether there is an object at a path of one or two names.
func (f *File) has(path string) (bool, error) {
	group, name, inside := strings.Cut(path, "/")
	there, err := f.root.Has(group)
	if err != nil || !there || !inside {
		return there, err
	}
	o, err := f.root.At(group)
	if err != nil {
		return false, err
	}
	return o.Has(name)
}

// kind is the text of an attribute, "" where there is none.
func kind(o *hdf5.Object, attribute string) (string, error) {
	v, err := o.Attribute(attribute)
	if v == nil || err != nil || !v.Type.Texts() {
		return "", err
	}
	texts, err := v.Strings()
	if err != nil {
		return "", err
	}
	if len(texts) != 1 {
		return "", fmt.Errorf("an attribute %s of %d texts; write it again", attribute, len(texts))
	}
	return texts[0], nil
}
