package train

import (
	"bytes"
	"fmt"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
)

// The colours of the curve: single steps recede, the trend stands out.
var (
	gray = color.Gray{Y: 170}
	blue = color.RGBA{R: 31, G: 119, B: 180, A: 255}
)

// writeLossCurve draws loss.png: every logged loss, and its running median, which shows the trend through the
// noise of single batches. The axis spans the 1st to the 99th percentile, so that one wild step hides nothing.
func writeLossCurve(path string, lines []Stat) error {
	lines = slices.DeleteFunc(slices.Clone(lines), func(l Stat) bool {
		return math.IsNaN(l.Loss) || math.IsInf(l.Loss,
			0)
	})
	if len(lines) < 2 {
		return nil
	}
	var raw, smooth plotter.XYs
	var sorted []float64
	half := min(25, len(lines)/30) // of the window of the running median
	for i, line := range lines {
		var near []float64
		for _, l := range lines[max(0, i-half):min(len(lines), i+half+1)] {
			near = append(near, l.Loss)
		}
		slices.Sort(near)
		raw = append(raw, plotter.XY{X: float64(line.Step), Y: line.Loss})
		smooth = append(smooth, plotter.XY{X: float64(line.Step), Y: near[len(near)/2]})
		sorted = append(sorted, line.Loss)
	}
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = "training loss", "step", "loss"
	p.Add(plotter.NewGrid())
	points, err := plotter.NewScatter(raw)
	if err != nil {
		return fmt.Errorf("plot loss: %w", err)
	}
	points.Radius, points.Color = vg.Points(1), gray
	line, err := plotter.NewLine(smooth)
	if err != nil {
		return fmt.Errorf("plot loss: %w", err)
	}
	line.Width, line.Color = vg.Points(1.5), blue
	p.Add(points, line)
	p.Legend.Add("each logged step", points)
	p.Legend.Add("running median", line)
	p.Legend.Top = true
	slices.Sort(sorted)
	low, high := sorted[len(sorted)/100], sorted[len(sorted)-1-len(sorted)/100]
	margin := 0.05*(high-low) + 1e-9
	p.Y.Min, p.Y.Max = low-margin, high+margin

	image, err := p.WriterTo(16*vg.Centimeter, 9*vg.Centimeter, "png")
	if err != nil {
		return fmt.Errorf("plot loss: %w", err)
	}
	var b bytes.Buffer
	if _, err := image.WriteTo(&b); err != nil {
		return fmt.Errorf("plot loss: %w", err)
	}
	return replaceOwn(path, b.Bytes())
}
