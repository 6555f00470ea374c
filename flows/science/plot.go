package science

import (
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"

	"github.com/amgen/amgen/flows/science/tables"
)

// Layer is a set of points to plot: float32 or float64 of [points, dim].
type Layer struct {
	Name   string // in the legend; empty for none
	Points *tensors.Tensor
	Hollow bool // rings rather than discs, "left out" in the legend: for what was left out of training
}

// Plot draws the first two coordinates of layers, coloured from the first to the last, and of trajectories: the
// states [particles, dim] of the same particles at successive times. It writes the [Picture] as a PNG. Its errors are
// those of Picture and of w.
func Plot(w io.Writer, title string, layers []Layer, trajectory []*tensors.Tensor) error {
	picture, err := Picture(title, nil, layers, trajectory)
	if err != nil {
		return err
	}
	return png.Encode(w, picture)
}

// Picture is what [Plot] draws, 16 × 12 cm at 96 pixels an inch. The axes are named by names, or "coordinate 1" and
// "coordinate 2" where there are none. Points that are neither float32 nor float64 of
// [points, dim], and numbers that are not finite, are errors.
func Picture(title string, names []string, layers []Layer, trajectory []*tensors.Tensor) (image.Image, error) {
	p, legend := plot.New(), plot.NewLegend()
	p.Title.Text = title
	for k, axis := range []*plot.Axis{&p.X, &p.Y} {
		axis.Label.Text = fmt.Sprintf("coordinate %d", k+1)
		if k < len(names) {
			axis.Label.Text = tables.Printed(names[k])
		}
	}
	paths, err := planePoints(trajectory...)
	if err != nil {
		return nil, err
	}
	for i := range lenOf(paths) {
		var line plotter.XYs
		for _, state := range paths {
			if i < len(state) {
				line = append(line, state[i])
			}
		}
		drawn, err := plotter.NewLine(line)
		if err != nil {
			return nil, fmt.Errorf("science: plot: %w", err)
		}
		drawn.Color, drawn.Width = color.Gray{170}, vg.Points(0.4)
		p.Add(drawn)
	}
	for k, layer := range layers {
		points, err := planePoints(layer.Points)
		if err != nil {
			return nil, err
		}
		dots, err := plotter.NewScatter(points[0])
		if err != nil {
			return nil, fmt.Errorf("science: plot: %w", err)
		}
		dots.Color, dots.Radius, dots.Shape = tint(k, len(layers)), vg.Points(1.6), draw.CircleGlyph{}
		if layer.Hollow {
			dots.Shape = draw.RingGlyph{}
		}
		p.Add(dots)
		if layer.Name != "" && inLegend(k, layers) {
			name := tables.Printed(layer.Name)
			if layer.Hollow {
				name += ", left out"
			}
			legend.Add(name, dots)
		}
	}
	canvas := vgimg.New(16*vg.Centimeter, 12*vg.Centimeter)
	beside(draw.New(canvas), p, legend)
	return canvas.Image(), nil
}

// inLegend tells whether layer k is in the legend: all are, or of too many for its height those at equal distances and
// those that were left out.
func inLegend(k int, layers []Layer) bool {
	const most = 24
	n := len(layers)
	return n <= most || layers[k].Hollow || k == n-1 || k%((n+most-1)/most) == 0
}

// beside draws a plot with its legend on the right of the axes, where it covers nothing.
func beside(c draw.Canvas, p *plot.Plot, legend plot.Legend) {
	legend.Top = true
	legend.Padding = vg.Points(2)
	const gap = 0.3 * vg.Centimeter
	width := legend.Rectangle(c).Size().X
	if width > 0 {
		right := draw.Crop(c, c.Max.X-c.Min.X-width-gap, -gap, 0, -p.Title.TextStyle.Height(p.Title.Text)-gap)
		legend.Draw(right)
		c = draw.Crop(c, 0, -width-2*gap, 0, 0)
	}
	p.Draw(c)
}

// lenOf is the number of particles of states, 0 of none.
func lenOf(states []plotter.XYs) int {
	if len(states) < 2 {
		return 0
	}
	return len(states[0])
}

// planePoints are the first two coordinates of tensors; the second is 0 in one dimension.
func planePoints(states ...*tensors.Tensor) ([]plotter.XYs, error) {
	var out []plotter.XYs
	for _, x := range states {
		switch {
		case x.Rank() == 2 && x.DType() == dtypes.Float32:
			out = append(out, inPlane(x.Shape().Dimensions[1], tensors.MustCopyFlatData[float32](x)))
		case x.Rank() == 2 && x.DType() == dtypes.Float64:
			out = append(out, inPlane(x.Shape().Dimensions[1], tensors.MustCopyFlatData[float64](x)))
		default:
			return nil, fmt.Errorf("science: plot of shape %s; give float32 or float64 points, [points, dim]",
				x.Shape())
		}
	}
	return out, nil
}

func inPlane[T float32 | float64](dim int, flat []T) plotter.XYs {
	points := make(plotter.XYs, 0, len(flat)/dim)
	for i := 0; i < len(flat); i += dim {
		point := plotter.XY{X: float64(flat[i])}
		if dim > 1 {
			point.Y = float64(flat[i+1])
		}
		points = append(points, point)
	}
	return points
}
