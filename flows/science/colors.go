package science

import (
	"image/color"

	"gonum.org/v1/plot/palette"
	"gonum.org/v1/plot/palette/moreland"
)

// TimeColors is the scale of pictures for times: from dark violet to yellow, as viridis of matplotlib goes, through its
// colours at nine even steps. It rises in brightness, so that the colour-blind can read it.
func TimeColors() palette.ColorMap {
	m, err := moreland.NewLuminance([]color.Color{
		color.NRGBA{68, 1, 84, 255}, color.NRGBA{71, 44, 122, 255}, color.NRGBA{59, 81, 139, 255},
		color.NRGBA{44, 113, 142, 255}, color.NRGBA{33, 144, 141, 255}, color.NRGBA{39, 173, 129, 255},
		color.NRGBA{92, 200, 99, 255}, color.NRGBA{170, 220, 50, 255}, color.NRGBA{253, 231, 37, 255}})
	if err != nil {
		panic(err) // the colours are constants
	}
	return m
}

// tint is the colour of layer k of so many.
func tint(k, of int) color.Color {
	colors := TimeColors()
	colors.SetMin(0)
	colors.SetMax(float64(max(1, of-1)))
	c, err := colors.At(float64(k))
	if err != nil {
		panic(err) // it is in the range
	}
	return c
}
