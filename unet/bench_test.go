package unet

import (
	"fmt"
	"testing"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
)

// stepGraph is an Action Matching step on the linear path without the optimiser: the loss and its gradients by all
// parameters. data [batch, size, size, channels] in [-1, 1].
func stepGraph(cfg Config, estimator string) func(vars *mlcontext.Context, data *Node) []*Node {
	action := Action(cfg)
	return func(vars *mlcontext.Context, data *Node) []*Node {
		g, batch := data.Graph(), data.Shape().Dimensions[0]
		vars.SetTraining(g, true)
		noise := vars.RandomNormal(g, data.Shape())
		t := Identity(vars.RandomUniform(g, shapes.Make(data.DType(), batch)))
		at := Reshape(t, batch, 1, 1, 1)
		x := Identity(StopGradient(Add(noise, Mul(at, Sub(data, noise)))))
		s := action(vars, t, x)
		d := Gradient(ReduceAllSum(s), t, x)
		dt, dx := d[0], d[1]
		var loss *Node
		switch estimator {
		case "pathwise":
			loss = ReduceSum(Mul(dx, Sub(MulScalar(dx, 0.5), Sub(data, noise))), 1, 2, 3)
		case "boundary":
			kinetic := MulScalar(ReduceSum(Square(dx), 1, 2, 3), 0.5)
			loss = Sub(Mul(OneMinus(StopGradient(t)), Add(kinetic, dt)), s)
			loss = Add(loss, action(vars, ZerosLike(t), noise))
		default:
			panic(fmt.Errorf("unet: unknown estimator %q", estimator))
		}
		loss = ReduceAllMean(loss)
		return append([]*Node{loss}, vars.BuildTrainableVariablesGradientsGraph(loss)...)
	}
}

func velocityGraph(cfg Config) func(vars *mlcontext.Context, x *Node) []*Node {
	action := Action(cfg)
	return func(vars *mlcontext.Context, x *Node) []*Node {
		x = Identity(x)
		t := FillScalar(x.Graph(), shapes.Make(x.DType(), x.Shape().Dimensions[0]), 0.5)
		return Gradient(ReduceAllSum(action(vars, t, x)), x)
	}
}

// BenchmarkTiny measures a training step (without the optimiser) and one velocity ∇ₓs of the tiny preset, batch 32.
func BenchmarkTiny(b *testing.B) {
	cfg, batch := Presets["tiny"], 32
	for _, c := range []struct {
		name  string
		graph func(vars *mlcontext.Context, data *Node) []*Node
	}{
		{"estimator=pathwise", stepGraph(cfg, "pathwise")},
		{"estimator=boundary", stepGraph(cfg, "boundary")},
		{"velocity", velocityGraph(cfg)},
	} {
		b.Run(c.name, func(b *testing.B) {
			backend, err := backends.NewWithConfig(benchBackend())
			if err != nil {
				b.Fatal(err)
			}
			defer backend.Finalize()
			vars := mlcontext.New()
			if err := vars.SetRNGStateFromSeed(1); err != nil {
				b.Fatal(err)
			}
			exec := mlcontext.MustNewExec(backend, vars, c.graph)
			data := tensors.FromShape(shapes.Make(dtypes.Float32, batch, cfg.Size, cfg.Size, cfg.Channels))
			run := func() {
				for _, out := range exec.MustExec(data) {
					out.FinalizeAll()
				}
			}
			run()
			for b.Loop() {
				run()
			}
			b.ReportMetric(float64(cfg.FLOPs(batch)), "flops-forward")
		})
	}
}
