package science_test

import (
	"fmt"
	"image/color"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/science"
	"github.com/amgen/amgen/flows/solve"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// Unbalanced Action Matching has the masses of the mixture at t = 1 within 3 per cent of the truth, 0.2 and 0.8, where
// the particles stay on their sides; AM can't but move them across. With -results DIR it draws both.
func TestGrowthChangesMasses(t *testing.T) {
	p := open(t, "mass-mixture", science.Options{Batch: 256, Seed: 1})
	const n = 4000
	start, err := p.Source(2, 0, n)
	if err != nil {
		t.Fatal(err)
	}
	var panels []*plot.Plot
	for _, growth := range []bool{true, false} {
		steps := 1600
		if !growth && *results == "" {
			steps = 400 // enough to see them cross
		}
		r := run{testBackend(t), p, signed(64, 64), flows.ActionMatching{Weight: flows.Constant,
			Dynamics: flows.Dynamics{Growth: growth}},
			flows.TrainerConfig{LearningRate: 5e-3, Warmup: 20, ClipNorm: 10, EMADecay: 0.99, EMAWarmup: true, Seed: 1},
			steps}
		sampler, took := r.sampler(t)
		from, err := start.LocalClone() // a tensor belongs to one backend
		if err != nil {
			t.Fatal(err)
		}
		end, err := sampler.Follow(t.Context(), solve.Heun{Steps: 40}, from, 0, 1,
			flows.FollowOptions{Times: evenTimes(41)})
		if err != nil {
			t.Fatal(err)
		}
		m := massesOf(t, start, end)
		// What particles start with has an error of its own, which growth multiplies: 0.8/0.2 on the right.
		wantRight, wantLeft := m.before/0.2*0.8, (1-m.before)/0.8*0.2
		t.Logf("| growth %t | %.1f s | mass on the right %.4f of %.4f (%.4f expected of these particles) | crossed "+
			"%.3f |",
			growth, took.Seconds(), m.right, m.right+m.left, wantRight, m.crossed)
		if growth && (off(m.right/wantRight, 1, 0.03) || off(m.left/wantLeft, 1, 0.03) || !(m.crossed <= 0.02)) {
			t.Errorf("mass %.4f on the right and %.4f on the left, want %.4f and %.4f within 3 %%; %.4f crossed",
				m.right, m.left, wantRight, wantLeft, m.crossed)
		}
		// 0.25 cross after 400 steps, and with growth 0.02 after as many.
		if !growth && !(m.crossed >= 0.1) {
			t.Errorf("without growth %.4f crosses, want 0.1 at least", m.crossed)
		}
		if *results != "" {
			name := "AM: particles cross"
			if growth {
				name = "uAM: weights change"
			}
			title := fmt.Sprintf("%s; on the right at the end %.2f (truth 0.80)", name, m.right)
			panels = append(panels, wayPanel(t, title, end.Trajectory))
		}
		end.Finalize()
	}
	if *results != "" {
		drawPanels(t, "mass-mixture", panels)
	}
}

func evenTimes(n int) []float64 {
	times := make([]float64, n)
	for i := range times {
		times[i] = float64(i) / float64(n-1)
	}
	return times
}

// masses are weights of particles, of 1 at the start.
type masses struct {
	before      float64 // on the right at the start
	right, left float64 // at the end
	crossed     float64 // particles that changed sides
}

func massesOf(t *testing.T, start *tensors.Tensor, end flows.Particles) (m masses) {
	t.Helper()
	from, to := rows(t, start, nil), rows(t, end.X, nil)
	for i := range to {
		weight := 1 / float64(len(to))
		wasRight, isRight := from[i][0] > 0, to[i][0] > 0
		if wasRight {
			m.before += weight
		}
		if wasRight != isRight {
			m.crossed += weight
		}
		if end.LogWeights != nil {
			weight *= math.Exp(end.LogWeights[i])
		}
		if isRight {
			m.right += weight
		} else {
			m.left += weight
		}
	}
	return m
}

// wayPanel draws the first coordinate of some particles over time, blue from the left and red from the right, in lines
// as wide as their weight.
func wayPanel(t *testing.T, title string, way []flows.State) *plot.Plot {
	t.Helper()
	const shown = 150
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = title, "t", "coordinate 1"
	var states [][][]float64
	for _, m := range way {
		states = append(states, rows(t, m.X, nil))
	}
	for i := range shown {
		tint := color.NRGBA{30, 90, 200, 150}
		if states[0][i][0] > 0 {
			tint = color.NRGBA{200, 50, 30, 150}
		}
		for k := range len(way) - 1 {
			line, err := plotter.NewLine(plotter.XYs{{X: way[k].T, Y: states[k][i][0]},
				{X: way[k+1].T, Y: states[k+1][i][0]}})
			if err != nil {
				t.Fatal(err)
			}
			line.Color, line.Width = tint, vg.Points(0.5)
			if way[k].LogWeights != nil {
				line.Width = vg.Points(0.5 * math.Exp(way[k].LogWeights[i]))
			}
			p.Add(line)
		}
	}
	p.Y.Min, p.Y.Max = -4, 6 // whoever goes further leaves the picture
	return p
}

// drawPanels writes plots side by side to the folder of results.
func drawPanels(t *testing.T, name string, panels []*plot.Plot) {
	t.Helper()
	canvas := vgimg.New(vg.Length(len(panels))*12*vg.Centimeter, 8*vg.Centimeter)
	tiles := draw.Tiles{Rows: 1, Cols: len(panels), PadX: vg.Centimeter / 2}
	for i, p := range panels {
		p.Draw(tiles.At(draw.New(canvas), i, 0))
	}
	f, err := os.Create(filepath.Join(*results, name+".png"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := (vgimg.PngCanvas{Canvas: canvas}).WriteTo(f); err != nil {
		t.Fatal(err)
	}
}
