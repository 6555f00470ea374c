package cells

import (
	"fmt"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/amgen/amgen/internal/mistake"
)

// mostPanels bounds the columns that a picture of trends shows.
const mostPanels = 24

// Picture writes a picture of the trend into a .png or .svg: a panel for each column with its mean, the band from 5 to
// 95 % of the population, and the measured means as points, hollow where a time was left out of training. Of several
// runs the lines of the least and the greatest mean are drawn too.
func (t *Trend) Picture(path string) error {
	n := len(t.Columns)
	if n > mostPanels {
		return mistake.New("a picture has at most %d columns, got %d; choose some by {columns}", mostPanels, n)
	}
	across := min(n, 3)
	if n == 2 || n == 4 {
		across = 2
	}
	down := (n + across - 1) / across
	plots := make([][]*plot.Plot, down)
	legend := plot.NewLegend()
	for j := range down * across {
		var p *plot.Plot
		if j < n {
			var err error
			if p, err = t.panel(j, &legend); err != nil {
				return err
			}
		}
		plots[j/across] = append(plots[j/across], p)
	}
	width := vg.Length(across)*6.4*vg.Centimeter + 4.6*vg.Centimeter
	return paint(path, width, vg.Length(down)*5*vg.Centimeter, func(dc draw.Canvas) {
		legend.Top, legend.Left = true, true
		room := legend.Rectangle(dc).Size().X + 2*gap
		tiles := draw.Tiles{Rows: down, Cols: across, PadX: gap, PadY: gap, PadLeft: gap, PadTop: gap, PadBottom: gap}
		for i, row := range plot.Align(plots, tiles, draw.Crop(dc, 0, -room, 0, 0)) {
			for k, canvas := range row {
				if plots[i][k] != nil {
					plots[i][k].Draw(canvas)
				}
			}
		}
		legend.Draw(draw.Crop(dc, dc.Size().X-room+gap, 0, 0, -gap))
	})
}

// panel draws a column. The legend is filled in by the first.
func (t *Trend) panel(j int, legend *plot.Legend) (*plot.Plot, error) {
	p := plot.New()
	p.X.Label.Text, p.Y.Label.Text = printed(t.timeName), printed(t.Columns[j])
	add := func(name string, what thumbed) {
		if p.Add(what); j == 0 && name != "" {
			legend.Add(name, what)
		}
	}
	line := func(values []float64) plotter.XYs {
		points := make(plotter.XYs, len(values))
		for i, v := range values {
			points[i] = plotter.XY{X: t.Times[i], Y: v}
		}
		return points
	}
	low, high, mean := line(t.Low[j]), line(t.High[j]), line(t.Mean[j])
	around := append(plotter.XYs{}, low...)
	for i := range high {
		around = append(around, high[len(high)-1-i])
	}
	band, err := plotter.NewPolygon(around)
	if err != nil {
		return nil, fmt.Errorf("cells: plot: %w", err)
	}
	band.Color, band.LineStyle.Width = sky, 0
	add("5 to 95 %", band)
	curve, err := plotter.NewLine(mean)
	if err != nil {
		return nil, fmt.Errorf("cells: plot: %w", err)
	}
	curve.Color, curve.Width = blue, vg.Points(1.6)
	name := "mean"
	if t.MeanLow != nil {
		name = fmt.Sprintf("mean of %d runs", t.Runs)
		for i, values := range [][]float64{t.MeanLow[j], t.MeanHigh[j]} {
			edge, err := plotter.NewLine(line(values))
			if err != nil {
				return nil, fmt.Errorf("cells: plot: %w", err)
			}
			edge.Color, edge.Width, edge.Dashes = dark, vg.Points(0.7), []vg.Length{vg.Points(3), vg.Points(2)}
			add([]string{"least, greatest mean", ""}[i], edge)
		}
	}
	add(name, curve)
	return p, t.addMeasured(j, add)
}

// thumbed is what a legend can show.
type thumbed interface {
	plot.Plotter
	plot.Thumbnailer
}

// addMeasured adds the measured means of a column.
func (t *Trend) addMeasured(j int, add func(name string, what thumbed)) error {
	for _, hollow := range []bool{false, true} {
		var points plotter.XYs
		for _, s := range t.Measured {
			if s.LeftOut == hollow {
				points = append(points, plotter.XY{X: s.Time, Y: s.Mean[j]})
			}
		}
		if points == nil {
			continue
		}
		measured, err := dots(points, orange)
		if err != nil {
			return err
		}
		name := "measured mean"
		if measured.Radius = vg.Points(2.6); hollow {
			name, measured.Shape = "left out of training", draw.RingGlyph{}
		}
		add(name, measured)
	}
	return nil
}
