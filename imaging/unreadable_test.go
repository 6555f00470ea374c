package imaging

import (
	"context"
	"errors"
	"fmt"
	"image/color"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// mixed are the files of four good pictures, by their levels, and four that can't be read, between them.
func mixed(t *testing.T) map[string][]byte {
	files := map[string][]byte{"b/empty.png": nil, "a/0.jpg": []byte("GIF89a"), "b/x.png": []byte("no picture"),
		"b/zero.bmp": make([]byte, 20)}
	for i, name := range []string{"a/1.png", "a/2.png", "b/3.png", "b/y.png"} {
		files[name] = encoded(t, "png", plain(4, 4, color.Gray{uint8(10 * i)}))
	}
	return files
}

// TestSkipsUnreadable: a folder with bad files is the folder without them, labels and hash included, and names them.
func TestSkipsUnreadable(t *testing.T) {
	files := mixed(t)
	name := "folder:" + write(t, files)
	d, err := Load(t.Context(), name, Train, Options{Size: 4, Channels: 1})
	if err != nil {
		t.Fatal(err)
	}
	want := []Skipped{{"a/0.jpg", "a GIF that can't be decoded"}, {"b/empty.png", "an empty file"},
		{"b/x.png", "a file that is none of PNG, JPEG, GIF, BMP, WebP"}, {"b/zero.bmp", "a file of zeros"}}
	if diff := cmp.Diff(want, d.Found.Skipped); diff != "" || d.Found.Of != 8 {
		t.Errorf("skipped of %d:\n%s", d.Found.Of, diff)
	}
	line := "skipped: 4 of 8 pictures, which can't be read: a/0.jpg (a GIF that can't be decoded), b/empty.png (an " +
		"empty file), b/x.png (a file that is none of PNG, JPEG, GIF, BMP, WebP), and 1 more"
	if got := d.Found.Remarks(); len(got) != 1 || got[0] != line {
		t.Errorf("remarks %q", got)
	}
	for _, s := range want {
		delete(files, s.File)
	}
	good, err := Load(t.Context(), "folder:"+write(t, files), Train, Options{Size: 4, Channels: 1, Strict: true})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(good.Images, d.Images); diff != "" || d.Len() != 4 || !cmp.Equal(good.Labels, d.Labels) {
		t.Errorf("labels %v and %v, images:\n%s", good.Labels, d.Labels, diff)
	}
	if good.Hash() != d.Hash() {
		t.Error("another hash than without the files")
	}
}

// TestStrictRefuses: Strict refuses the first bad file by name, and so does a folder that is taken as it is.
func TestStrictRefuses(t *testing.T) {
	dir := write(t, mixed(t))
	_, err := Load(t.Context(), "folder:"+dir, Train, Options{Strict: true})
	_, asIs := LoadFolderAsIs(t.Context(), dir, 0)
	for _, err := range []error{err, asIs} {
		if err == nil || !strings.Contains(err.Error(), filepath.Join("a", "0.jpg")) {
			t.Errorf("error %v, want that of a/0.jpg", err)
		}
	}
}

// TestAllUnreadable: a folder without one good picture is an error, and so is a class without one.
func TestAllUnreadable(t *testing.T) {
	bad, good := []byte("no picture"), encoded(t, "png", plain(4, 4, color.White))
	for says, files := range map[string]map[string][]byte{
		"no picture that can be read among 2; the first is the image file": {"1.png": bad, "2.png": bad},
		"class b of image folder": {"a/1.png": good, "b/1.png": bad},
	} {
		dir := write(t, files)
		_, err := Load(t.Context(), "folder:"+dir, Train, Options{})
		if err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "\n") {
			t.Errorf("error %v, want one line that says %q", err, says)
		}
		if _, _, _, _, err := FolderShape(t.Context(), "folder:"+dir, Train); (err == nil) != (len(says) < 30) {
			t.Errorf("shape: %v", err)
		}
	}
}

// TestOtherErrorsStay: what isn't the content of a file is no reason to skip it: a link to nothing, and a disk that
// fails while a picture is decoded.
func TestOtherErrorsStay(t *testing.T) {
	files := mixed(t)
	dir := write(t, files)
	if err := os.Symlink("nowhere", filepath.Join(dir, "b", "z.png")); err == nil {
		if _, err := Load(t.Context(), "folder:"+dir, Train, Options{}); err == nil ||
			!strings.Contains(err.Error(), "z.png") {
			t.Errorf("error %v, want that of the link", err)
		}
	}
	broken := errors.New("input/output error")
	for _, f := range formats {
		in := &interruptible{ctx: context.Background(), r: failingAt{broken}}
		h := &header{format: &f, in: in}
		_, err := f.decode(in, 100)
		if err == nil {
			t.Fatalf("%s: decoded nothing", f.name)
		}
		err = h.undecodable("a.png", fmt.Errorf("a decoder that hides the cause: %v", err))
		if !errors.Is(err, broken) || errors.As(err, new(*unreadableError)) {
			t.Errorf("%s: error %v, want that of the disk", f.name, err)
		}
	}
}

type failingAt struct{ err error }

func (f failingAt) ReadAt(p []byte, _ int64) (int, error) {
	return io.ReadFull(iotest.ErrReader(f.err), p)
}
