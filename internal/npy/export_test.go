package npy

import "bytes"

// Parse reads a whole array from the bytes of a .npy.
func Parse(data []byte) (shape []int, values []float64, err error) {
	rest := bytes.NewReader(data)
	a, err := NewReader(rest)
	if err != nil {
		return nil, nil, err
	}
	a.there = a.left*a.kind.width <= rest.Len()
	if values, err = All[float64](a); err != nil {
		return nil, nil, err
	}
	return a.Shape, values, nil
}
