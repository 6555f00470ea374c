package cells

import (
	"image/color"
	"io"
	"math"
	"path/filepath"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/palette"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"

	"github.com/amgen/amgen/internal/mistake"
	"github.com/amgen/amgen/internal/replace"
	"github.com/amgen/amgen/internal/terminal"
)

// PictureEndings are the endings of files that pictures are written to.
func PictureEndings() []string { return []string{".png", ".svg"} }

// paint writes a picture of a size into a file, by its ending.
func paint(path string, width, height vg.Length, onto func(dc draw.Canvas)) error {
	var canvas interface {
		vg.CanvasSizer
		io.WriterTo
	}
	switch strings.ToLower(filepath.Ext(path)) {
	case ".png":
		canvas = vgimg.PngCanvas{Canvas: vgimg.NewWith(vgimg.UseWH(width, height), vgimg.UseDPI(144))}
	case ".svg":
		canvas = vgsvg.New(width, height)
	default:
		return mistake.New("{output} %s has none of the endings of pictures; use %s", path,
			strings.Join(PictureEndings(), " or "))
	}
	dc := draw.New(canvas)
	dc.SetColor(color.White) // an SVG has no background of its own
	dc.Fill(dc.Rectangle.Path())
	onto(dc)
	return replace.Output(path, func(w io.Writer) error {
		_, err := canvas.WriteTo(w)
		return err
	})
}

// Colours that people with any colour vision can tell apart (Okabe and Ito 2008, Color Universal Design).
var (
	blue   = color.NRGBA{R: 0, G: 114, B: 178, A: 255}
	sky    = color.NRGBA{R: 86, G: 180, B: 233, A: 90}
	orange = color.NRGBA{R: 213, G: 94, B: 0, A: 255}
	dark   = color.NRGBA{R: 30, G: 30, B: 30, A: 255}
)

// colorAt is a map's colour of a value, of its nearest where it is beyond the ends.
func colorAt(m palette.ColorMap, value float64) color.Color {
	c, err := m.At(max(m.Min(), min(m.Max(), value)))
	if err != nil {
		return color.Gray{128}
	}
	return c
}

// mostOfName bounds names in pictures, in runes.
const mostOfName = 40

// printed is a name as a picture shows it.
func printed(name string) string { return terminal.Printable(name, mostOfName) }

// Widths of what stands to the right of the axes, and of the space between.
const (
	barWidth = 2.6 * vg.Centimeter
	gap      = 0.3 * vg.Centimeter
)

// withLegend draws a plot with a legend to the right of its axes.
func withLegend(dc draw.Canvas, p *plot.Plot, legend plot.Legend) {
	legend.Top, legend.Left = true, true
	width := legend.Rectangle(dc).Size().X + gap
	p.Draw(draw.Crop(dc, 0, -width, 0, 0))
	legend.Draw(draw.Crop(dc, dc.Size().X-width+gap/2, 0, 0, -gap))
}

// withBar draws a plot with a bar of colours to the right of its axes; what names the values.
func withBar(dc draw.Canvas, p *plot.Plot, colors palette.ColorMap, what string) {
	bar := plot.New()
	bar.Add(&plotter.ColorBar{ColorMap: colors, Vertical: true})
	bar.HideX()
	bar.Y.Label.Text = what
	bar.Title.Text = " " // as high as that of the plot
	bar.Y.Padding = 0
	p.Draw(draw.Crop(dc, 0, -barWidth, 0, 0))
	bar.Draw(draw.Crop(dc, dc.Size().X-barWidth+gap, -gap, dc.Size().Y/5, -dc.Size().Y/5))
}

// bounds set the axes of a plot so that all points are inside, with a margin.
func bounds(p *plot.Plot, points ...plotter.XYs) {
	low, high := plotter.XY{X: math.Inf(1), Y: math.Inf(1)}, plotter.XY{X: math.Inf(-1), Y: math.Inf(-1)}
	for _, list := range points {
		for _, q := range list {
			low.X, low.Y = min(low.X, q.X), min(low.Y, q.Y)
			high.X, high.Y = max(high.X, q.X), max(high.Y, q.Y)
		}
	}
	margin := func(low, high float64) float64 {
		const part = 0.04
		if high > low {
			return part * (high - low)
		}
		return max(1e-9, part*math.Abs(high))
	}
	x, y := margin(low.X, high.X), margin(low.Y, high.Y)
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = low.X-x, high.X+x, low.Y-y, high.Y+y
}
