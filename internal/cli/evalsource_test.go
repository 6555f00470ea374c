package cli

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/internal/npy"
)

// TestComparable holds what may be compared with what.
func TestComparable(t *testing.T) {
	images := func(name string, size, channels int) *side {
		d, err := imaging.New(name, imaging.Train, make([]uint8, 2*size*size*channels), nil, size, size, channels)
		if err != nil {
			t.Fatal(err)
		}
		s, err := imagesSide(name, d, 0)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	points := func(dim int) *side {
		return &side{name: "points", points: &eval.Cloud{Dim: dim, X: make([]float64, 2*dim)}}
	}
	statistics := &side{name: "statistics", gaussian: &eval.Gaussian{}}
	tests := []struct {
		name string
		a, b *side
		want string // in the error; "" for none
	}{
		{"images", images("a", 28, 1), images("b", 28, 1), ""},
		{"statistics", images("a", 28, 1), statistics, ""},
		{"points", points(2), points(2), ""},
		{"grey and colour", images("a", 32, 1), images("b", 32, 3), "a has grey images, b colour ones"},
		{"sizes", images("a", 28, 1), images("b", 32, 1), "a has images of 28×28 pixels, b of 32×32"},
		{"images and points", images("a", 28, 1), points(2), "a has images and points has points"},
		{"dimensions", points(2), points(3), "in 2 dimensions, points in 3"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := comparable(test.a, test.b)
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

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
	o := &evalOptions{}
	for limit, want := range map[int][]float64{4: {0, 10, 20, 30}, 3: {0, 13, 26}} {
		s, err := o.openPath(t.Context(), write("points.npz", []int{40, 2}, points), limit)
		if err != nil {
			t.Fatal(err)
		}
		var got []float64
		for i := 0; i < len(s.points.X); i += 2 {
			got = append(got, s.points.X[i])
			if s.points.X[i+1] != -s.points.X[i] {
				t.Errorf("point %v is none of the file", s.points.X[i:i+2])
			}
		}
		if diff := cmp.Diff(want, got); diff != "" || s.count != limit {
			t.Errorf("%d of 40 points (count %d):\n%s", limit, s.count, diff)
		}
		s, err = o.openPath(t.Context(), write("pixels.npz", []int{40, 2, 2}, pixels), limit)
		if err != nil {
			t.Fatal(err)
		}
		got = nil
		for i := range s.count {
			got = append(got, float64(s.images.(setImages).Image(i)[0]))
		}
		if diff := cmp.Diff(want, got); diff != "" || s.count != limit {
			t.Errorf("%d of 40 images (count %d):\n%s", limit, s.count, diff)
		}
	}
	if s, err := o.openPath(t.Context(), filepath.Join(dir, "points.npz"), 41); err != nil || s.count != 40 {
		t.Errorf("41 of 40 points: %d (%v)", s.count, err)
	}
}

// TestSome takes features from all over a store: as many as are asked for, at equal distances.
func TestSome(t *testing.T) {
	const count = 10
	var images []uint8
	for i := range count {
		images = append(images, uint8(i))
	}
	d, err := imaging.New("numbers", imaging.Train, images, nil, 1, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	net := eval.Pixels{Height: 1, Width: 1, Channels: 1}
	store, err := eval.OpenStore(t.TempDir(), eval.About{Images: d.Hash(), Count: count, Network: net.Name(), Dim: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Fill(t.Context(), net, setImages{d}, eval.Shard{Count: 1}, nil); err != nil {
		t.Fatal(err)
	}
	for most, want := range map[int][]float32{4: {0, 2, 5, 7}, 10: {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, 12: {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, 1: {0}} {
		some, err := featured{store: store}.Some(most)
		if err != nil {
			t.Fatal(err)
		}
		var got []float32
		for _, v := range some.Narrow {
			got = append(got, float32(math.Round(float64(v+1)*127.5)))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%d of %d:\n%s", most, count, diff)
		}
	}
}
