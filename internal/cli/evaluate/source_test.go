package evaluate

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/internal/npy"
)

// TestLimit: a part of a file is from all over it, as the rows may be in an order.
func TestLimit(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, shape []int, values []float64) string {
		t.Helper()
		path := filepath.Join(dir, name)
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if err := npy.WriteArchive(f, npy.Array{Name: "x", Shape: shape, Values: values}); err != nil {
			t.Fatal(err)
		}
		return path
	}
	var points, pixels []float64
	for i := range 40 {
		points = append(points, float64(i), -float64(i))
		pixels = append(pixels, float64(i), 0, 0, 255)
	}
	e := evaluation{}
	for limit, want := range map[int][]float64{4: {0, 10, 20, 30}, 3: {0, 13, 26}} {
		s, err := openFile(t, e, write("points.npz", []int{40, 2}, points), limit)
		if err != nil {
			t.Fatal(err)
		}
		var got []float64
		for i := 0; i < len(s.Points.X); i += 2 {
			got = append(got, s.Points.X[i])
			if s.Points.X[i+1] != -s.Points.X[i] {
				t.Errorf("point %v is none of the file", s.Points.X[i:i+2])
			}
		}
		if diff := cmp.Diff(want, got); diff != "" || s.Count != limit {
			t.Errorf("%d of 40 points (count %d):\n%s", limit, s.Count, diff)
		}
		s, err = openFile(t, e, write("pixels.npz", []int{40, 2, 2}, pixels), limit)
		if err != nil {
			t.Fatal(err)
		}
		got = nil
		for i := range s.Count {
			got = append(got, float64(s.Images.(*eval.ImageArray).Image(i)[0]))
		}
		if diff := cmp.Diff(want, got); diff != "" || s.Count != limit {
			t.Errorf("%d of 40 images (count %d):\n%s", limit, s.Count, diff)
		}
	}
	if s, err := openFile(t, e, filepath.Join(dir, "points.npz"), 41); err != nil || s.Count != 40 {
		t.Errorf("41 of 40 points: %d (%v)", s.Count, err)
	}
}
