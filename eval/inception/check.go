package inception

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/gomlx/gomlx/pkg/core/dtypes"

	"github.com/amgen/amgen/weights"
)

// expected is a tensor that a network needs.
type expected struct {
	name  string
	shape []int
}

// expected lists the tensors of a network in this package's form: of each convolution /path/weights [height, width, in,
// out] and /path/biases [out], with the batch normalisation folded in, and of each dense layer /path/weights [in, out]
// and /path/biases [out].
func (v variant) expected() []expected {
	var list []expected
	for _, l := range layers() {
		list = append(list, expected{l.path() + "/weights", []int{l.height, l.width, l.in, l.out}},
			expected{l.path() + "/biases", []int{l.out}})
	}
	for _, d := range v.head {
		list = append(list, expected{d.path + "/weights", []int{d.in, d.out}},
			expected{d.path + "/biases", []int{d.out}})
	}
	return list
}

// checkWeights returns an error, which names the first tensor, unless list has all that the network needs.
func (v variant) checkWeights(list []weights.Tensor) error {
	have := named(list)
	for _, want := range v.expected() {
		t, err := have.take(want.name, want.shape...)
		if err != nil {
			return err
		}
		for _, value := range floats(t) {
			if x := float64(value); math.IsNaN(x) || math.IsInf(x, 0) {
				return fmt.Errorf("inception: %w: tensor %s, got the value %g; fetch the file again",
					weights.ErrCorrupt, want.name, x)
			}
		}
	}
	return nil
}

// byName is a file's tensors by their names.
type byName map[string]weights.Tensor

func named(list []weights.Tensor) byName {
	m := byName{}
	for _, t := range list {
		m[t.Name] = t
	}
	return m
}

// take returns the float32 tensor of a name, which must have the shape.
func (m byName) take(name string, shape ...int) (weights.Tensor, error) {
	t, ok := m[name]
	if !ok {
		return t, fmt.Errorf("inception: %w: tensor %s, got none, want %v; this isn't the network's file, fetch it "+
			"again", weights.ErrArchitecture, name, shape)
	}
	if t.DType != dtypes.Float32 || !slices.Equal(t.Shape, shape) {
		return t, fmt.Errorf("inception: %w: tensor %s, got %s%v, want %s%v; this isn't the network's file, fetch it "+
			"again", weights.ErrArchitecture,
			name, t.DType, t.Shape, dtypes.Float32, shape)
	}
	return t, nil
}

// fill reads vectors of a length, whose names begin alike, in the order of their names.
func (m byName) fill(prefix string, n int, into map[string]*[]float32) error {
	for _, name := range slices.Sorted(maps.Keys(into)) {
		t, err := m.take(prefix+name, n)
		if err != nil {
			return err
		}
		*into[name] = floats(t)
	}
	return nil
}
