package imaging

import (
	"errors"
	"image/color"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gomlx/gomlx/pkg/core/tensors"
)

// TestClassNames: the names of a folder's classes are those that its training images are labelled by, of a set of the
// registry its own, and what has none is refused with what to do.
func TestClassNames(t *testing.T) {
	for _, test := range []struct {
		files string // with spaces between
		want  []string
		says  string // of the error
	}{
		{"dog/a.png cat/b.png cat/deep/c.png", []string{"cat", "dog"}, ""},
		{"train/x/a.png train/y/b.png val/y/c.png val/z/d.png", []string{"x", "y"}, ""},
		{"a.png b.png", nil, "pictures that lie in no folder; put the pictures of each class into a folder of its own"},
		{"cat/a.png b.png", nil, "pictures that lie in no folder"},
		{"cat/a.png cat/b.png", nil, "all pictures in the one folder cat"},
	} {
		files := map[string][]byte{}
		for _, name := range strings.Fields(test.files) {
			files[name] = encoded(t, "png", plain(2, 2, color.Gray{1}))
		}
		name := "folder:" + write(t, files)
		got, err := ClassNames(t.Context(), name)
		if test.says != "" {
			if err == nil || !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%s: error %v, want one line that says %q", test.files, err, test.says)
			}
			continue
		}
		if diff := cmp.Diff(test.want, got); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", test.files, err, diff)
		}
		if d, err := Load(t.Context(), name, Train, Options{Size: 2}); err != nil || !slices.Equal(d.Classes, got) {
			t.Errorf("%s: loaded with classes %v, %v; want %v", test.files, d, err, got)
		}
	}
	for _, name := range Names() {
		if strings.HasPrefix(name, folderPrefix) {
			continue
		}
		if got, err := ClassNames(t.Context(), name); err != nil || len(got) != 10 {
			t.Errorf("%s: classes %v, %v; want ten", name, got, err)
		}
	}
	if _, err := ClassNames(t.Context(), "nothing"); !errors.Is(err, ErrUnknownDataset) {
		t.Errorf("an unknown set: %v", err)
	}
}

// TestBatchesHaveLabels: each image of a batch comes with its own label.
func TestBatchesHaveLabels(t *testing.T) {
	images, labels := make([]uint8, 13), make([]int32, 13)
	for i := range images {
		images[i], labels[i] = uint8(i), int32(i*i)
	}
	d, err := New("squares", Train, images, labels, 1, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	b, err := d.Batches(5, 2)
	if err != nil {
		t.Fatal(err)
	}
	for range 6 {
		_, inputs, labels, err := b.Yield()
		if err != nil || len(labels) != 1 {
			t.Fatal(len(labels), err)
		}
		pixels, classes := tensors.MustCopyFlatData[uint8](inputs[0]), tensors.MustCopyFlatData[int32](labels[0])
		for i, v := range pixels {
			if classes[i] != int32(v)*int32(v) {
				t.Errorf("image %d has label %d, want its square", v, classes[i])
			}
		}
	}
	if !slices.Equal(b.Labels(), labels) || b.Labels()[12] != 144 {
		t.Errorf("labels %v", b.Labels())
	}
}

// TestOfClasses: the images of some classes keep their order, labels and names.
func TestOfClasses(t *testing.T) {
	d, err := New("six", Test, []uint8{10, 11, 12, 13, 14, 15}, []int32{2, 0, 1, 2, 0, 2}, 1, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	d.Classes = []string{"a", "b", "c"}
	some, err := d.OfClasses(func(label int32) bool { return label != 0 })
	if err != nil || !slices.Equal(some.Images, []uint8{10, 12, 13, 15}) ||
		!slices.Equal(some.Labels, []int32{2, 1, 2, 2}) || !slices.Equal(some.Classes, d.Classes) ||
		some.Split != Test {
		t.Errorf("%+v, %v", some, err)
	}
	if _, err := d.OfClasses(func(int32) bool { return false }); err == nil {
		t.Error("no image, and no error")
	}
	d.Labels = nil
	if _, err := d.OfClasses(func(int32) bool { return true }); err == nil {
		t.Error("no labels, and no error")
	}
}

// TestFolderAsIsLabels: pictures that are read as they are have the classes of their folders, those that were taken
// too; where one lies in none there are no classes.
func TestFolderAsIsLabels(t *testing.T) {
	dir := t.TempDir()
	for i, name := range []string{"cat/a.png", "cat/b.png", "dog/x/a.png", "dog/z.png"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		writeImage(t, path, []uint8{uint8(i), 0, 0, 0}, 2, 2, 1)
	}
	for n, want := range map[int][]int32{0: {0, 0, 1, 1}, 2: {0, 1}, 3: {0, 0, 1}} {
		d, err := LoadFolderAsIs(t.Context(), dir, n)
		if err != nil || !slices.Equal(d.Labels, want) || !slices.Equal(d.Classes, []string{"cat", "dog"}) {
			t.Errorf("%d: %+v, %v; want labels %v", n, d, err, want)
		}
	}
	writeImage(t, filepath.Join(dir, "loose.png"), []uint8{9, 0, 0, 0}, 2, 2, 1)
	if d, err := LoadFolderAsIs(t.Context(), dir, 2); err != nil || d.Labels != nil || d.Classes != nil {
		t.Errorf("a loose picture: %+v, %v", d, err)
	}
}
