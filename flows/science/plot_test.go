package science_test

import (
	"bytes"
	"errors"
	"image/png"
	"testing"

	"github.com/amgen/amgen/flows/science"
	"github.com/gomlx/gomlx/pkg/core/tensors"
)

// A plot is a PNG whose pixels change with the points, the trajectory and the rings.
func TestPlot(t *testing.T) {
	cells := [][]float32{{0, 0, 5}, {1, 2, 5}, {3, 1, 5}}
	moved := [][]float32{{1, 0, 5}, {2, 2, 5}, {4, 1, 5}}
	draw := func(layers []science.Layer, way ...[][]float32) []byte {
		var trajectory []*tensors.Tensor
		for _, state := range way {
			trajectory = append(trajectory, tensors.FromAnyValue(state))
		}
		var b bytes.Buffer
		if err := science.Plot(&b, "cells", layers, trajectory); err != nil {
			t.Fatal(err)
		}
		image, err := png.Decode(bytes.NewReader(b.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		if size := image.Bounds().Size(); size.X < 300 || size.Y < 200 {
			t.Errorf("a picture of %v pixels", size)
		}
		return b.Bytes()
	}
	layer := science.Layer{Name: "a", Points: tensors.FromAnyValue(cells)}
	hollow := layer
	hollow.Hollow = true
	pictures := [][]byte{draw(nil), draw([]science.Layer{layer}), draw([]science.Layer{hollow}),
		draw([]science.Layer{layer}, cells, moved), draw([]science.Layer{{Points: tensors.FromAnyValue([][]float32{{1},
			{2}})}})}
	for i, a := range pictures {
		for j := range i {
			if bytes.Equal(a, pictures[j]) {
				t.Errorf("pictures %d and %d are the same", i, j)
			}
		}
	}
	for _, bad := range []any{[]float32{1}, [][]int32{{1, 2}}} {
		if err := science.Plot(&bytes.Buffer{}, "", []science.Layer{{Points: tensors.FromAnyValue(bad)}},
			nil); err == nil {
			t.Errorf("%v: no error", bad)
		}
	}
	if err := science.Plot(full{}, "", nil, nil); err == nil {
		t.Error("a writer's error is lost")
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space") }
