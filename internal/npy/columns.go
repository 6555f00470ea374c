package npy

import (
	"fmt"
	"io"
	"slices"
)

// rowMajor walks over an array that is stored in Fortran's order, the first index fastest, in the order of rows.
type rowMajor struct {
	raw    []byte // the whole array as it lies in the file
	shape  []int
	stride []int // numbers from one index of an axis to the next
	index  []int // of the next number
	at     int   // its place in raw, in numbers
}

// takeColumns reads all of an array in Fortran's order, as it lies in the file. Where the header promises more than
// there is, it takes no more memory than is there.
func (a *Reader) takeColumns() error {
	bytes := int(a.Bytes())
	if a.packed > 0 && bomb(uint64(bytes), a.packed) {
		return fmt.Errorf("%d bytes packed into %d; save it with numpy.savez, unpacked", bytes, a.packed)
	}
	w := rowMajor{shape: a.Shape, stride: make([]int, len(a.Shape)), index: make([]int, len(a.Shape))}
	stride := 1
	for k, d := range a.Shape {
		w.stride[k] = stride
		stride *= d
	}
	step := 1 << 19
	if a.there {
		step = bytes
	}
	w.raw = make([]byte, 0, min(bytes, step))
	for len(w.raw) < bytes {
		n := min(bytes-len(w.raw), max(step, len(w.raw)))
		w.raw = slices.Grow(w.raw, n)[:len(w.raw)+n]
		if got, err := io.ReadFull(a.r, w.raw[len(w.raw)-n:]); err != nil {
			a.left -= (len(w.raw) - n + got) / a.kind.width
			return a.tooFew(err)
		}
	}
	a.rows = &w
	if a.kind.check != nil {
		return a.kind.check(w.raw)
	}
	return nil
}

// readColumns is [Read] of an array in Fortran's order.
func readColumns[T Number](a *Reader, dst []T) error {
	if a.rows == nil {
		if err := a.takeColumns(); err != nil {
			return err
		}
	}
	width := a.kind.width
	for i := range dst {
		decode(a.kind, dst[i:i+1], a.rows.raw[a.rows.at*width:(a.rows.at+1)*width])
		a.rows.advance()
	}
	if a.left -= len(dst); a.left == 0 {
		a.rows.raw = nil
	}
	return nil
}

// advance goes to the next number in the order of rows: the last index is the fastest.
func (w *rowMajor) advance() {
	for k := len(w.shape) - 1; k >= 0; k-- {
		w.index[k]++
		w.at += w.stride[k]
		if w.index[k] < w.shape[k] {
			return
		}
		w.at -= w.stride[k] * w.shape[k]
		w.index[k] = 0
	}
}
