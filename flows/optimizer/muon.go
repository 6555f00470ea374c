package optimizer

import (
	"math"
	"path"
	"strings"

	. "github.com/gomlx/gomlx/pkg/core/graph"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
	"github.com/gomlx/gomlx/pkg/ml/context/initializers"
	"github.com/gomlx/gomlx/pkg/ml/train/optimizers"
)

// MuonScope is the context's scope for the momentum of the parameters that [Muon] updates: that of parameter /a/b is
// variable /muon/a/b.
const MuonScope = "/muon"

const (
	muonMomentum = 0.95
	muonScale    = 0.2 // root mean square of an update by Adam, for which a learning rate is chosen
	muonLeast    = 8   // rows and columns of a matrix that is worth it
	muonSteps    = 5   // of the Newton–Schulz iteration
)

// byMuon tells whether [Muon] updates a parameter of that name and shape: matrices, and kernels of convolutions as
// matrices from all that they read to the channels that they write, with at least 8 rows and columns. Adam updates the
// rest, embeddings of classes included, whose rows aren't used alike.
func byMuon(name string, dims []int) bool {
	rows, columns := asMatrix(dims)
	return path.Base(name) == "weights" && min(rows, columns) >= muonLeast
}

// asMatrix are the rows and columns of a parameter; 0 if it is no matrix.
func asMatrix(dims []int) (rows, columns int) {
	if len(dims) < 2 {
		return 0, 0
	}
	rows, columns = 1, dims[len(dims)-1]
	for _, d := range dims[:len(dims)-1] {
		rows *= d
	}
	return rows, columns
}

// State names the variables in which an optimizer keeps what it remembers of a parameter, /a/b, beside its averages.
func State(rule Rule, parameter string, dims []int) []string {
	if rule == Muon && byMuon(parameter, dims) {
		return []string{MuonScope + parameter}
	}
	adam := "/" + optimizers.AdamDefaultScope + parameter
	return []string{adam + "_1st_moment", adam + "_2nd_moment"}
}

// muon builds the updates of Muon, for momentum m of gradient G,
//
//	m ← 0.95 m + 0.05 G,  W ← W − rate · 0.2 · √max(rows, columns) · UVᵀ,
//
// where UΣVᵀ is the singular value decomposition of 0.95 m + 0.05 G. The factor gives an update the root mean square of
// Adam's, so that the learning rate of one serves the other. Jordan et al. 2024, Muon; Liu et al. 2025, Muon is
// scalable for LLM training, equation 4.
func muon(vars *mlcontext.Context, params []*mlcontext.Variable, grads []*Node, rate *Node) {
	vars = vars.Checked(false).WithInitializer(initializers.Zero)
	for i, v := range params {
		grad := grads[i]
		momentum := vars.InAbsPath(MuonScope+strings.TrimSuffix(v.Scope(), mlcontext.RootScope)).
			VariableWithShape(v.Name(), v.Shape()).SetTrainable(false)
		m := Add(MulScalar(momentum.ValueGraph(grad.Graph()), muonMomentum), MulScalar(grad, 1-muonMomentum))
		momentum.SetValueGraph(m)
		ahead := Add(MulScalar(m, muonMomentum), MulScalar(grad, 1-muonMomentum))
		rows, columns := asMatrix(v.Shape().Dimensions)
		step := orthogonal(Reshape(ahead, rows, columns))
		step = Mul(step, MulScalar(ConvertDType(rate, step.DType()), muonScale*math.Sqrt(float64(max(rows, columns)))))
		v.SetValueGraph(Sub(v.ValueGraph(grad.Graph()), Reshape(step, v.Shape().Dimensions...)))
	}
}

// orthogonal is nearly UVᵀ of a matrix UΣVᵀ: its singular values are within 0.3 of 1, but for those far below the
// largest. Five steps of X ← aX + (bA + cA²)X, A = XXᵀ, from X of norm 1. Jordan et al. 2024.
func orthogonal(x *Node) *Node {
	const a, b, c = 3.4445, -4.7750, 2.0315
	tall := x.Shape().Dimensions[0] > x.Shape().Dimensions[1]
	if tall {
		x = Transpose(x, 0, 1)
	}
	x = Div(x, AddScalar(Sqrt(ReduceAllSum(Square(x))), 1e-7))
	for range muonSteps {
		gram := Einsum("ik,jk->ij", x, x)
		poly := Add(MulScalar(gram, b), MulScalar(Einsum("ij,jk->ik", gram, gram), c))
		x = Add(MulScalar(x, a), Einsum("ij,jk->ik", poly, x))
	}
	if tall {
		x = Transpose(x, 0, 1)
	}
	return x
}
