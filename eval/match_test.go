package eval_test

import (
	"strings"
	"testing"

	"github.com/amgen/amgen/eval"
)

// TestComparable holds what may be compared with what.
func TestComparable(t *testing.T) {
	images := func(name string, size, channels int) *eval.Set {
		s, err := eval.ArraySet(name, &eval.ImageArray{Pixels: make([]uint8, 2*size*size*channels), Height: size,
			Width: size, Channels: channels}, 0)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	unequal := func(s *eval.Set) *eval.Set { // colours that aren't grey
		s.Images.(*eval.ImageArray).Pixels[0] = 1
		return s
	}
	points := func(dim int) *eval.Set {
		return eval.PointSet("points", eval.Cloud{Dim: dim, X: make([]float64, 2*dim)}, 0)
	}
	statistics := eval.StatisticsSet("statistics", eval.Gaussian{})
	tests := []struct {
		name string
		a, b *eval.Set
		want string // in the error; "" for none
	}{
		{"images", images("a", 28, 1), images("b", 28, 1), ""},
		{"statistics", images("a", 28, 1), statistics, ""},
		{"points", points(2), points(2), ""},
		{"grey and grey as colour", images("a", 32, 1), images("b", 32, 3), ""},
		{"grey and colour", images("a", 32, 1), unequal(images("b", 32, 3)), "a has grey images, b colour ones"},
		{"sizes", images("a", 28, 1), images("b", 32, 1), "a has images of 28×28 pixels, b of 32×32"},
		{"images and points", images("a", 28, 1), points(2), "a has images and points has points"},
		{"dimensions", points(2), points(3), "in 2 dimensions, points in 3"},
	}
	fid, err := eval.MetricByName("fid")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := fid.Match(test.a, test.b, eval.Options{}, "pixels", "")
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}
