package arrays

// Indices are the index vectors of a gather or a scatter: an integer tensor one axis of which, VectorAxis,
// runs over the coordinates of a position. VectorAxis == len(Dims) means one coordinate and no such axis.
// The other axes are the batch axes.
type Indices struct {
	Flat       []int
	Dims       []int
	VectorAxis int
}

// BatchDims are the dimensions that remain without the vector axis.
func (ix Indices) BatchDims() []int {
	batch := append([]int(nil), ix.Dims...)
	if ix.VectorAxis < len(batch) {
		batch = append(batch[:ix.VectorAxis], batch[ix.VectorAxis+1:]...)
	}
	return batch
}

// vectors returns how to find the i-th vector: its first coordinate is at Flat[i/run*skip + i%run], the others
// follow at distances of run.
func (ix Indices) vectors() (run, skip int) {
	if ix.VectorAxis >= len(ix.Dims) {
		return 1, 1
	}
	run = Size(ix.Dims[ix.VectorAxis+1:])
	return run, run * ix.Dims[ix.VectorAxis]
}

// ToInts widens integers to int; values beyond the range of int become its largest, which every bounds rule
// treats as the same.
func ToInts[T Integer](dst []int, src []T) {
	for i, v := range src {
		n := int(v)
		if v > 0 && n < 0 {
			n = int(^uint(0) >> 1)
		}
		dst[i] = n
	}
}

// others lists the axes of [0, rank) that are not in axes.
func others(rank int, axes []int) []int {
	taken := make([]bool, rank)
	for _, axis := range axes {
		taken[axis] = true
	}
	rest := make([]int, 0, rank)
	for axis, t := range taken {
		if !t {
			rest = append(rest, axis)
		}
	}
	return rest
}

// pick returns values[axes[0]], values[axes[1]], ….
func pick(values, axes []int) []int {
	out := make([]int, len(axes))
	for i, axis := range axes {
		out[i] = values[axis]
	}
	return out
}
