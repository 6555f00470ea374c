// Package curve draws how the loss of a run falls, and what evaluations found beside it.
package curve

import (
	"bytes"
	"fmt"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// Point is what is known of a step.
type Point struct {
	Step int
	Loss float64 // of the step's batch
	// HeldOut is the held-out loss and FID that of samples; nil where they weren't found.
	HeldOut, FID *float64
}

// The colours of the curve: single steps recede, the trend stands out.
var (
	gray   = color.Gray{Y: 175}
	blue   = color.RGBA{R: 31, G: 119, B: 180, A: 255}
	orange = color.RGBA{R: 213, G: 94, A: 255}
)

// The size of the picture, and of what is added to it for the FID.
const (
	width     = 18 * vg.Centimeter
	height    = 9 * vg.Centimeter
	fidHeight = 5 * vg.Centimeter
	gap       = 0.3 * vg.Centimeter
)

// PNG draws the loss of each point and its running median, which shows the trend through the noise of single batches,
// and the held-out loss; if there is any FID, that has axes of its own below. The axis of the loss is that of the steps
// after the first tenth, see [Axis]. Losses that aren't finite are left out. nil is for less than two points.
func PNG(points []Point) ([]byte, error) {
	points = slices.DeleteFunc(slices.Clone(points), func(p Point) bool {
		return math.IsNaN(p.Loss) || math.IsInf(p.Loss, 0)
	})
	if len(points) < 2 {
		return nil, nil
	}
	legend := plot.NewLegend()
	p, err := losses(points, &legend)
	if err != nil {
		return nil, fmt.Errorf("plot loss: %w", err)
	}
	rows, size := [][]*plot.Plot{{p}}, height
	q, err := fids(points, &legend)
	if err != nil {
		return nil, fmt.Errorf("plot FID: %w", err)
	}
	if q != nil {
		q.X.Min, q.X.Max = p.X.Min, p.X.Max
		rows, size = append(rows, []*plot.Plot{q}), height+fidHeight
	}
	canvas := vgimg.New(width, size)
	all := draw.New(canvas)
	legend.Top, legend.Left, legend.Padding = true, true, gap/2
	room := legend.Rectangle(all).Size().X + 2*gap
	inner := draw.Crop(all, gap/2, -room, gap/2, -gap/2)
	edges := []vg.Length{inner.Min.Y, inner.Max.Y}
	if q != nil {
		edges = []vg.Length{inner.Min.Y, inner.Min.Y + fidHeight, inner.Max.Y}
	}
	for i, at := range aligned(rows, inner, edges) {
		rows[i][0].Draw(at)
	}
	legend.Draw(draw.Crop(all, all.Size().X-room+gap, 0, 0, -gap))
	var b bytes.Buffer
	_, err = vgimg.PngCanvas{Canvas: canvas}.WriteTo(&b)
	return b.Bytes(), err
}

// aligned are the canvases of rows, the first at the top, whose axes begin and end at the same places. edges are the
// heights between rows, from below.
func aligned(rows [][]*plot.Plot, c draw.Canvas, edges []vg.Length) (list []draw.Canvas) {
	tiles := draw.Tiles{Rows: len(rows), Cols: 1}
	for i, row := range plot.Align(rows, tiles, c) {
		at := row[0] // of equal heights
		k := len(edges) - 2 - i
		at.Min.Y, at.Max.Y = edges[k], edges[k+1]
		list = append(list, at)
	}
	return list
}

// losses are the axes of the loss.
func losses(points []Point, legend *plot.Legend) (*plot.Plot, error) {
	p := plot.New()
	p.X.Label.Text, p.Y.Label.Text = "step", "loss"
	p.Add(plotter.NewGrid())
	each, err := plotter.NewScatter(xys(points, func(p Point) *float64 { return &p.Loss }))
	if err != nil {
		return nil, err
	}
	each.Radius, each.Color, each.Shape = vg.Points(1), gray, draw.CircleGlyph{}
	median := RunningMedian(points)
	trend, err := plotter.NewLine(median)
	if err != nil {
		return nil, err
	}
	trend.Width, trend.Color = vg.Points(1.5), blue
	p.Add(each, trend)
	legend.Add("training, a batch", each)
	legend.Add("its running median", trend)
	heldOut := xys(points, func(p Point) *float64 { return p.HeldOut })
	if len(heldOut) > 0 {
		if err := markedLine(p, legend, "held-out examples", heldOut); err != nil {
			return nil, err
		}
	}
	p.X.Min, p.X.Max = 0, float64(points[len(points)-1].Step)
	outside := 0
	p.Y.Min, p.Y.Max, outside = Axis(points, append(slices.Clone(median), heldOut...))
	if outside > 0 {
		p.X.Label.Text = fmt.Sprintf("step (%d of %d batches lie beyond the axis of the loss)", outside, len(points))
	}
	return p, nil
}

// fids are the axes of the FID, nil without any.
func fids(points []Point, legend *plot.Legend) (*plot.Plot, error) {
	list := xys(points, func(p Point) *float64 { return p.FID })
	if len(list) == 0 {
		return nil, nil
	}
	p := plot.New()
	p.X.Label.Text, p.Y.Label.Text = "step", "FID of samples"
	p.Add(plotter.NewGrid())
	if err := markedLine(p, nil, "", list); err != nil {
		return nil, err
	}
	_, high := bounds(late(points, list))
	p.Y.Min, p.Y.Max = margins(0, high)
	return p, nil
}

// markedLine joins few points, of which each is marked; legend may be nil.
func markedLine(p *plot.Plot, legend *plot.Legend, name string, list plotter.XYs) error {
	line, marks, err := plotter.NewLinePoints(list)
	if err != nil {
		return err
	}
	line.Color, line.Width = orange, vg.Points(1.2)
	marks.Color, marks.Radius, marks.Shape = orange, vg.Points(2.2), draw.CircleGlyph{}
	p.Add(line, marks)
	if legend != nil {
		legend.Add(name, line, marks)
	}
	return nil
}
