package cells

import (
	"math"

	"gonum.org/v1/plot/palette/moreland"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Picture writes a picture of the cells, coloured by their growth, into a .png or .svg: red where they multiply and
// blue where they die. axes are those of [Velocity.Picture].
func (g *Growth) Picture(path string, axes []string) error {
	c := g.cells
	plane, err := c.plane(axes)
	if err != nil {
		return err
	}
	most := 0.0
	for _, rate := range g.Rate {
		most = max(most, math.Abs(rate))
	}
	if most == 0 {
		most = 1
	}
	colors := moreland.SmoothBlueRed()
	colors.SetMin(-most)
	colors.SetMax(most)
	colors.SetConvergePoint(0)
	places := c.places(plane)
	p := c.plot(plane)
	p.Title.Text = printed(c.File())
	cells, err := dots(places, nil)
	if err != nil {
		return err
	}
	cells.GlyphStyleFunc = func(i int) draw.GlyphStyle {
		return draw.GlyphStyle{Color: colorAt(colors, g.Rate[i]), Radius: vg.Points(1.8), Shape: draw.CircleGlyph{}}
	}
	p.Add(cells)
	bounds(p, places)
	what := "growth " + c.PerTime()
	return paint(path, pictureWidth, pictureHeight, func(dc draw.Canvas) { withBar(dc, p, colors, what) })
}
