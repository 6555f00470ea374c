//go:build !purego

package kernels

// winogradVector runs the transform if the channels fill whole vectors.
func winogradVector(kind winogradKind, w *WinogradTiles) bool {
	if Active() != NEON || w.Channels%4 != 0 {
		return false
	}
	tmp := &w.tmp()[0]
	image, row, col, next := &w.Image[0], 4*w.Row, 4*w.Col, 4*(w.Next-w.Channels)
	planes, step := &w.Planes[0], 4*w.Step
	switch kind {
	case winogradInput:
		winogradInputNEON(image, row, col, next, planes, step, w.Tiles, w.Channels, tmp)
	case winogradCotangent:
		winogradCotangentNEON(image, row, col, next, planes, step, w.Tiles, w.Channels, tmp)
	case winogradWeights:
		winogradWeightsNEON(image, row, col, next, planes, step, w.Tiles, w.Channels, tmp)
	case winogradOutput:
		winogradOutputNEON(image, row, col, next, planes, step, w.Tiles, w.Channels, tmp)
	case winogradGradient:
		winogradGradientNEON(image, row, col, next, planes, step, w.Tiles, w.Channels, tmp)
	}
	return true
}
