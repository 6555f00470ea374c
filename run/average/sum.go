package average

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/pkg/core/dtypes"

	"github.com/amgen/amgen/weights"
)

// weightedSum is a sum of averages, by the names of the parameters.
type weightedSum struct {
	parameters []weights.Tensor
	values     map[string][]float64
}

func (s weightedSum) add(c *weights.Checkpoint, k Kept, share float64) error {
	found := map[string]weights.Tensor{}
	for _, t := range weights.Within(c.Tensors, k.scope()) {
		found[strings.TrimPrefix(t.Name, k.scope())] = t
	}
	for _, parameter := range s.parameters {
		average, ok := found[parameter.Name]
		if !ok || !slices.Equal(average.Shape, parameter.Shape) {
			return fmt.Errorf("checkpoint %s: no average %s%s of the parameter's shape: %w", c.Path, k.scope(),
				parameter.Name, weights.ErrCorrupt)
		}
		values, err := average.Values()
		if err != nil {
			return err
		}
		sum := s.values[parameter.Name]
		if sum == nil {
			sum = make([]float64, 0, len(average.Data)/4)
			for range values {
				sum = append(sum, 0)
			}
			s.values[parameter.Name] = sum
		}
		i := 0
		for v := range values {
			sum[i] += share * v
			i++
		}
	}
	return nil
}

// tensors are the sums in float32, as parameters.
func (s weightedSum) tensors() ([]weights.Tensor, error) {
	var list []weights.Tensor
	for _, parameter := range s.parameters {
		sum, ok := s.values[parameter.Name]
		if !ok || parameter.DType != dtypes.Float32 {
			return nil, errors.New("average: one of parameters that aren't float32; take the moving average")
		}
		data := make([]byte, 0, 4*len(sum))
		for _, v := range sum {
			data = binary.LittleEndian.AppendUint32(data, math.Float32bits(float32(v)))
		}
		average := weights.Tensor{Name: parameter.Name, DType: dtypes.Float32, Shape: parameter.Shape, Data: data}
		list = append(list, average)
	}
	return list, nil
}

// parametersOf are the tensors of the network in a checkpoint.
func parametersOf(c *weights.Checkpoint, scopes []string) (list []weights.Tensor) {
	for _, scope := range scopes {
		list = append(list, weights.Within(c.Tensors, scope)...)
	}
	return list
}
