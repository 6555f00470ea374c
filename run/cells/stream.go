package cells

import (
	"fmt"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/amgen/amgen/flows/science"
	"github.com/amgen/amgen/run/plane"
)

// Size of a picture of cells.
const (
	pictureWidth  = 17 * vg.Centimeter
	pictureHeight = 12 * vg.Centimeter
)

// Picture writes a picture of the cells, coloured by their times, with arrows of the mean velocity of the cells nearby,
// into a .png or .svg. axes name the two coordinates that it shows: columns of the file or, for a run with principal
// components, PC1, PC2, …; nil are the first two. An arrow is as long as cells move in the time that the title names.
func (v *Velocity) Picture(path string, axes []string) error {
	c := v.cells
	plane, err := c.plane(axes)
	if err != nil {
		return err
	}
	places, velocities := c.places(plane), v.inPlane(plane)
	p := c.plot(plane)
	arrows := meanArrows(places, velocities)
	legend, err := c.addByTime(p, places)
	if err != nil {
		return err
	}
	p.Add(arrows)
	p.Title.Text = fmt.Sprintf("%s: motion in %s", printed(c.File()), within(arrows.time, c.TimeName()))
	bounds(p, places, arrows.tips())
	return paint(path, pictureWidth, pictureHeight, func(dc draw.Canvas) {
		if legend != nil {
			withLegend(dc, p, *legend)
			return
		}
		colors := science.TimeColors()
		colors.SetMin(slices.Min(c.Time))
		colors.SetMax(slices.Max(c.Time))
		withBar(dc, p, colors, printed(c.TimeName()))
	})
}

// plot is an empty one with the names of the axes.
func (c *Cells) plot(in plane.Plane) *plot.Plot {
	p := plot.New()
	p.X.Label.Text, p.Y.Label.Text = in.X.Name, in.Y.Name
	return p
}

// addByTime adds the cells, a colour for each time. The legend is nil where there are more times than it has room for.
func (c *Cells) addByTime(p *plot.Plot, places plotter.XYs) (*plot.Legend, error) {
	const room = 14
	times, colors := c.Times(), science.TimeColors()
	colors.SetMin(times[0])
	colors.SetMax(times[len(times)-1])
	legend := plot.NewLegend()
	legend.Add(printed(c.TimeName()))
	for k, rows := range c.snapshots.Population.Rows {
		var points plotter.XYs
		for _, row := range rows {
			points = append(points, places[row])
		}
		dots, err := dots(points, colorAt(colors, times[k]))
		if err != nil {
			return nil, err
		}
		p.Add(dots)
		legend.Add(fmt.Sprint(times[k]), dots)
	}
	if len(times) > room {
		return nil, nil
	}
	return &legend, nil
}

// dots are points of one colour.
func dots(points plotter.XYs, c color.Color) (*plotter.Scatter, error) {
	s, err := plotter.NewScatter(points)
	if err != nil {
		return nil, fmt.Errorf("cells: plot: %w", err)
	}
	s.Radius, s.Color, s.Shape = vg.Points(1.8), c, draw.CircleGlyph{}
	return s, nil
}

// arrows are motions of places in some time.
type arrows struct {
	from, velocity plotter.XYs
	time           float64
}

// Sizes of the grid of arrows.
const (
	arrowColumns = 22
	arrowRows    = 16
)

// meanArrows puts arrows on a grid where there are cells: the mean velocity of those nearby, by a Gaussian kernel of
// half a step of the grid.
func meanArrows(places, velocities plotter.XYs) *arrows {
	xmin, xmax, ymin, ymax := plotter.XYRange(places)
	stepX, stepY := (xmax-xmin)/arrowColumns, (ymax-ymin)/arrowRows
	a := &arrows{}
	if !(stepX > 0 && stepY > 0) {
		return a
	}
	for i := range arrowColumns + 1 {
		for k := range arrowRows + 1 {
			at := plotter.XY{X: xmin + float64(i)*stepX, Y: ymin + float64(k)*stepY}
			var near, vx, vy float64
			for row, q := range places {
				const width = 0.5 // steps
				dx, dy := (q.X-at.X)/stepX/width, (q.Y-at.Y)/stepY/width
				const far = 9 // exp(−½·9) is 1 %
				if square := dx*dx + dy*dy; square < far {
					w := math.Exp(-square / 2)
					near, vx, vy = near+w, vx+w*velocities[row].X, vy+w*velocities[row].Y
				}
			}
			const least = 1.5 // cells
			if near > least {
				a.from = append(a.from, at)
				a.velocity = append(a.velocity, plotter.XY{X: vx / near, Y: vy / near})
			}
		}
	}
	a.scale(stepX, stepY)
	return a
}

// scale chooses the time so that nearly all arrows are shorter than two steps of the grid; a number of one digit.
func (a *arrows) scale(stepX, stepY float64) {
	var lengths []float64
	for _, v := range a.velocity {
		if length := math.Hypot(v.X/stepX, v.Y/stepY); length > 0 {
			lengths = append(lengths, length)
		}
	}
	if len(lengths) == 0 {
		return
	}
	slices.Sort(lengths)
	const steps = 1.8
	time := steps / lengths[(len(lengths)-1)*9/10]
	digit := math.Pow(10, math.Floor(math.Log10(time)))
	a.time = math.Floor(time/digit) * digit
}

// tips are the ends of the arrows.
func (a *arrows) tips() plotter.XYs {
	tips := make(plotter.XYs, len(a.from))
	for i, from := range a.from {
		tips[i] = plotter.XY{X: from.X + a.time*a.velocity[i].X, Y: from.Y + a.time*a.velocity[i].Y}
	}
	return tips
}

// Plot implements [plot.Plotter]. Arrows have a bright edge, to be seen on dark cells.
func (a *arrows) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	for i, tip := range a.tips() {
		from, to := vg.Point{X: x(a.from[i].X), Y: y(a.from[i].Y)}, vg.Point{X: x(tip.X), Y: y(tip.Y)}
		for _, pen := range []struct {
			color color.Color
			width vg.Length
		}{{color.NRGBA{255, 255, 255, 200}, vg.Points(2.4)}, {color.Black, vg.Points(0.9)}} {
			c.SetColor(pen.color)
			c.SetLineWidth(pen.width)
			drawArrow(c, from, to)
		}
	}
}

// drawArrow draws the line and the head of an arrow, which has none where it has no length.
func drawArrow(c draw.Canvas, from, to vg.Point) {
	way := to.Sub(from)
	length := vg.Length(math.Hypot(float64(way.X), float64(way.Y)))
	if !(length > 0) {
		return
	}
	var line, head vg.Path
	line.Move(from)
	line.Line(to)
	c.Stroke(line)
	along := way.Scale(min(vg.Points(3.5), length) / length)
	aside := vg.Point{X: -along.Y * 0.45, Y: along.X * 0.45}
	head.Move(to)
	head.Line(to.Sub(along).Add(aside))
	head.Line(to.Sub(along).Sub(aside))
	head.Close()
	c.Stroke(head)
	c.Fill(head)
}
