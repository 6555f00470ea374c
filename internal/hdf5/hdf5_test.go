package hdf5

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/amgen/amgen/internal/listing"
)

// files are those of testdata/files.zip, written by testdata/files.py.
func files(t testing.TB) map[string][]byte {
	return listing.Archive(t, "testdata/files.zip")
}

// read is all that a file has: the values of arrays and attributes by their paths, as texts.
func read(data []byte) (map[string][]string, error) {
	f, err := Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, err
	}
	root, err := f.Root()
	if err != nil {
		return nil, err
	}
	found := map[string][]string{}
	return found, visit(root, found, 0)
}

func visit(o *Object, found map[string][]string, depth int) error {
	if depth > 10 {
		return errors.New("too deep")
	}
	names, err := o.AttributeNames()
	if err != nil {
		return err
	}
	for _, name := range names {
		v, err := o.Attribute(name)
		if err != nil {
			return err
		}
		values, err := texts(v.Type, v.Floats, v.Strings)
		if err != nil {
			return err
		}
		found[o.Path+"@"+name] = append([]string{fmt.Sprint(v.Shape)}, values...)
	}
	if o.IsDataset() {
		d, err := o.Dataset()
		if err != nil {
			return err
		}
		return arrays(d, found)
	}
	if names, err = o.Names(); err != nil {
		return err
	}
	for _, name := range names {
		child, err := o.At(name)
		if err != nil {
			return err
		}
		if err := visit(child, found, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func arrays(d *Dataset, found map[string][]string) error {
	if d.Type.Class == Compound {
		for _, name := range d.Fields() {
			field, err := d.Field(name)
			if err != nil {
				return err
			}
			if err := arrays(field, found); err != nil {
				return err
			}
		}
		return nil
	}
	values, err := texts(d.Type, func() ([]float64, error) { return d.Floats(0, d.Rows()) },
		func() ([]string, error) { return d.Strings(0, d.Rows()) })
	found[d.Path] = slices.Insert(values, 0, fmt.Sprint(d.Shape))
	return err
}

// texts are values as texts.
func texts(of Type, floats func() ([]float64, error), strs func() ([]string, error)) ([]string, error) {
	if !of.Numbers() {
		return strs()
	}
	values, err := floats()
	list := make([]string, len(values), len(values)+1) // a caller puts the shape in front
	for i, v := range values {
		list[i] = fmt.Sprint(v)
	}
	return list, err
}

// Everything is as h5py reads it, in each version of the format.
func TestAsH5py(t *testing.T) {
	all := files(t)
	var truths map[string]map[string][]json.RawMessage
	if err := json.Unmarshal(all["truth.json"], &truths); err != nil {
		t.Fatal(err)
	}
	for name, truth := range truths {
		found, err := read(all[name+".h5"])
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		want := 0
		for kind, list := range truth {
			for _, text := range list {
				var path, key string
				var shape []int
				var values []string
				entry := []any{&path, &key, &shape, &values}
				if err := json.Unmarshal(text, &entry); err != nil {
					t.Fatal(err)
				}
				want++
				full := path
				if kind == "attributes" {
					full += "@" + key
				} else if key != "" {
					full += "/" + key
				}
				compare(t, name+": "+full, found[full], shape, values)
			}
		}
		if truth["arrays"] != nil && strings.Contains("earliest v108 v110 latest", name) {
			want++ // the empty one, which has no values in h5py
		}
		if len(found) != want {
			t.Errorf("%s: %d arrays and attributes, want %d", name, len(found), want)
		}
	}
}

// compare compares values with those of h5py, whose numbers are Python's texts of floats.
func compare(t *testing.T, what string, got []string, shape []int, values []string) {
	t.Helper()
	want := []string{fmt.Sprint(shape)}
	for _, v := range values {
		if x, err := strconv.ParseFloat(v, 64); err == nil {
			v = fmt.Sprint(x)
		}
		want = append(want, v)
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %.200v, want %.200v", what, got, want)
	}
}

// Rows from any place on are those of the whole array.
func TestRows(t *testing.T) {
	data := files(t)["earliest.h5"]
	f, err := Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	root, err := f.Root()
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"chunks/gzip", "chunks/cube", "types/cube", "chunks/grows"} {
		o, err := root.At(path)
		if err != nil {
			t.Fatal(err)
		}
		d, err := o.Dataset()
		if err != nil {
			t.Fatal(err)
		}
		all, err := d.Floats(0, d.Rows())
		if err != nil {
			t.Fatal(err)
		}
		width := len(all) / d.Rows()
		for first := range d.Rows() {
			for count := range d.Rows() - first + 1 {
				got, err := d.Floats(first, count)
				if err != nil || !slices.Equal(got, all[first*width:(first+count)*width]) {
					t.Fatalf("%s: rows %d to %d: %v, %v", path, first, first+count, got, err)
				}
			}
		}
		if _, err := d.Floats(1, d.Rows()); err == nil {
			t.Errorf("%s: a row after the last was read", path)
		}
	}
	if _, err := root.At("types/no"); !errors.Is(err, ErrNone) {
		t.Errorf("an object that isn't there: %v", err)
	}
}
