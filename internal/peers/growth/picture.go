package main

import (
	"image/color"
	"io"
	"math"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"

	"github.com/amgen/amgen/internal/replace"
)

// Colours of what was measured, and of the model.
var (
	measured = color.RGBA{0x1f, 0x77, 0xb4, 0xff}
	modelled = color.RGBA{0x99, 0x99, 0x99, 0xff}
)

// figure is one of the two things that are drawn.
type figure struct {
	label    string
	measured func(r result) float64
	model    func(r result) float64
}

// drawing draws each sweep's times above its memory, with logarithmic axes: what is measured as points, the model as a
// line.
func drawing(path string, all []sweep, known map[size]result) error {
	m := fit(known)
	figures := []figure{
		{"step, ms", func(r result) float64 { return r.StepMS }, m.time},
		{"peak memory, MB", func(r result) float64 { return r.PeakMB }, m.memory},
	}
	plots := make([][]*plot.Plot, len(figures))
	for i, f := range figures {
		for _, s := range all {
			p, err := panel(f, s, known)
			if err != nil {
				return err
			}
			plots[i] = append(plots[i], p)
		}
	}
	canvas := vgimg.PngCanvas{Canvas: vgimg.NewWith(vgimg.UseDPI(100),
		vgimg.UseWH(vg.Length(len(all))*6*vg.Centimeter, 11*vg.Centimeter))}
	tiles := draw.Tiles{Rows: len(plots), Cols: len(all), PadX: vg.Centimeter / 2, PadY: vg.Centimeter / 2,
		PadTop: vg.Centimeter / 4, PadRight: vg.Centimeter / 4}
	for i, row := range plot.Align(plots, tiles, draw.New(canvas)) {
		for j, c := range row {
			plots[i][j].Draw(c)
		}
	}
	return replace.File(path, func(w io.Writer) error {
		_, err := canvas.WriteTo(w)
		return err
	})
}

// panel draws one figure against one way of growing.
func panel(f figure, s sweep, known map[size]result) (*plot.Plot, error) {
	p := plot.New()
	p.X.Label.Text, p.Y.Label.Text = s.name, f.label
	p.X.Scale, p.Y.Scale = plot.LogScale{}, plot.LogScale{}
	p.Y.Tick.Marker = plot.TickerFunc(steps)
	var points, line plotter.XYs
	var ticks plot.ConstantTicks
	for _, at := range s.sizes {
		x, r := float64(s.of(at)), known[at]
		points = append(points, plotter.XY{X: x, Y: f.measured(r)})
		line = append(line, plotter.XY{X: x, Y: f.model(r)})
		tick := plot.Tick{Value: x, Label: strconv.Itoa(s.of(at))}
		if n := s.of(at); n > 8 && n&(n-1) != 0 { // between two powers of 2, where there is no room
			tick.Label = ""
		}
		ticks = append(ticks, tick)
	}
	p.X.Tick.Marker = ticks
	p.Add(plotter.NewGrid())
	model, err := plotter.NewLine(line)
	if err != nil {
		return nil, err
	}
	model.Color, model.Width = modelled, vg.Points(1.5)
	scatter, err := plotter.NewScatter(points)
	if err != nil {
		return nil, err
	}
	scatter.GlyphStyle = draw.GlyphStyle{Color: measured, Radius: vg.Points(2.5), Shape: draw.CircleGlyph{}}
	p.Add(model, scatter)
	return p, nil
}

// steps are the ticks 1, 2 and 5 of each decade of a range.
func steps(low, high float64) (ticks []plot.Tick) {
	for decade := math.Pow(10, math.Floor(math.Log10(low))); decade <= high; decade *= 10 {
		for _, k := range []float64{1, 2, 5} {
			if v := k * decade; low <= v && v <= high {
				ticks = append(ticks, plot.Tick{Value: v, Label: strconv.FormatFloat(v, 'f', -1, 64)})
			}
		}
	}
	return ticks
}
