package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/plot/plotter"
)

// The size of a chart in its own units, and of the margins around its axes.
const (
	chartWidth, chartHeight = 460, 250
	left, right             = 60, 24
	top, bottom             = 8, 30
	innerWidth              = chartWidth - left - right
	innerHeight             = chartHeight - top - bottom
)

// chart is curves over the steps, ready to be drawn as SVG.
type chart struct {
	Title string
	Lines []chartLine
	X, Y  []tick
	Notes []string
}

// chartLine is a curve: the d of an SVG path and the ends of its marks, within the axes.
type chartLine struct {
	Class string // of the style sheet
	Name  string
	Path  string
	Marks []mark
}

type mark struct{ X, Y, Title string }

// tick is a number beside an axis.
type tick struct{ At, Text string }

// curveOf is a curve before it has axes.
type curveOf struct {
	class, name string
	points      plotter.XYs
	marked      bool // each point is marked: there are few
}

// newChart puts curves between axes from 0 to the last step and from low to high. It is nil where there is nothing to
// draw.
func newChart(title string, curves []curveOf, low, high float64, notes ...string) *chart {
	last := 0.0
	for _, c := range curves {
		for _, p := range c.points {
			last = max(last, p.X)
		}
	}
	if span := high - low; !(last > 0) || !(span > 0) || math.IsInf(span, 0) {
		return nil
	}
	x := func(at float64) float64 { return at / last * innerWidth }
	// far beyond the axes is as good as farther, and SVG has no infinite coordinates
	y := func(at float64) float64 {
		return min(max((high-at)/(high-low)*innerHeight, -innerHeight), 2*innerHeight)
	}
	c := &chart{Title: title, Notes: notes}
	for _, of := range curves {
		line := chartLine{Class: of.class, Name: of.name}
		var path strings.Builder
		for k, p := range of.points {
			pen := "L"
			if k == 0 {
				pen = "M"
			}
			path.WriteString(pen + short(x(p.X)) + " " + short(y(p.Y)))
			if of.marked {
				line.Marks = append(line.Marks, mark{short(x(p.X)), short(y(p.Y)),
					fmt.Sprintf("%s%s at step %s", of.name, number(p.Y), count(int64(p.X)))})
			}
		}
		if len(of.points) == 1 {
			path.WriteString("h0.1")
		}
		line.Path = path.String()
		c.Lines = append(c.Lines, line)
	}
	for _, at := range ticks(low, high, 5) {
		c.Y = append(c.Y, tick{short(top + y(at)), number(at)})
	}
	for _, at := range ticks(0, last, 5) {
		if at == math.Trunc(at) {
			c.X = append(c.X, tick{short(left + x(at)), count(int64(at))})
		}
	}
	return c
}

// short is a coordinate to a tenth.
func short(x float64) string { return strconv.FormatFloat(math.Round(10*x)/10, 'f', -1, 64) }

// ticks are round numbers in a range, about as many as are asked for.
func ticks(from, to float64, many int) (list []float64) {
	rough := (to - from) / float64(many)
	ten := math.Pow(10, math.Floor(math.Log10(rough)))
	step := 10 * ten
	for _, m := range []float64{5, 2, 1} {
		if m*ten >= rough*(1-1e-9) {
			step = m * ten
		}
	}
	for k := math.Ceil(from/step - 1e-9); k*step <= to+1e-9*step && len(list) < 2*many+2; k++ {
		list = append(list, k*step)
	}
	return list
}

// number is a figure as people read it, with a minus sign.
func number(x float64) string {
	if x == 0 { // or −0
		return "0"
	}
	text := strconv.FormatFloat(x, 'g', 4, 64)
	if math.Abs(x) >= 1e4 && math.Abs(x) < 1e6 {
		text = strconv.FormatFloat(x, 'f', 0, 64)
	}
	return strings.ReplaceAll(strings.Replace(text, "e+", "e", 1), "-", "−")
}

// count is a whole number with its digits in groups of three.
func count(n int64) string {
	text := strconv.FormatInt(n, 10)
	for k := len(text) - 3; k > 0 && text[k-1] != '-'; k -= 3 {
		text = text[:k] + " " + text[k:]
	}
	return text
}

// counted is a number of things.
func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return count(int64(n)) + " " + many
}
