package cli

import (
	"strings"
	"testing"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/imaging"
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
