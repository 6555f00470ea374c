package anndata

import (
	"fmt"
	"slices"
	"strings"

	"github.com/amgen/amgen/internal/hdf5"
)

// frame is a table: a group with a dataset for each column, or before anndata 0.7 a dataset of records.
type frame struct {
	f       *File
	path    string
	names   []string // of the columns, without the index
	index   string
	rows    int
	group   *hdf5.Object
	records *hdf5.Dataset
}

// frame opens the table at a path.
func (f *File) frame(path string) (*frame, error) {
	o, err := f.root.At(path)
	if err != nil {
		return nil, err
	}
	t := &frame{f: f, path: path}
	if o.IsDataset() {
		return t, t.openRecords(o)
	}
	t.group = o
	if t.index, err = kind(o, "_index"); err != nil {
		return nil, err
	}
	if t.index == "" {
		return nil, fmt.Errorf("no table in %s; write it again by anndata", path)
	}
	order, err := o.Attribute("column-order")
	switch {
	case err != nil:
		return nil, err
	case order != nil && order.Type.Texts(): // an empty list is one of numbers
		if t.names, err = order.Strings(); err != nil {
			return nil, err
		}
	case order == nil:
		if t.names, err = o.Names(); err != nil {
			return nil, err
		}
		t.names = slices.DeleteFunc(t.names, func(s string) bool { return s == t.index || s == oldCategories })
	}
	index, err := t.dataset(t.index)
	if err != nil {
		return nil, err
	}
	if len(index.Shape) != 1 {
		return nil, fmt.Errorf("an index of %s of shape %v; write it again", path, index.Shape)
	}
	t.rows = index.Shape[0]
	return t, t.check()
}

// check reads the name of the last row: a number of rows that a damaged file only claims isn't believed.
func (t *frame) check() error {
	d, err := t.dataset(t.index)
	switch {
	case err != nil || t.rows == 0:
	case d.Type.Texts():
		_, err = d.Strings(t.rows-1, 1)
	default:
		_, err = d.Floats(t.rows-1, 1)
	}
	return err
}

// openRecords opens a table that is a dataset of records.
func (t *frame) openRecords(o *hdf5.Object) (err error) {
	if t.records, err = o.Dataset(); err != nil {
		return err
	}
	fields := t.records.Fields()
	if len(fields) == 0 || len(t.records.Shape) != 1 {
		return fmt.Errorf("no table in %s; write it again by anndata", t.path)
	}
	t.index, t.names, t.rows = fields[0], fields[1:], t.records.Shape[0]
	return t.check()
}

// dataset is that of a column; of a group it is that of its values.
func (t *frame) dataset(name string) (*hdf5.Dataset, error) {
	if t.records != nil {
		return t.records.Field(name)
	}
	o, err := t.group.At(name)
	if err != nil {
		return nil, err
	}
	if !o.IsDataset() {
		if o, err = o.At("values"); err != nil {
			return nil, err
		}
	}
	return o.Dataset()
}

// indexNames reads the names of the rows.
func (t *frame) indexNames() ([]string, error) {
	d, err := t.dataset(t.index)
	if err != nil {
		return nil, err
	}
	if d.Type.Texts() {
		return d.Strings(0, t.rows)
	}
	numbers, err := d.Floats(0, t.rows)
	names := make([]string, len(numbers))
	for i, v := range numbers {
		names[i] = fmt.Sprint(v)
	}
	return names, err
}

const oldCategories = "__categories"

// column reads a column by its name.
func (t *frame) column(name string) (*Column, error) {
	if !slices.Contains(t.names, name) {
		return nil, fmt.Errorf("%w: %.80q", ErrNone, t.path+"/"+name)
	}
	if t.records != nil {
		return t.recordColumn(name)
	}
	o, err := t.group.At(name)
	if err != nil {
		return nil, err
	}
	if !o.IsDataset() {
		return groupColumn(o)
	}
	d, err := o.Dataset()
	if err != nil {
		return nil, err
	}
	c, err := plainColumn(d)
	if err != nil {
		return nil, err
	}
	reference, err := o.Attribute("categories") // a reference, of anndata 0.7
	if err != nil || reference == nil {
		return c, err
	}
	list, err := t.group.At(oldCategories + "/" + name)
	if err != nil {
		return nil, err
	}
	return categorical(list, list, c)
}

// recordColumn reads a field of records, whose categories are in uns.
func (t *frame) recordColumn(name string) (*Column, error) {
	d, err := t.records.Field(name)
	if err != nil {
		return nil, err
	}
	c, err := plainColumn(d)
	if err != nil || d.Type.Class != hdf5.Integer {
		return c, err
	}
	path := "uns/" + strings.ReplaceAll(name, "/", "_") + "_categories"
	if there, err := t.f.has(path); err != nil || !there {
		return c, err
	}
	list, err := t.f.root.At(path)
	if err != nil {
		return nil, err
	}
	return categorical(list, list, c)
}
