package weights

import (
	"fmt"
	"slices"
)

// Part returns one of equal parts of t along its first axis: Part(1, 3) is the middle third. An axis that has no such
// equal parts is an error.
func (t Tensor) Part(part, of int) (Tensor, error) {
	if len(t.Shape) == 0 || of < 1 || part < 0 || part >= of || t.Shape[0]%of != 0 {
		return Tensor{}, fmt.Errorf("weights: tensor %s, got part %d of %d of the first axis; want equal ones", t, part,
			of)
	}
	size := len(t.Data) / of
	t.Shape = slices.Clone(t.Shape)
	t.Shape[0] /= of
	t.Data = t.Data[part*size : (part+1)*size : (part+1)*size]
	return t, nil
}

// Transpose returns t with its axes in another order: axis i of the result is axis axes[i] of t. The result shares
// t's data where nothing moves. Axes that are not each of its own once are an error.
func (t Tensor) Transpose(axes ...int) (Tensor, error) {
	if err := t.check(); err != nil {
		return Tensor{}, err
	}
	strides := make([]int, len(t.Shape))
	step := 1
	for i := len(t.Shape) - 1; i >= 0; i-- {
		strides[i] = step
		step *= t.Shape[i]
	}
	view := torchTensor{storage: &torchStorage{dtype: t.DType, count: step, data: t.Data}}
	seen := make([]bool, len(t.Shape))
	for _, a := range axes {
		if a < 0 || a >= len(seen) || seen[a] {
			return Tensor{}, fmt.Errorf("weights: tensor %s, got axes %v; name each of its %d once", t, axes, len(seen))
		}
		seen[a] = true
		view.shape, view.strides = append(view.shape, t.Shape[a]), append(view.strides, strides[a])
	}
	if len(axes) != len(t.Shape) {
		return Tensor{}, fmt.Errorf("weights: tensor %s, got axes %v; name each of its %d once", t, axes, len(seen))
	}
	size, _ := dtypeSize(t.DType)
	data, ok := view.gather(step, size)
	if !ok {
		return Tensor{}, fmt.Errorf("weights: tensor %s cannot be transposed by %v", t, axes)
	}
	t.Data, t.Shape = data, slices.Clone(view.shape)
	return t, nil
}
