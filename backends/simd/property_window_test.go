package simd_test

import (
	"iter"
	"testing"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"pgregory.net/rapid"
)

// slidingCase is a window over a tensor.
type slidingCase struct {
	x                                    array
	size, strides, baseDilation, dilated []int
	paddings                             [][2]int
}

func drawSlidingCase(t *rapid.T, dilate bool) slidingCase {
	dims := drawDims(t, "x", 1, 4)
	n := len(dims)
	c := slidingCase{size: make([]int, n), strides: make([]int, n), baseDilation: make([]int, n),
		dilated:  make([]int, n),
		paddings: make([][2]int, n)}
	for i := range dims {
		dims[i] = max(1, dims[i])
		c.baseDilation[i], c.dilated[i] = 1, 1
		if dilate {
			c.dilated[i] = rapid.IntRange(1, 2).Draw(t, "window dilation")
			c.baseDilation[i] = c.dilated[i] // which is what go-xla v0.1.4 passes on, whatever it is given
			if !oracleIsXLA {
				c.baseDilation[i] = rapid.IntRange(1, 2).Draw(t, "base dilation")
			}
		}
		c.paddings[i] = [2]int{rapid.IntRange(0, 2).Draw(t, "low"), rapid.IntRange(0, 2).Draw(t, "high")}
		length := (dims[i]-1)*c.baseDilation[i] + 1 + c.paddings[i][0] + c.paddings[i][1]
		c.size[i] = rapid.IntRange(1, min(3, (length-1)/c.dilated[i]+1)).Draw(t, "size")
		c.strides[i] = rapid.IntRange(1, 3).Draw(t, "stride")
	}
	c.x = drawArray(t, "x", drawDType(t, realDTypes), dims...)
	return c
}

func TestPropertyReduceWindow(t *testing.T) {
	d := newDuel(t)
	rapid.Check(t, func(t *rapid.T) {
		c := drawSlidingCase(t, true)
		reduction := rapid.SampledFrom([]backends.ReduceOpType{backends.ReduceOpSum, backends.ReduceOpProduct,
			backends.ReduceOpMax, backends.ReduceOpMin}).Draw(t, "reduction")
		if !accumulates(c.x.shape.DType) {
			return
		}
		// Up to 81 terms or factors, which the oracle rounds one by one.
		tol := summing(c.x.shape.DType, 81)
		d.check(t, []array{c.x}, tol, func(b backends.Builder, in []backends.Op) ([]backends.Op, error) {
			return one(b.ReduceWindow(in[0], reduction, c.size, c.strides, c.baseDilation, c.dilated, c.paddings))
		})
	})
}

// TestReduceWindowOfBool compares with loops over the elements of each window.
func TestReduceWindowOfBool(t *testing.T) {
	backend := newBackend(t, "simd:workers=2")
	rapid.Check(t, func(t *rapid.T) {
		c := drawSlidingCase(t, true)
		dims := c.x.shape.Dimensions
		c.x = drawArray(t, "flags", dtypes.Bool, dims...)
		any := rapid.Bool().Draw(t, "any")
		reductions := []backends.ReduceOpType{backends.ReduceOpProduct, backends.ReduceOpMin}
		if any {
			reductions = []backends.ReduceOpType{backends.ReduceOpSum, backends.ReduceOpMax}
		}
		reduction := rapid.SampledFrom(reductions).Draw(t, "reduction")
		got, err := compute(backend, []array{c.x}, func(b backends.Builder, in []backends.Op) ([]backends.Op, error) {
			return one(b.ReduceWindow(in[0], reduction, c.size, c.strides, c.baseDilation, c.dilated, c.paddings))
		})
		if err != nil {
			t.Fatal(err)
		}
		flags, i := c.x.flat.([]bool), 0
		for at := range positions(got[0].shape.Dimensions) {
			want := !any
			for tap := range positions(c.size) {
				from := 0
				for k := range dims {
					p := at[k]*c.strides[k] + tap[k]*c.dilated[k] - c.paddings[k][0]
					if p < 0 || p%c.baseDilation[k] != 0 || p/c.baseDilation[k] >= dims[k] {
						from = -1 // padding, or a gap
						break
					}
					from = from*dims[k] + p/c.baseDilation[k]
				}
				if from >= 0 && flags[from] == any {
					want = any
				}
			}
			if g := got[0].flat.([]bool)[i]; g != want {
				t.Fatalf("%s at %v is %v, want %v", reduction, at, g, want)
			}
			i++
		}
	})
}

// positions yields the indices of a tensor in row-major order.
func positions(dims []int) iter.Seq[[]int] {
	return func(yield func([]int) bool) {
		count := 1
		for _, d := range dims {
			count *= d
		}
		for i := range count {
			at := make([]int, len(dims))
			for k, rest := len(dims)-1, i; k >= 0; k-- {
				at[k], rest = rest%dims[k], rest/dims[k]
			}
			if !yield(at) {
				return
			}
		}
	}
}

func TestPropertySelectAndScatter(t *testing.T) {
	d := newDuel(t)
	rapid.Check(t, func(t *rapid.T) {
		c := drawSlidingCase(t, false)
		dims := make([]int, len(c.size))
		for i, n := range c.x.shape.Dimensions {
			dims[i] = (n+c.paddings[i][0]+c.paddings[i][1]-c.size[i])/c.strides[i] + 1
			if c.paddings[i][0] >= c.size[i] || c.paddings[i][1] >= c.size[i] {
				return // windows in padding alone, which XLA leaves undefined
			}
		}
		source := drawArray(t, "source", c.x.shape.DType, dims...)
		isMin := rapid.Bool().Draw(t, "min")
		d.check(t, []array{c.x, source}, summing(c.x.shape.DType, 81),
			func(b backends.Builder, in []backends.Op) ([]backends.Op, error) {
				f := b.SelectAndScatterMax
				if isMin {
					f = b.SelectAndScatterMin
				}
				return one(f(in[0], in[1], c.size, c.strides, c.paddings))
			})
	})
}
