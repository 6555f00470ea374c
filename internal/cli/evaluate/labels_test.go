package evaluate

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/amgen/amgen/eval/arrayfile"
	"github.com/amgen/amgen/internal/npy"
)

// TestLabelsOfFiles: labels of a file are those of the images that are taken, and what can't be one is refused; a
// metric that needs none doesn't look at them.
func TestLabelsOfFiles(t *testing.T) {
	dir := t.TempDir()
	pixels := make([]uint8, 6*4*4)
	for i := range pixels {
		pixels[i] = uint8(40 * (i / 16))
	}
	write := func(shape []int, values any) string {
		var b bytes.Buffer
		if err := npy.WriteArchive(&b, npy.Array{Name: "images", Shape: []int{6, 4, 4}, Values: pixels},
			npy.Array{Name: "labels", Shape: shape, Values: values}); err != nil {
			t.Fatal(err)
		}
		return writeBytes(t, dir, "labels.npz", b.Bytes())
	}
	for _, values := range []any{[]int32{3, 1, 4, 1, 5, 9}, []float64{3, 1, 4, 1, 5, 9}, []uint8{3, 1, 4, 1, 5, 9}} {
		path := write([]int{6}, values)
		for n, want := range map[int][]int32{0: {3, 1, 4, 1, 5, 9}, 3: {3, 4, 5}, 4: {3, 1, 1, 5}} {
			s, err := arrayfile.Open(path, arrayfile.Options{Limit: n, Labels: true})
			if err != nil || !slices.Equal(s.Labels, want) {
				t.Errorf("%d of %T: labels %v, %v; want %v", n, values, s, err, want)
			}
		}
	}
	for _, tc := range []struct {
		shape  []int
		values any
		words  string
	}{
		{[]int{6}, []float64{0, 1, 2.5, 3, 4, 5}, `array "labels" with 2.5 at 2`},
		{[]int{6}, []float64{0, 1, 2, 3, 4, -2}, `array "labels" with -2 at 5`},
		{[]int{6}, []float64{0, 1, 2, 3, 4, 1e10}, `array "labels" with 1e+10 at 5`},
		{[]int{5}, []int32{0, 1, 2, 3, 4}, `has 6 samples and an array "labels" of shape [5]`},
		{[]int{6, 2}, make([]int32, 12), `array "labels" of shape [6 2]`},
	} {
		path := write(tc.shape, tc.values)
		if _, err := arrayfile.Open(path, arrayfile.Options{Labels: true}); err == nil ||
			!strings.Contains(err.Error(), tc.words) {
			t.Errorf("%v: error %v, want one that mentions %q", tc.values, err, tc.words)
		}
		if s, err := arrayfile.Open(path, arrayfile.Options{}); err != nil || s.Labels != nil {
			t.Errorf("%v: without labels %v, %v", tc.values, s, err)
		}
	}
}

// TestClassNumber: a class is found by its name, and that of a folder by its number too.
func TestClassNumber(t *testing.T) {
	names := []string{"T-shirt/top", "trouser", "7"}
	for _, tc := range []struct {
		word   string
		folder bool
		want   int
	}{{"trouser", false, 1}, {"7", true, 2}, {"0", true, 0}, {"0", false, -1}, {"00", true, -1}, {"3", true, -1},
		{"-1", true, -1}, {"Trouser", true, -1}} {
		if got := classNumber(names, tc.word, tc.folder); got != tc.want {
			t.Errorf("%q of a folder %t: %d, want %d", tc.word, tc.folder, got, tc.want)
		}
	}
}
