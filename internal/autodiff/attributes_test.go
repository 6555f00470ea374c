package autodiff

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/google/go-cmp/cmp"
)

func shapeOf(dims ...int) shapes.Shape { return shapes.Make(dtypes.Float32, dims...) }

// TestAttributes pins the private layout of GoMLX's nodes: what is read must be what was passed.
func TestAttributes(t *testing.T) {
	eachBackend(t, func(t *testing.T, backend backends.Backend) {
		g := NewGraph(backend, t.Name())
		defer g.Finalize()
		x, k := Parameter(g, "x", shapeOf(2, 9, 9, 3)), Parameter(g, "k", shapeOf(3, 3, 3, 4))
		strides, paddings := []int{2, 3}, [][2]int{{1, 2}, {-1, 4}}
		conv := attributesOf(ConvGeneral(x, k, nhwc, strides, paddings, []int{1, 2}, []int{2, 1}, 1, 1))
		pad := attributesOf(Pad(x, ScalarZero(g, dtypes.Float32), PadAxis{}, PadAxis{Start: 1, End: -2, Interior: 3}))
		dot := attributesOf(DotGeneral(x, []int{3}, []int{0}, x, []int{3}, []int{0}))
		gather := attributesOf(GatherSlices(x, []int{1}, Const(g, [][]int32{{1}}), []int{2}, true))
		for name, c := range map[string]struct{ got, want any }{
			"axes":      {conv.convAxes("axes"), nhwc},
			"strides":   {conv.integers("strides"), strides},
			"paddings":  {conv.pairs("paddings", 2), paddings},
			"dilations": {conv.integersOr("inputDilations", 2, 1), []int{1, 2}},
			"groups":    {conv.integer("channelGroupCount"), 1},
			"pad": {pad.padAxes("axesConfig", 4), []backends.PadAxis{{}, {Start: 1, End: -2, Interior: 3}, {},
				{}}},
			"empty":  {dot.integersOr("rhsBatchAxes", 1, 7), []int{0}},
			"sorted": {gather.boolean("indicesAreSorted"), true},
		} {
			if diff := cmp.Diff(c.want, c.got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
	})
}

func TestAttributesOfAnotherGoMLX(t *testing.T) {
	eachBackend(t, func(t *testing.T, backend backends.Backend) {
		g := NewGraph(backend, t.Name())
		defer g.Finalize()
		defer func() {
			if message := fmt.Sprint(recover()); !strings.Contains(message, `no parameter "axis"`) ||
				!strings.Contains(message, "v0.26.0") {
				t.Errorf("message %q does not say what is missing and which version has it", message)
			}
		}()
		attributesOf(ReduceSum(Parameter(g, "x", shapeOf(3)), 0)).integers("axis")
	})
}
