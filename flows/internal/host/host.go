// Package host moves numbers between the host and tensors of floats.
package host

import (
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	"github.com/pkg/errors"
)

// Vector makes a vector of numbers, converted to dtype.
func Vector(dtype dtypes.DType, numbers []float64) (*tensors.Tensor, error) {
	return Tensor(dtype, numbers, len(numbers))
}

// Tensor makes a tensor of numbers, converted to dtype.
func Tensor(dtype dtypes.DType, numbers []float64, dims ...int) (*tensors.Tensor, error) {
	switch dtype {
	case dtypes.Float64:
		return tensors.FromFlatDataAndDimensions(numbers, dims...), nil
	case dtypes.Float32:
		narrow := make([]float32, len(numbers))
		for i, v := range numbers {
			narrow[i] = float32(v)
		}
		return tensors.FromFlatDataAndDimensions(narrow, dims...), nil
	}
	return nil, errors.Errorf("flows: a state of type %s; use float32 or float64", dtype)
}

// Scalar is the one element of a tensor of floats.
func Scalar(t *tensors.Tensor) (float64, error) {
	numbers, err := Numbers(t)
	if err != nil {
		return 0, err
	}
	return numbers[0], nil
}

// Numbers copies a tensor of floats to the host.
func Numbers(t *tensors.Tensor) ([]float64, error) {
	if t.DType() == dtypes.Float64 {
		return tensors.CopyFlatData[float64](t)
	}
	narrow, err := tensors.CopyFlatData[float32](t)
	numbers := make([]float64, len(narrow))
	for i, v := range narrow {
		numbers[i] = float64(v)
	}
	return numbers, err
}
