package pretrained

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/gomlx/gomlx/pkg/core/dtypes"

	"github.com/amgen/amgen/weights"
)

// Expected is a float32 tensor that a network needs.
type Expected struct {
	Name  string
	Shape []int
}

// Check returns an error, which names the first tensor, unless list has all that a network needs. Errors begin with the
// name of a package.
func Check(owner string, list []weights.Tensor, needed []Expected) error {
	have := ByName(owner, list)
	for _, want := range needed {
		t, err := have.Take(want.Name, want.Shape...)
		if err != nil {
			return err
		}
		for _, value := range Floats(t) {
			if x := float64(value); math.IsNaN(x) || math.IsInf(x, 0) {
				return fmt.Errorf("%s: %w: tensor %s, got the value %g; fetch the file again", owner,
					weights.ErrCorrupt, want.Name, x)
			}
		}
	}
	return nil
}

// Tensors are those of a file by their names.
type Tensors struct {
	owner  string
	tensor map[string]weights.Tensor
}

// ByName finds tensors by their names. Errors begin with the name of a package.
func ByName(owner string, list []weights.Tensor) Tensors {
	m := Tensors{owner, map[string]weights.Tensor{}}
	for _, t := range list {
		m.tensor[t.Name] = t
	}
	return m
}

// Take returns the float32 tensor of a name, which must have the shape.
func (m Tensors) Take(name string, shape ...int) (weights.Tensor, error) {
	t, ok := m.tensor[name]
	if !ok {
		return t, fmt.Errorf("%s: %w: tensor %s, got none, want %v; this isn't the network's file, fetch it again",
			m.owner, weights.ErrArchitecture, name, shape)
	}
	if t.DType != dtypes.Float32 || !slices.Equal(t.Shape, shape) {
		return t, fmt.Errorf("%s: %w: tensor %s, got %s%v, want %s%v; this isn't the network's file, fetch it again",
			m.owner, weights.ErrArchitecture, name, t.DType, t.Shape, dtypes.Float32, shape)
	}
	return t, nil
}

// Fill reads vectors of a length, whose names begin alike, in the order of their names.
func (m Tensors) Fill(prefix string, n int, into map[string]*[]float32) error {
	for _, name := range slices.Sorted(maps.Keys(into)) {
		t, err := m.Take(prefix+name, n)
		if err != nil {
			return err
		}
		*into[name] = Floats(t)
	}
	return nil
}
