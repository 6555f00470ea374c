package flows_test

import (
	"math"
	"testing"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/solve"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
)

// photos are images whose value at (b, y, x, c) is known: 0.5·sin of a number of its own.
func photos(batch, size, channels int) (*tensors.Tensor, func(b, y, x, c int) float64) {
	at := func(b, y, x, c int) float64 { return 0.5 * math.Sin(float64(7*b+3*y*size+5*x+11*c)) }
	flat := make([]float32, 0, batch*size*size*channels)
	for b := range batch {
		for y := range size {
			for x := range size {
				for c := range channels {
					flat = append(flat, float32(at(b, y, x, c)))
				}
			}
		}
	}
	return tensors.FromFlatDataAndDimensions(flat, batch, size, size, channels), at
}

// begin returns the source of a path for such images, the condition and what is shown, indexed.
func begin(t *testing.T, path flows.Conditional, batch, size, channels int) (data, start, condition,
	shown func(b, y, x, c int) float64) {
	t.Helper()
	images, data := photos(batch, size, channels)
	noise, err := flows.Noise(41, 0, batch, size, size, channels)
	if err != nil {
		t.Fatal(err)
	}
	source, err := flows.Begin(testBackend(t), path, images, noise)
	if err != nil {
		t.Fatal(err)
	}
	index := func(x *tensors.Tensor) func(b, y, x, c int) float64 {
		flat, d := tensors.MustCopyFlatData[float32](x), x.Shape().Dimensions
		return func(b, y, x, c int) float64 { return float64(flat[((b*d[1]+y)*d[2]+x)*d[3]+c]) }
	}
	if got := source.Condition.Shape().Dimensions[3]; got != path.ConditionChannels(channels) {
		t.Fatalf("%T: the condition has %d channels, said %d", path, got, path.ConditionChannels(channels))
	}
	if !source.Shown.Shape().Equal(images.Shape()) {
		t.Fatalf("%T: shown is of shape %s, want that of the images, %s", path, source.Shown.Shape(), images.Shape())
	}
	return data, index(source.X), index(source.Condition), index(source.Shown)
}

// Colouring starts from grey with noise of deviation 0.1, is told the grey, and shows it.
func TestColorSource(t *testing.T) {
	const batch, size = 64, 8
	data, start, condition, shown := begin(t, flows.Color{}, batch, size, 3)
	var noise []float64
	for b := range batch {
		for y := range size {
			for x := range size {
				grey := 0.299*data(b, y, x, 0) + 0.587*data(b, y, x, 1) + 0.114*data(b, y, x, 2)
				if !(math.Abs(condition(b, y, x, 0)-grey) <= 1e-6) {
					t.Fatalf("condition %g, want the luma %g", condition(b, y, x, 0), grey)
				}
				for c := range 3 {
					noise = append(noise, start(b, y, x, c)-grey)
					if !(math.Abs(shown(b, y, x, c)-grey) <= 1e-6) {
						t.Fatalf("channel %d shows %g, want the luma %g", c, shown(b, y, x, c), grey)
					}
				}
			}
		}
	}
	if mean, stderr, deviation := summary(noise); math.Abs(mean) > 4*stderr || math.Abs(deviation-0.1) > 0.003 {
		t.Errorf("noise of mean %.4f ± %.4f and deviation %.4f, want 0 and 0.1", mean, stderr, deviation)
	}
}

// Super-resolution starts from the pixels of even rows and columns, and noise of N(0, 1) elsewhere; the condition is
// made of those pixels alone, which it has at their places' centres: bilinear weights 9/16, 3/16, 3/16, 1/16 inside.
// It is what is shown.
func TestSuperResSource(t *testing.T) {
	const batch, size = 16, 8
	data, start, condition, shown := begin(t, flows.SuperRes{}, batch, size, 3)
	var noise []float64
	for b := range batch {
		for y := range size {
			for x := range size {
				for c := range 3 {
					if shown(b, y, x, c) != condition(b, y, x, c) {
						t.Fatalf("pixel (%d, %d) shows %g, want the condition %g", y, x, shown(b, y, x, c),
							condition(b, y, x, c))
					}
					if y%2 == 0 && x%2 == 0 {
						if !(math.Abs(start(b, y, x, c)-data(b, y, x, c)) <= 1e-6) {
							t.Fatalf("pixel (%d, %d) of the source is %g, want the image's %g", y, x, start(b, y, x, c),
								data(b, y, x, c))
						}
						continue
					}
					noise = append(noise, start(b, y, x, c))
				}
			}
		}
	}
	if mean, stderr, deviation := summary(noise); math.Abs(mean) > 4*stderr || math.Abs(deviation-1) > 0.03 {
		t.Errorf("noise of mean %.4f ± %.4f and deviation %.4f, want 0 and 1", mean, stderr, deviation)
	}
	for _, at := range [][2]int{{1, 1}, {2, 3}, {4, 6}, {5, 4}} {
		y, x := at[0], at[1]
		near := func(i int) (int, int) { // the nearest small pixel and the next nearest
			if i%2 == 0 {
				return i / 2, i/2 - 1
			}
			return i / 2, i/2 + 1
		}
		y0, y1 := near(y)
		x0, x1 := near(x)
		small := func(y, x int) float64 { return data(3, 2*y, 2*x, 1) }
		want := (9*small(y0, x0) + 3*small(y0, x1) + 3*small(y1, x0) + small(y1, x1)) / 16
		if got := condition(3, y, x, 1); !(math.Abs(got-want) <= 1e-5) {
			t.Errorf("condition at (%d, %d) is %g, want %g", y, x, got, want)
		}
	}
}

// Inpainting is given the top in half of the images and the bottom in the others; the rest is noise of N(0, 1), the
// pixels that chose the half included, and shown as 0.
func TestInpaintSource(t *testing.T) {
	const batch, size = 4000, 4
	data, start, condition, shown := begin(t, flows.Inpaint{}, batch, size, 1)
	tops := 0
	var noise, corners []float64
	for b := range batch {
		top := condition(b, 0, 0, 0) == 1
		if top {
			tops++
		}
		for y := range size {
			given := (y < size/2) == top
			for x := range size {
				if (condition(b, y, x, 0) == 1) != given {
					t.Fatalf("image %d: the mask at row %d is %g, with the top given: %v", b, y, condition(b, y, x, 0),
						top)
				}
				if given && !(math.Abs(start(b, y, x, 0)-data(b, y, x, 0)) <= 1e-6) {
					t.Fatalf("image %d: a given pixel is %g, want %g", b, start(b, y, x, 0), data(b, y, x, 0))
				}
				want := 0.0
				if given {
					want = data(b, y, x, 0)
				}
				if !(math.Abs(shown(b, y, x, 0)-want) <= 1e-6) {
					t.Fatalf("image %d: row %d shows %g, want %g, given: %v", b, y, shown(b, y, x, 0), want, given)
				}
				if !given {
					noise = append(noise, start(b, y, x, 0))
				}
			}
		}
		if top {
			corners = append(corners, start(b, size-1, size-1, 0))
		} else {
			corners = append(corners, start(b, 0, 0, 0))
		}
	}
	if math.Abs(float64(tops)-batch/2) > 4*math.Sqrt(batch)/2 {
		t.Errorf("the top is given in %d of %d", tops, batch)
	}
	for name, sample := range map[string][]float64{"all pixels": noise, "choosing pixels": corners} {
		if mean, stderr, deviation := summary(sample); math.Abs(mean) > 4*stderr || math.Abs(deviation-1) > 0.05 {
			t.Errorf("%s: noise of mean %.4f ± %.4f and deviation %.4f, want 0 and 1", name, mean, stderr, deviation)
		}
	}
}

// The model sees the condition as further channels, at both ends and between, while loss and samples have those of the
// state alone. Here s = x·c: the flow adds the condition c, which is 1 in the given half. There x₀ = x₁, so ∇s·ẋ, and
// what s differs by at the ends, are 0, and the loss of every example is ½‖c‖² over 3 channels, ½·8·3.
func TestConditionReachesTheModel(t *testing.T) {
	backend := testBackend(t)
	const batch, size, channels = 2, 4, 3
	images, _ := photos(batch, size, channels)
	model := func(_ *mlcontext.Context, _, x *Node) *Node {
		if x.Shape().Dimensions[3] != channels+1 {
			t.Errorf("the model got x of shape %s", x.Shape())
		}
		state, condition := SliceAxis(x, 3, AxisRange(0, channels)), SliceAxis(x, 3, AxisRange(channels))
		return ReduceSum(Mul(state, condition), 1, 2, 3)
	}
	noise, err := flows.Noise(42, 0, batch, size, size, channels)
	if err != nil {
		t.Fatal(err)
	}
	source, err := flows.Begin(backend, flows.Inpaint{}, images, noise)
	if err != nil {
		t.Fatal(err)
	}
	sampler, err := flows.NewSampler(backend, mlcontext.New(), plain(model, flows.Inpaint{}))
	if err != nil {
		t.Fatal(err)
	}
	defer sampler.Finalize()
	particles, err := sampler.Follow(t.Context(), solve.Euler{Steps: 4}, source.X, 0, 1,
		flows.FollowOptions{Condition: source.Condition})
	if err != nil {
		t.Fatal(err)
	}
	from, to := tensors.MustCopyFlatData[float32](source.X), tensors.MustCopyFlatData[float32](particles.X)
	given := tensors.MustCopyFlatData[float32](source.Condition)
	for i := range to {
		if want := from[i] + given[i/channels]; !(math.Abs(float64(to[i]-want)) <= 1e-5) {
			t.Fatalf("element %d ends at %g, want %g", i, to[i], want)
		}
	}
	for _, e := range []flows.Estimator{flows.Pathwise, flows.Boundary} {
		vars := mlcontext.New().Checked(false)
		if err := vars.SetRNGStateFromSeed(43); err != nil {
			t.Fatal(err)
		}
		loss, err := mlcontext.ExecOnce(backend, vars, func(vars *mlcontext.Context, data *Node) *Node {
			am := flows.ActionMatching{Weight: flows.Constant, Estimator: e}
			return am.Loss(vars, model, flows.Inpaint{}, flows.UniformTimes{}, data)
		}, images)
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range float64s(t, loss) {
			if !(math.Abs(v-12) <= 1e-5) { // float32 numbers of order 10
				t.Errorf("%v: loss %g of example %d, want 12", e, v, i)
			}
		}
	}
}
