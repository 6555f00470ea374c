package simd_test

import (
	"testing"

	"github.com/gomlx/gomlx/backends"
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
