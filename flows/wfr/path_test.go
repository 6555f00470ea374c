package wfr_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/gomlx/backends"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"

	_ "github.com/amgen/amgen/backends/simd"
	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/wfr"
)

func testBackend(t testing.TB) backends.Backend {
	t.Helper()
	backend, err := backends.NewWithConfig("simd")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(backend.Finalize)
	return backend
}

// row is the pair of a geodesic as [wfr.Pairs] has it.
func row(g wfr.Geodesic) []float32 {
	d := 0.0
	for k := range g.From {
		d += (g.To[k] - g.From[k]) * (g.To[k] - g.From[k])
	}
	angle, end := math.Sqrt(d)/(2*g.Delta), math.Sqrt(g.MassTo)
	sinc := end
	if angle > 0 {
		sinc = end * math.Sin(angle) / angle
	}
	var out []float32
	for _, v := range append(append(append([]float64(nil), g.From...), g.To...), math.Sqrt(g.MassFrom),
		end*math.Cos(angle), end*math.Sin(angle), sinc) {
		out = append(out, float32(v))
	}
	return out
}

// Along the path, places, velocities and masses are those of the geodesics of each interval: to the rounding of
// float32.
func TestPathFollowsGeodesics(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	const batch, dim = 64, 3
	path := wfr.Path{Times: []float64{0, 0.3, 1}, Masses: []float64{1, 1, 1}}
	geodesics := make([][2]wfr.Geodesic, batch)
	var flat, times []float32
	for i := range batch {
		for k := range 2 {
			g := random(rng, dim)
			switch i {
			case 0: // dies
				g.To, g.MassTo = g.From, 0
			case 1: // is born
				g.From, g.MassFrom = g.To, 0
			case 2: // stays
				g.To = g.From
			}
			geodesics[i][k] = g
			flat = append(flat, row(g)...)
		}
		times = append(times, float32(i+1)/(batch+1))
	}
	data := tensors.FromFlatDataAndDimensions(flat, batch, 2, 2*dim+4)
	out, err := mlcontext.ExecOnceN(testBackend(t), mlcontext.New(),
		func(vars *mlcontext.Context, data, at *Node) []*Node {
			c := path.Draw(vars, data)
			x, v := c.At(at)
			mass, rate, _ := c.Mass(at)
			return []*Node{x, v, mass, rate, c.Start, c.End}
		}, data, tensors.FromFlatDataAndDimensions(times, batch))
	if err != nil {
		t.Fatal(err)
	}
	get := func(k int) []float32 { return tensors.MustCopyFlatData[float32](out[k]) }
	for i, at := range times {
		k, start, length := 0, 0.0, 0.3
		if at >= 0.3 {
			k, start, length = 1, 0.3, 0.7
		}
		want := geodesics[i][k].At((float64(at) - start) / length)
		const tolerance = 2e-5 // of numbers up to about 30, in float32
		if off(float64(get(2)[i])/want.Mass, 1, tolerance) ||
			off(float64(get(3)[i])/(want.Mass*want.Growth/length), 1, 1e-3) {
			t.Errorf("curve %d at %g: mass %g, rate %g; want %g, %g", i, at, get(2)[i], get(3)[i], want.Mass,
				want.Mass*want.Growth/length)
		}
		for c := range dim {
			x, v := float64(get(0)[i*dim+c]), float64(get(1)[i*dim+c])
			if off(x, want.X[c], tolerance*10) || off(v, want.Velocity[c]/length, tolerance*(10+math.Abs(v))) {
				t.Errorf("curve %d at %g, coordinate %d: x %g, v %g; want %g, %g", i, at, c, x, v, want.X[c],
					want.Velocity[c]/length)
			}
			if get(4)[i*dim+c] != float32(geodesics[i][0].From[c]) ||
				get(5)[i*dim+c] != float32(geodesics[i][1].To[c]) {
				t.Errorf("curve %d doesn't start and end at its points", i)
			}
		}
	}
}

// gridTimes are the middles of equal parts of [0, 1].
type gridTimes struct{}

func (gridTimes) Draw(_ *mlcontext.Context, g *Graph, shape shapes.Shape) (t, density *Node) {
	n := shape.Dimensions[0]
	return DivScalar(AddScalar(Iota(g, shape, 0), 0.5), float64(n)), Ones(g, shape)
}

// onePath is a path without the division by a total.
type onePath struct{ wfr.Path }

func (p onePath) Draw(vars *mlcontext.Context, data *Node) flows.Curves {
	c := p.Path.Draw(vars, data)
	mass := c.Mass
	c.Mass = func(t *Node) (m, rate, total *Node) { m, rate, _ = mass(t); return m, rate, OnesLike(m) }
	return c
}

// On one and the same curve through two intervals, seen at very many times, the pathwise and the boundary estimator are
// the same number for any action and any weight: d/dt (w m s) is integrated along the curve. It holds with masses
// alone.
func TestEstimatorsAgreeOnMasses(t *testing.T) {
	const batch, dim = 20000, 2
	a := wfr.Geodesic{Delta: 1.5, From: []float64{0, 0.5}, To: []float64{1, -0.2}, MassFrom: 1, MassTo: 3}
	b := wfr.Geodesic{Delta: 1.5, From: a.To, To: []float64{0.3, 0.8}, MassFrom: 3, MassTo: 0.4}
	var flat []float32
	for range batch {
		flat = append(append(flat, row(a)...), row(b)...)
	}
	data := tensors.FromFlatDataAndDimensions(flat, batch, 2, 2*dim+4)
	path := onePath{wfr.Path{Times: []float64{0, 0.4, 1}, Masses: []float64{1, 3, 0.4}}}
	action := flows.Action(func(_ *mlcontext.Context, t, x *Node) *Node { // sin(x₀ + 2t) x₁ + t x₀²
		c := func(k int) *Node { return Squeeze(Slice(x, AxisRange(), AxisElem(k)), 1) }
		return Add(Mul(Sin(Add(c(0), MulScalar(t, 2))), c(1)), Mul(t, Square(c(0))))
	})
	backend := testBackend(t)
	for _, weight := range []flows.Weight{flows.Constant, flows.CubicDecay} {
		var mean [2]float64
		for k, estimator := range []flows.Estimator{flows.Pathwise, flows.Boundary} {
			am := flows.ActionMatching{Weight: weight, Estimator: estimator,
				Dynamics: flows.Dynamics{Growth: true, GrowthCost: 1.5}}
			out, err := mlcontext.ExecOnce(backend, mlcontext.New(), func(vars *mlcontext.Context, data *Node) *Node {
				return ReduceAllMean(am.Loss(vars, action, path, gridTimes{}, data))
			}, data)
			if err != nil {
				t.Fatal(err)
			}
			mean[k] = float64(tensors.ToScalar[float32](out))
		}
		if off(mean[0], mean[1], 2e-4) || math.Abs(mean[0]) < 0.01 {
			t.Errorf("%s: pathwise %.6f, boundary %.6f", weight.Name, mean[0], mean[1])
		}
	}
}

// A model of a path that carries mass has to have growth.
func TestMassesNeedGrowth(t *testing.T) {
	model := flows.Model{Action: flows.MLP{}.Signed(), Path: wfr.Path{Times: []float64{0, 1}, Masses: []float64{1, 2}}}
	for _, objective := range []flows.Objective{flows.ActionMatching{}, flows.FlowMatching{}} {
		model.Objective = objective
		if _, err := flows.NewSampler(testBackend(t), mlcontext.New(), model); err == nil {
			t.Errorf("%T without growth: no error", objective)
		}
	}
}
