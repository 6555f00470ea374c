package npy_test

import (
	"bytes"
	"encoding/json"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/amgen/amgen/internal/npy"
)

// golden is a file and what NumPy reads from it (testdata/golden.py).
type golden struct {
	Name, Type string
	File       []byte
	Shape      []int
	Values     []string
}

func goldenArrays(t testing.TB) []golden {
	t.Helper()
	text, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var list []golden
	if err := json.Unmarshal(text, &list); err != nil {
		t.Fatal(err)
	}
	return list
}

// TestGolden: every type, order of axes and bytes, and form of a header is read as NumPy reads it, at once and in
// steps.
func TestGolden(t *testing.T) {
	for _, g := range goldenArrays(t) {
		var want []float64
		for _, text := range g.Values {
			v, err := strconv.ParseFloat(text, 64)
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, v)
		}
		shape, got, err := npy.Parse(g.File)
		if diff := cmp.Diff(want, got, cmp.Comparer(same)) + cmp.Diff(g.Shape, shape); err != nil || len(want) > 0 &&
			diff != "" {
			t.Errorf("%s: %v\n%s", g.Name, err, diff)
		}
		r, err := npy.NewReader(bytes.NewReader(g.File))
		if err != nil {
			t.Errorf("%s: %v", g.Name, err)
			continue
		}
		if of := strings.TrimSuffix(r.Type, "double"); of != g.Type && !(of == "long" && g.Type == "float128") &&
			g.Name != "Fortran by hand" {
			t.Errorf("%s: type %s, NumPy says %s", g.Name, r.Type, g.Type)
		}
		var parts []float64
		for step := 5; r.Len() > 0; step++ {
			part := make([]float64, min(step, r.Len()))
			if err := npy.Read(r, part); err != nil {
				t.Fatalf("%s in steps: %v", g.Name, err)
			}
			parts = append(parts, part...)
		}
		if diff := cmp.Diff(want, parts, cmp.Comparer(same)); diff != "" || r.End() != nil {
			t.Errorf("%s in steps: %v\n%s", g.Name, r.End(), diff)
		}
		// A byte more, and a byte less.
		if _, _, err := npy.Parse(append(bytes.Clone(g.File), 0)); err == nil ||
			!strings.Contains(err.Error(), "more data than shape") {
			t.Errorf("%s and a byte: %v", g.Name, err)
		}
		if _, _, err := npy.Parse(g.File[:len(g.File)-1]); err == nil {
			t.Errorf("%s but for a byte: no error", g.Name)
		}
	}
}

// TestColumns: the numbers of an array in Fortran's order come where its indices say, for any shape.
func TestColumns(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		shape := rapid.SliceOfN(rapid.IntRange(1, 5), 1, 5).Draw(t, "shape")
		count, text := 1, ""
		for _, d := range shape {
			count *= d
			text += strconv.Itoa(d) + ","
		}
		// The number at indices i, j, k, … is i + 5j + 25k + …, which the file has in the order of i first.
		body, want := make([]byte, 0, 2*count), make([]float64, count)
		for at := range count {
			v, scale, rest := 0, 1, at
			row := 0 // its place in the order of rows
			for k, d := range shape {
				v += rest % d * scale
				place := rest % d
				for _, after := range shape[k+1:] {
					place *= after
				}
				row += place
				rest, scale = rest/d, scale*5
			}
			body = append(body, byte(v), byte(v>>8))
			want[row] = float64(v)
		}
		_, got, err := npy.Parse(raw(head("<u2", "True", text), body))
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Fatalf("shape %v: %v\n%s", shape, err, diff)
		}
	})
}

// TestNamed: what is no array of numbers is named, with what to do.
func TestNamed(t *testing.T) {
	for name, tc := range map[string]struct {
		data []byte
		says string
	}{
		"lfs":  {[]byte("version https://git-lfs.github.com/spec/v1\noid sha256:aa\nsize 5\n"), "git lfs pull"},
		"html": {[]byte("<!DOCTYPE html>\n<html><body>Sign in</body></html>"), "an HTML page"},
		"gzip": {[]byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03abc"), "compressed by gzip"},
		"tar": {append(append(bytes.Repeat([]byte("a"), 257), "ustar\x0000"...), make([]byte, 300)...),
			"a tar archive"},
		"pickle":   {[]byte("\x80\x04\x95\x10\x00\x00\x00\x00\x00\x00\x00"), "numpy.save"},
		"nothing":  {nil, "an empty file"},
		"objects":  {raw(head("|O", "False", "4,"), []byte("\x80\x03]")), "pickled objects of Python"},
		"complex":  {raw(head("<c16", "False", "4,"), nil), "x.real"},
		"bfloat16": {raw(head("<V2", "False", "4,"), nil), "bfloat16"},
		"dates":    {raw(head("<M8[ns]", "False", "4,"), nil), "x.astype('int64')"},
		"float128": {raw(head(">f16", "False", "1,"), make([]byte, 16)), "another machine than x86"},
		"quad 1": {raw(head("<f16", "False", "1,"), append(make([]byte, 14), 0xff, 0x3f)),
			"another machine than x86"},
		"quad third": {raw(head("<f16", "False", "1,"), []byte("UUUUUUUUUUUUUU\xfd\x3f")), "another machine than x86"},
		"minus":      {raw(head("<f8", "False", "-1, 4"), nil), "beyond the"},
		"truth":      {raw(head("<f8", "False", "True"), nil), "beyond the"},
		"more": {raw("{'descr': '<f8', 'fortran_order': False, 'shape': (1,)} + {}", make([]byte, 8)),
			"more after it"},
		"twice": {raw("{'descr': '<f8', 'descr': '<f8', 'fortran_order': False, 'shape': (1,)}", make([]byte, 8)),
			"as NumPy writes it"},
		"another key": {raw("{'descr': '<f8', 'fortran_order': False, 'shape': (1,), 'x': 1}", make([]byte, 8)), "key"},
		"brackets":    {raw("{'shape': "+strings.Repeat("(", 5000), nil), "too many brackets"},
	} {
		_, _, err := npy.Parse(tc.data)
		checkError(t, name, err, tc.says)
		if name == "objects" || len(tc.data) < 4 || tc.data[0] == 0x93 {
			continue
		}
		_, err = npy.OpenArchive(bytes.NewReader(tc.data), int64(len(tc.data)))
		checkError(t, name+" as .npz", err, tc.says)
	}
}
