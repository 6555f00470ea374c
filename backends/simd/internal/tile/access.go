package tile

import "slices"

// Access says how an operand is read over an iteration space: a space of size elements, enumerated by one linear
// index, is split row-major into dims, and each dim steps through the source by its stride. Stride 0 repeats.
// A reshape does not change the linear index, so the same access serves any shape of the space.
type Access struct {
	offset int
	dims   []axisStep // outermost first; normalised; empty for a single element
}

// axisStep is n iterations that advance the source by stride elements each.
type axisStep struct{ n, stride int }

// linear reads size elements one after another.
func linear(size int) Access { return normalise(Access{dims: []axisStep{{size, 1}}}) }

// normalise drops dims of one iteration and joins neighbours that step as one.
func normalise(a Access) Access {
	var dims []axisStep
	for _, d := range a.dims {
		switch d.n {
		case 0:
			return Access{dims: []axisStep{{0, 1}}} // an empty space reads nothing
		case 1:
			continue
		}
		if last := len(dims) - 1; last >= 0 && dims[last].stride == d.stride*d.n {
			dims[last] = axisStep{dims[last].n * d.n, d.stride}
			continue
		}
		dims = append(dims, d)
	}
	return Access{offset: a.offset, dims: dims}
}

// IsLinear reports whether the access is linear(size).
func (a Access) IsLinear() bool {
	return a.offset == 0 && (len(a.dims) == 0 || len(a.dims) == 1 && a.dims[0].stride == 1)
}

// Equal compares normalised accesses.
func (a Access) Equal(b Access) bool { return a.offset == b.offset && slices.Equal(a.dims, b.dims) }

// rowMajorStrides are the strides of a dense array.
func rowMajorStrides(dims []int) []int {
	strides := make([]int, len(dims))
	stride := 1
	for axis := len(dims) - 1; axis >= 0; axis-- {
		strides[axis] = stride
		stride *= dims[axis]
	}
	return strides
}

// broadcastAccess reads a source of dimensions src over the space out, where source axis i lies along axes[i] of
// out and repeats if it has dimension 1.
func broadcastAccess(src, out, axes []int) Access {
	strides := rowMajorStrides(src)
	dims := make([]axisStep, len(out))
	for axis, n := range out {
		dims[axis].n = n
	}
	for i, axis := range axes {
		if src[i] != 1 {
			dims[axis].stride = strides[i]
		}
	}
	return normalise(Access{dims: dims})
}

// implicitAccess reads an operand of an element-wise op: a scalar, or of the rank of out.
func implicitAccess(src, out []int) Access {
	axes := make([]int, len(src))
	for i := range axes {
		axes[i] = i
	}
	return broadcastAccess(src, out, axes)
}

// compose reads a source through two accesses: outer goes from the space to the linear index of a value, and
// inner from that index to the source. It fails where the combination is not an access.
func compose(outer, inner Access) (Access, bool) {
	if len(outer.dims) > 0 && outer.dims[0].n == 0 {
		return outer, true
	}
	// Linear indices of the value are numbers in mixed radix: digit k has inner.dims[k].n values.
	place := make([]int, len(inner.dims))
	used := make([]int, len(inner.dims)) // the largest value that digit k reaches
	weight := 1
	for k := len(place) - 1; k >= 0; k-- {
		place[k] = weight
		weight *= inner.dims[k].n
	}
	result := Access{offset: inner.offset}
	rest := outer.offset
	for k := range place {
		used[k] = rest / place[k]
		rest %= place[k]
		result.offset += used[k] * inner.dims[k].stride
	}
	steps := slices.Clone(outer.dims)
	for len(steps) > 0 {
		d := steps[0]
		steps = steps[1:]
		if d.stride == 0 || d.n == 1 {
			result.dims = append(result.dims, axisStep{d.n, 0})
			continue
		}
		k := slices.IndexFunc(place, func(w int) bool { return w <= d.stride })
		if k < 0 || d.stride%place[k] != 0 {
			return Access{}, false
		}
		each := d.stride / place[k]
		if used[k]+(d.n-1)*each < inner.dims[k].n {
			used[k] += (d.n - 1) * each
			result.dims = append(result.dims, axisStep{d.n, each * inner.dims[k].stride})
			continue
		}
		// The dim runs over the digit's end: split it there.
		period := inner.dims[k].n
		if k == 0 || each != 1 || d.n%period != 0 || used[k] != 0 {
			return Access{}, false
		}
		steps = slices.Concat([]axisStep{{d.n / period, d.stride * period}, {period, d.stride}}, steps)
	}
	return normalise(result), true
}

// BatchLocal reports whether an access to an array of the given size stays, for each of batch equal parts of the space,
// within the like part of the array.
func (a Access) BatchLocal(space, size, batch int) bool {
	if a.offset != 0 || size%batch != 0 || len(a.dims) == 0 {
		return false
	}
	outer := a.dims[0]
	if outer.n%batch != 0 {
		return false
	}
	inner := outer.n / batch // iterations of the first dim in one part
	if inner*outer.stride != size/batch {
		return false
	}
	reach := (inner - 1) * outer.stride
	for _, d := range a.dims[1:] {
		reach += (d.n - 1) * d.stride
	}
	return reach < size/batch
}
