package optimizer_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/amgen/amgen/backends/simd"
	"github.com/amgen/amgen/flows/optimizer"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
	"gonum.org/v1/gonum/mat"
)

// follow takes steps of a loss Σ⟨G, W⟩, whose gradients are the given ones, from zero parameters. It returns the
// parameters after each step.
func follow(t *testing.T, s optimizer.Settings, gradients map[string]*tensors.Tensor,
	steps int) []map[string][]float32 {
	t.Helper()
	o, err := optimizer.New(s)
	if err != nil {
		t.Fatal(err)
	}
	backend, err := simd.New("")
	if err != nil {
		t.Fatal(err)
	}
	vars := mlcontext.New().Checked(false)
	for name, gradient := range gradients {
		vars.In("layer").VariableWithValue(name, tensors.FromShape(gradient.Shape()))
	}
	exec, err := mlcontext.NewExec(backend, vars, func(vars *mlcontext.Context, g *Graph) *Node {
		optimizer.SetPhase(vars, g, optimizer.Apply)
		loss := ScalarZero(g, dtypes.Float32)
		for name, gradient := range gradients {
			w := vars.In("layer").GetVariable(name).ValueGraph(g)
			loss = Add(loss, ReduceAllSum(Mul(w, ConstTensor(g, gradient))))
		}
		o.UpdateGraph(vars, g, loss)
		return loss
	})
	if err != nil {
		t.Fatal(err)
	}
	var history []map[string][]float32
	for range steps {
		exec.MustExec()
		now := map[string][]float32{}
		for name := range gradients {
			now[name] = tensors.MustCopyFlatData[float32](vars.In("layer").GetVariable(name).MustValue())
		}
		history = append(history, now)
	}
	return history
}

// A constant gradient of a kernel UΣVᵀ moves it by Muon along UVᵀ, nearly, by rate·0.2·√max(rows, columns) a step. An
// embedding, a bias and a matrix of few columns move by Adam, rate·sign(G) a step.
func TestMuon(t *testing.T) {
	const rate, steps = 1e-2, 3
	rng := rand.New(rand.NewPCG(1, 2))
	normal := func(dims ...int) *tensors.Tensor {
		data := tensors.FromShape(shapes.Make(dtypes.Float32, dims...))
		tensors.MustMutableFlatData(data, func(flat []float32) {
			for i := range flat {
				flat[i] = float32(rng.NormFloat64())
			}
		})
		return data
	}
	for _, dims := range [][]int{{3, 3, 8, 16}, {12, 40}, {16, 16}} {
		gradients := map[string]*tensors.Tensor{"weights": normal(dims...), "embedding": normal(16, 16),
			"bias": normal(16)}
		history := follow(t, optimizer.Settings{Rule: optimizer.Muon, LearningRate: rate}, gradients, steps)
		columns := dims[len(dims)-1]
		flat := tensors.MustCopyFlatData[float32](gradients["weights"])
		rows := len(flat) / columns
		g := mat.NewDense(rows, columns, nil)
		for i, v := range flat {
			g.Set(i/columns, i%columns, float64(v))
		}
		var svd mat.SVD
		if !svd.Factorize(g, mat.SVDThin) {
			t.Fatal("no singular values")
		}
		var u, v mat.Dense
		svd.UTo(&u)
		svd.VTo(&v)
		for step := range steps {
			moved := mat.NewDense(rows, columns, nil)
			for i, w := range history[step]["weights"] {
				moved.Set(i/columns, i%columns, -float64(w)/(rate*0.2*math.Sqrt(float64(max(rows, columns)))))
			}
			// UᵀMV is diagonal, near the number of steps for the singular values that aren't far below the largest.
			var left, middle mat.Dense
			left.Mul(u.T(), moved)
			middle.Mul(&left, &v)
			n := float64(step + 1)
			for i, sigma := range svd.Values(nil) {
				for j := range svd.Values(nil) {
					got := middle.At(i, j)
					switch {
					case i != j && math.Abs(got) > 1e-3:
						t.Errorf("%v, step %d: it turns direction %d to %d by %g", dims, step, i, j, got)
					case i == j && sigma > svd.Values(nil)[0]/20 && !(got > 0.6*n && got < 1.3*n):
						t.Errorf("%v, step %d: direction %d, singular value %g: moved by %g", dims, step, i, sigma, got)
					}
				}
			}
		}
		for _, name := range []string{"embedding", "bias"} {
			for i, v := range tensors.MustCopyFlatData[float32](gradients[name]) {
				want := -rate * math.Copysign(1, float64(v))
				if got := history[0][name][i]; !(math.Abs(float64(got)-want) <= 1e-3*rate) {
					t.Fatalf("%s[%d] moved by %g, by Adam %g", name, i, got, want)
				}
			}
		}
	}
	few := map[string]*tensors.Tensor{"weights": normal(40, 4)}
	byAdam := follow(t, optimizer.Settings{LearningRate: rate}, few, steps)
	byMuon := follow(t, optimizer.Settings{Rule: optimizer.Muon, LearningRate: rate}, few, steps)
	for i, want := range byAdam[steps-1]["weights"] {
		if got := byMuon[steps-1]["weights"][i]; got != want {
			t.Fatalf("a matrix of four columns: element %d is %g, by Adam %g", i, got, want)
		}
	}
}

func TestRules(t *testing.T) {
	for _, name := range optimizer.RuleNames() {
		if rule, err := optimizer.RuleByName(name); err != nil || rule.String() != name {
			t.Errorf("%s: %v (%v)", name, rule, err)
		}
	}
	if _, err := optimizer.RuleByName("sgd"); err == nil {
		t.Error("sgd: no error")
	}
}
