package listing

import (
	"archive/zip"
	"io"
	"testing"
)

// Archive is all files of a .zip, by their names.
func Archive(t testing.TB, path string) map[string][]byte {
	t.Helper()
	archive, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	list := map[string][]byte{}
	for _, f := range archive.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if list[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
	return list
}
