package draw

import (
	"fmt"
	"image"
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"

	"github.com/amgen/amgen/run/plane"
)

// panel is points with a title.
type panel struct {
	title  string
	points [][2]float64
}

// sideBySide draws the data on the left, and on the right the samples over them, with the same axes.
func sideBySide(in plane.Plane, b bounds, data, samples panel) (image.Image, error) {
	faint := color.NRGBA{R: 190, G: 190, B: 190, A: 255}
	left, err := scatterPlot(data.title, in, b, layer{data.points, color.NRGBA{R: 90, G: 90, B: 90, A: 110}})
	if err != nil {
		return nil, err
	}
	right, err := scatterPlot(samples.title, in, b, layer{data.points, faint},
		layer{samples.points, color.NRGBA{R: 31, G: 119, B: 180, A: 130}})
	if err != nil {
		return nil, err
	}
	canvas := vgimg.New(18*vg.Centimeter, 9*vg.Centimeter)
	tiles := draw.Tiles{Rows: 1, Cols: 2, PadX: 0.5 * vg.Centimeter, PadLeft: 0.2 * vg.Centimeter,
		PadRight: 0.4 * vg.Centimeter,
		PadTop:   0.2 * vg.Centimeter, PadBottom: 0.2 * vg.Centimeter}
	plots := [][]*plot.Plot{{left, right}}
	for k, c := range plot.Align(plots, tiles, draw.New(canvas))[0] {
		plots[0][k].Draw(c)
	}
	return canvas.Image(), nil
}

// layer is points of one colour.
type layer struct {
	points [][2]float64
	color  color.Color
}

// scatterPlot draws the points that are within the bounds.
func scatterPlot(title string, in plane.Plane, b bounds, layers ...layer) (*plot.Plot, error) {
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = title, in.X.Name, in.Y.Name
	for _, l := range layers {
		var xys plotter.XYs
		for _, q := range l.points {
			if q[0] >= b.low[0] && q[0] <= b.high[0] && q[1] >= b.low[1] && q[1] <= b.high[1] {
				xys = append(xys, plotter.XY{X: q[0], Y: q[1]})
			}
		}
		if len(xys) == 0 {
			continue
		}
		points, err := plotter.NewScatter(xys)
		if err != nil {
			return nil, fmt.Errorf("plot points: %w", err)
		}
		points.Radius, points.Color, points.Shape = vg.Points(1.2), l.color, draw.CircleGlyph{}
		p.Add(points)
	}
	// Adding widens the axes by what is added: the bounds are to hold.
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = b.low[0], b.high[0], b.low[1], b.high[1]
	return p, nil
}
