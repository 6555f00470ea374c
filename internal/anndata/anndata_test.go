package anndata

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/amgen/amgen/internal/damage"
	"github.com/amgen/amgen/internal/listing"
)

// files are those of testdata/files.zip, written by anndata through testdata/files.py.
func files(t testing.TB) map[string][]byte {
	return listing.Archive(t, "testdata/files.zip")
}

// truth is what anndata reads.
type truth struct {
	Cells    int
	Columns  map[string][]any
	Ordered  map[string][]string
	Genes    []string
	Matrices map[string][2]json.RawMessage
}

func open(data []byte) (*File, error) { return Open(bytes.NewReader(data), int64(len(data))) }

// Everything is as anndata reads it, in each version.
func TestAsAnndata(t *testing.T) {
	all := files(t)
	tested := 0
	for name, text := range all {
		if !strings.HasSuffix(name, ".json") {
			continue
		}
		var truths map[string]truth
		if err := json.Unmarshal(text, &truths); err != nil {
			t.Fatal(err)
		}
		for name, want := range truths {
			tested++
			t.Run(name, func(t *testing.T) { checkFile(t, all[name+".h5ad"], want) })
		}
	}
	if tested < 7 {
		t.Errorf("%d files, want those of all versions", tested)
	}
}

func checkFile(t *testing.T, data []byte, want truth) {
	f, err := open(data)
	if err != nil {
		t.Fatal(err)
	}
	if f.Cells != want.Cells || len(f.Columns()) != len(want.Columns) {
		t.Errorf("%d cells with columns %v", f.Cells, f.Columns())
	}
	for name, values := range want.Columns {
		c, err := f.Column(name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := plain(c); fmt.Sprint(got) != fmt.Sprint(values) {
			t.Errorf("%s: got %v, want %v", name, got, values)
		}
		if !slices.Equal(c.Ordered, want.Ordered[name]) {
			t.Errorf("%s: ordered %v, want %v", name, c.Ordered, want.Ordered[name])
		}
	}
	arrays, err := f.Arrays()
	if err != nil || len(arrays) < len(want.Matrices) {
		t.Errorf("arrays %v, %v", arrays, err)
	}
	for name, pair := range want.Matrices {
		if !slices.Contains(arrays, name) {
			t.Errorf("%s isn't among %v", name, arrays)
		}
		var width int
		var values []float64
		if err := errors.Join(json.Unmarshal(pair[0], &width), json.Unmarshal(pair[1], &values)); err != nil {
			t.Fatal(err)
		}
		checkMatrix(t, f, name, width, values)
		if m, err := f.Matrix(name); err != nil || name == "X" && !slices.Equal(m.Names, want.Genes) {
			t.Errorf("%s: columns %v, want %v", name, m.Names, want.Genes)
		}
	}
}

// checkMatrix reads a matrix as a whole, and its last and first columns.
func checkMatrix(t *testing.T, f *File, name string, width int, values []float64) {
	m, err := f.Matrix(name)
	if err != nil || m.Width != width || m.Cells != f.Cells {
		t.Errorf("%s: %+v, %v", name, m, err)
		return
	}
	all := make([]int, width)
	for k := range all {
		all[k] = k
	}
	if got, err := m.Read(all); err != nil || !slices.Equal(got, values) {
		t.Errorf("%s: got %v, %v, want %v", name, got, err, values)
	}
	var some []float64
	for i := range m.Cells {
		some = append(some, values[i*width+width-1], values[i*width])
	}
	if got, err := m.Read([]int{width - 1, 0}); err != nil || !slices.Equal(got, some) {
		t.Errorf("%s: two columns: got %v, %v, want %v", name, got, err, some)
	}
}

// plain are the values of a column, nil for those that aren't there.
func plain(c *Column) []any {
	list := make([]any, c.Len())
	for i := range list {
		switch {
		case c.Missing != nil && c.Missing[i]:
		case c.Labels != nil:
			list[i] = c.Labels[i]
		default:
			list[i] = c.Numbers[i]
		}
	}
	return list
}

// read is all that a file has.
func read(data []byte) (any, error) {
	f, err := open(data)
	if err != nil {
		return nil, err
	}
	var found []any
	for _, name := range f.Columns() {
		c, err := f.Column(name)
		if err != nil {
			return nil, err
		}
		found = append(found, name, plain(c))
	}
	arrays, err := f.Arrays()
	if err != nil {
		return nil, err
	}
	for _, name := range arrays {
		m, err := f.Matrix(name)
		if err != nil {
			return nil, err
		}
		all := make([]int, m.Width)
		for k := range all {
			all[k] = k
		}
		values, err := m.Read(all)
		if err != nil {
			return nil, err
		}
		found = append(found, name, m.Names, values)
	}
	return found, nil
}

// TestDamaged: a file with a flipped bit or a cut is refused in one line, or read, and takes little memory. Most of it
// has no checksum.
func TestDamaged(t *testing.T) {
	all := files(t)
	for name, data := range all {
		if !strings.HasSuffix(name, ".h5ad") {
			continue
		}
		damage.File{Name: name, Data: data, Trials: 300, Open: func(int) bool { return true },
			Read: func(data []byte) (any, error) {
				found, err := read(data)
				if err != nil && strings.ContainsAny(err.Error(), "\n\r") {
					t.Errorf("%s: more than one line: %v", name, err)
				}
				return found, err
			}}.Check(t)
	}
}

// FuzzRead: whatever a file holds, it is read or refused in one line.
func FuzzRead(f *testing.F) {
	for name, data := range files(f) {
		if strings.HasSuffix(name, ".h5ad") {
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := read(data); err != nil && strings.ContainsAny(err.Error(), "\n\r\x1b") {
			t.Fatalf("%q", err)
		}
	})
}
