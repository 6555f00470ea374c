package unet

import (
	"encoding/json"
	"hash/crc32"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/backends"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
	"github.com/google/go-cmp/cmp"
)

// mini is the configuration of testdata/reference.py: two resolutions, attention at one, two groups and more.
var mini = Config{Size: 8, Channels: 2, Base: 8, Multipliers: []int{1, 2}, Blocks: 1, Attention: []int{4}}

// reference is what an independent implementation in PyTorch computed; see testdata/reference.py.
type reference struct {
	Shapes                               map[string][]int
	S, DT, DX                            []float64
	Pathwise, Boundary                   float64
	PathwiseGradients, BoundaryGradients map[string]float64
}

// fill makes the values of a variable from its name, as testdata/reference.py does.
func fill(name string, dims ...int) *tensors.Tensor {
	size, fanIn := 1, 1
	for i, d := range dims {
		size *= d
		if i+1 < len(dims) {
			fanIn *= d
		}
	}
	phase := float64(crc32.ChecksumIEEE([]byte(name)) % 1000)
	flat := make([]float64, size)
	for j := range flat {
		z := math.Sin(float64(j)*0.7548776662466927*6 + phase)
		switch {
		case strings.HasSuffix(name, "weights"):
			flat[j] = z * math.Sqrt(2/float64(fanIn))
		case strings.HasSuffix(name, "scale"):
			flat[j] = 1 + 0.3*z
		default:
			flat[j] = 0.3 * z
		}
	}
	return tensors.FromFlatDataAndDimensions(flat, dims...)
}

func image(name string, dims ...int) *tensors.Tensor {
	flat := tensors.MustCopyFlatData[float64](fill(name, dims...))
	for i := range flat {
		flat[i] /= 0.3
	}
	return tensors.FromFlatDataAndDimensions(flat, dims...)
}

// filled returns a context with the variables of mini, filled.
func filled(t *testing.T, backend backends.Backend, cfg Config) *mlcontext.Context {
	t.Helper()
	vars := mlcontext.New()
	exec := mlcontext.MustNewExec(backend, vars, Action(cfg))
	times := tensors.FromFlatDataAndDimensions(make([]float64, 3), 3)
	exec.MustExec(times, image("x", 3, cfg.Size, cfg.Size, cfg.Channels+cfg.ConditionChannels))
	for v := range vars.IterVariables() {
		if v.Trainable {
			if err := v.SetValue(fill(variableName(v), v.Shape().Dimensions...)); err != nil {
				t.Fatal(err)
			}
		}
	}
	return vars.Reuse()
}

// variableName is the path below Scope, with slashes.
func variableName(v *mlcontext.Variable) string {
	return strings.TrimPrefix(v.Scope(), "/"+Scope+"/") + "/" + v.Name()
}

func TestAgreesWithPyTorch(t *testing.T) {
	data, err := os.ReadFile("testdata/reference.json")
	if err != nil {
		t.Fatal(err)
	}
	var want reference
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	eachBackend(t, func(t *testing.T, backend backends.Backend) {
		vars := filled(t, backend, mini)
		shapes := map[string][]int{}
		var names []string
		for v := range vars.IterVariables() {
			if v.Trainable {
				shapes[variableName(v)] = v.Shape().Dimensions
				names = append(names, variableName(v))
			}
		}
		if diff := cmp.Diff(want.Shapes, shapes); diff != "" {
			t.Fatalf("variables (-PyTorch +ours):\n%s", diff)
		}

		probe := func(loss *Node) *Node {
			vars := vars // gradients come in the order of the variables
			var sums []*Node
			for i, g := range vars.BuildTrainableVariablesGradientsGraph(loss) {
				sums = append(sums, ReduceAllSum(Mul(g, Const(g.Graph(),
					fill("probe/"+names[i], g.Shape().Dimensions...)))))
			}
			return Stack(sums, 0)
		}
		exec := mlcontext.MustNewExec(backend, vars, func(vars *mlcontext.Context, times, x, velocity *Node) []*Node {
			times, x = Identity(times), Identity(x)
			s := Action(mini)(vars, times, x)
			d := Gradient(ReduceAllSum(s), times, x)
			dt, dx := d[0], d[1]
			pathwise := ReduceAllMean(ReduceSum(Mul(dx, Sub(MulScalar(dx, 0.5), velocity)), 1, 2, 3))
			kinetic := MulScalar(ReduceSum(Square(dx), 1, 2, 3), 0.5)
			boundary := ReduceAllMean(Sub(Mul(OneMinus(times), Add(dt, kinetic)), s))
			return []*Node{s, dt, dx, pathwise, boundary, probe(pathwise), probe(boundary)}
		})
		dims := []int{3, 8, 8, 2}
		out := exec.MustExec([]float64{0, 0.3, 0.9}, image("x", dims...), image("velocity", dims...))

		byName := func(m map[string]float64) []float64 {
			out := make([]float64, len(names))
			for i, n := range names {
				out[i] = m[n]
			}
			return out
		}
		for i, c := range []struct {
			name string
			want []float64
		}{
			{"s", want.S}, {"∂ₜs", want.DT}, {"∇ₓs", want.DX}, {"pathwise loss", []float64{want.Pathwise}},
			{"boundary loss", []float64{want.Boundary}}, {"gradients of the pathwise loss",
				byName(want.PathwiseGradients)},
			{"gradients of the boundary loss", byName(want.BoundaryGradients)},
		} {
			got := tensors.MustCopyFlatData[float64](out[i])
			scale := 0.0
			for _, w := range c.want {
				scale = max(scale, math.Abs(w))
			}
			for j, w := range c.want {
				// Both sides compute in float64; 1e-9 leaves room for another order of summation.
				if d := math.Abs(got[j] - w); !(d <= 1e-9*scale) {
					name := c.name
					if len(c.want) == len(names) {
						name += " by " + names[j]
					}
					t.Errorf("%s [%d]: got %.12g, PyTorch %.12g", name, j, got[j], w)
				}
			}
		}
	})
}
