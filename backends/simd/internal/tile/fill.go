package tile

import (
	"github.com/amgen/amgen/backends/simd/internal/dense"
	"github.com/amgen/amgen/backends/simd/internal/kernels"
)

// at is the source index of a linear index.
func (a Access) at(index int) int {
	at := a.offset
	for k := len(a.dims) - 1; k >= 0; k-- {
		d := a.dims[k]
		at += index % d.n * d.stride
		index /= d.n
	}
	return at
}

// maxSpan is the longest repetition worth keeping expanded, in elements.
const maxSpan = 1024

// period is the innermost repetition of whole runs: over each stretch of block elements, aligned to block, the
// access reads the same span elements again and again. Without one, span and block are equal.
func (a Access) period() (span, block int) {
	span = 1
	for k := len(a.dims) - 1; k >= 0; k-- {
		d := a.dims[k]
		if d.stride == 0 && k < len(a.dims)-1 {
			return span, span * d.n
		}
		if span *= d.n; span > maxSpan {
			break
		}
	}
	return span, span
}

// odometer walks the runs of an access: stretches along its innermost dim.
type odometer struct {
	dims  []axisStep
	digit [maxAccessRank]int // of the outer dims
	more  []int              // in the place of digit where there are too many dims for it
	at    int                // source index of the current run's start
}

// maxAccessRank bounds the dims of a normalised access that operands compose; more than these need memory to walk.
const maxAccessRank = 16

// digits has a place for each outer dim.
func (o *odometer) digits() []int {
	if o.more != nil {
		return o.more
	}
	return o.digit[:]
}

// seek goes to the run that holds the linear index and returns the position in it.
func (o *odometer) seek(a Access, index int) (within int) {
	o.dims = a.dims
	o.at = a.offset
	last := len(a.dims) - 1
	if last > len(o.digit) && len(o.more) < last {
		o.more = make([]int, last)
	}
	digit := o.digits()
	within = index % a.dims[last].n
	index /= a.dims[last].n
	for k := last - 1; k >= 0; k-- {
		d := a.dims[k]
		digit[k] = index % d.n
		o.at += digit[k] * d.stride
		index /= d.n
	}
	return within
}

// next goes to the following run.
func (o *odometer) next() {
	digit := o.digits()
	for k := len(o.dims) - 2; k >= 0; k-- {
		d := o.dims[k]
		digit[k]++
		o.at += d.stride
		if digit[k] < d.n {
			return
		}
		digit[k] = 0
		o.at -= d.n * d.stride
	}
}

// fillAccess expands elements start … start+len(dst) of the space into dst; repeat sets every element of a slice.
func fillAccess[T dense.Element](dst, src []T, a Access, start int, repeat func(dst []T, v T)) {
	if len(a.dims) == 0 {
		repeat(dst, src[a.offset])
		return
	}
	span, block := a.period()
	if span == block {
		fillRuns(dst, src, a, start, repeat)
		return
	}
	for len(dst) > 0 {
		n := min(len(dst), block-start%block)
		first := min(n, span)
		fillRuns(dst[:first], src, a, start, repeat)
		for done := first; done < n; done *= 2 {
			copy(dst[done:n], dst[:done])
		}
		dst = dst[n:]
		start += n
	}
}

// fillRuns expands run by run.
func fillRuns[T dense.Element](dst, src []T, a Access, start int, repeat func(dst []T, v T)) {
	var o odometer
	within := o.seek(a, start)
	inner := a.dims[len(a.dims)-1]
	for len(dst) > 0 {
		n := min(len(dst), inner.n-within)
		at := o.at + within*inner.stride
		switch run := dst[:n]; inner.stride {
		case 0:
			if n >= smallestRepeat {
				repeat(run, src[at])
			} else {
				repeatEach(run, src[at])
			}
		case 1:
			copy(run, src[at:at+n])
		default:
			for i := range run {
				run[i] = src[at]
				at += inner.stride
			}
		}
		dst = dst[n:]
		within = 0
		o.next()
	}
}

// smallestRepeat is the length from which a call of a kernel pays.
const smallestRepeat = 16

// repeatEach sets every element of dst.
func repeatEach[T dense.Element](dst []T, v T) {
	for i := range dst {
		dst[i] = v
	}
}

// fill is fillAccess on raw memory of elements of the given width.
func (a Access) fill(dst, src []byte, width, start int) {
	switch width {
	case 1:
		fillAccess(dst, src, a, start, repeatEach)
	case 2:
		fillAccess(dense.Cast[uint16](dst), dense.Cast[uint16](src), a, start, repeatEach)
	case 4:
		fillAccess(dense.Floats(dst), dense.Floats(src), a, start, kernels.Fill)
	case 8:
		fillAccess(dense.Cast[uint64](dst), dense.Cast[uint64](src), a, start, repeatEach)
	default:
		fillAccess(dense.Cast[complex128](dst), dense.Cast[complex128](src), a, start, repeatEach)
	}
}
