package arrays

import (
	"fmt"

	"github.com/amgen/amgen/backends/simd/internal/pool"
)

// Padding of one axis: Low and High elements before and after, Interior between neighbours. Low and High may
// be negative, which removes elements, and apply after Interior.
type Padding struct{ Low, High, Interior int }

// PadDims is the shape of a tensor of dimensions dims after padding, one Padding an axis.
func PadDims(dims []int, pads []Padding) ([]int, error) {
	out := make([]int, len(dims))
	for i, n := range dims {
		pad := pads[i]
		if pad.Interior < 0 {
			return nil, fmt.Errorf("interior padding of axis %d must be at least 0, got %d", i, pad.Interior)
		}
		out[i] = pad.Low + pad.High + n + max(0, n-1)*pad.Interior
		if out[i] < 0 {
			return nil, fmt.Errorf("padding %+v of axis %d removes more than its %d elements", pad, i, n)
		}
	}
	return out, nil
}

// Pad writes src into dst at low + i·(interior+1) on each axis and value everywhere else.
func Pad[T any](p *pool.Pool, dst, src []T, dims []int, value T, pads []Padding) {
	outDims, err := PadDims(dims, pads)
	if err != nil {
		panic(err) // checked when the graph was built
	}
	n := len(dims)
	dstSteps, srcSteps := Strides(outDims), Strides(dims)
	toSteps := make([]int, n)
	kept, at, box := make([]int, n), make([]int, n), make([]int, n) // elements kept; box they span in dst
	do, so := 0, 0
	dense := true
	for i, pad := range pads {
		step := pad.Interior + 1
		first := max(0, ceilDiv(-pad.Low, step)) // first source element that lands inside
		last := floorDiv(outDims[i]-1-pad.Low, step)
		kept[i] = max(0, min(last, dims[i]-1)-first+1)
		at[i] = pad.Low + first*step
		box[i] = kept[i]
		dense = dense && (step == 1 || kept[i] <= 1)
		toSteps[i] = dstSteps[i] * step
		do += at[i] * dstSteps[i]
		so += first * srcSteps[i]
	}
	if !dense || Size(kept) == 0 {
		fillBox(p, dst, 0, outDims, dstSteps, value)
	} else {
		fillAround(p, dst, outDims, at, box, value)
	}
	copyAll(p, newPlan(kept, toSteps, srcSteps), dst, do, src, so)
}

// fillAround sets what lies outside of the box of dimensions box at position at.
func fillAround[T any](p *pool.Pool, dst []T, dims, at, box []int, value T) {
	steps := Strides(dims)
	part := append([]int(nil), dims...)
	offset := 0
	for i := range dims { // before i: inside the box; after i: everything
		part[i] = at[i]
		fillBox(p, dst, offset, part, steps, value)
		part[i] = dims[i] - at[i] - box[i]
		fillBox(p, dst, offset+(at[i]+box[i])*steps[i], part, steps, value)
		part[i] = box[i]
		offset += at[i] * steps[i]
	}
}

// fillBox sets a box of a tensor.
func fillBox[T any](p *pool.Pool, dst []T, offset int, dims, steps []int, value T) {
	if Size(dims) == 0 {
		return
	}
	copyAll(p, newPlan(dims, steps, make([]int, len(dims))), dst, offset, []T{value}, 0)
}

// floorDiv is a/b rounded down, b > 0.
func floorDiv(a, b int) int {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
