//go:build !purego

package kernels

// winogradVector runs the transform with the widest vectors that the channels fill, if there are any.
func winogradVector(kind winogradKind, w *WinogradTiles) bool {
	level := Active()
	if level == AVX512 && w.Channels%16 != 0 {
		level = AVX2
	}
	if level < AVX2 || w.Channels%8 != 0 {
		return false
	}
	tmp := &w.tmp()[0]
	if level == AVX512 {
		w.avx512(kind, tmp)
	} else {
		w.avx2(kind, tmp)
	}
	return true
}

func (w *WinogradTiles) avx512(kind winogradKind, tmp *float32) {
	image, row, col, next := &w.Image[0], 4*w.Row, 4*w.Col, 4*(w.Next-w.Channels)
	planes, step := &w.Planes[0], 4*w.Step
	switch kind {
	case winogradInput:
		winogradInputAVX512(image, row, col, next, planes, step, w.Tiles, w.Channels, tmp)
	case winogradCotangent:
		winogradCotangentAVX512(image, row, col, next, planes, step, w.Tiles, w.Channels, tmp)
	case winogradWeights:
		winogradWeightsAVX512(image, row, col, next, planes, step, w.Tiles, w.Channels, tmp)
	case winogradOutput:
		winogradOutputAVX512(image, row, col, next, planes, step, w.Tiles, w.Channels, tmp)
	case winogradGradient:
		winogradGradientAVX512(image, row, col, next, planes, step, w.Tiles, w.Channels, tmp)
	}
}

func (w *WinogradTiles) avx2(kind winogradKind, tmp *float32) {
	image, row, col, next := &w.Image[0], 4*w.Row, 4*w.Col, 4*(w.Next-w.Channels)
	planes, step := &w.Planes[0], 4*w.Step
	switch kind {
	case winogradInput:
		winogradInputAVX2(image, row, col, next, planes, step, w.Tiles, w.Channels, tmp)
	case winogradCotangent:
		winogradCotangentAVX2(image, row, col, next, planes, step, w.Tiles, w.Channels, tmp)
	case winogradWeights:
		winogradWeightsAVX2(image, row, col, next, planes, step, w.Tiles, w.Channels, tmp)
	case winogradOutput:
		winogradOutputAVX2(image, row, col, next, planes, step, w.Tiles, w.Channels, tmp)
	case winogradGradient:
		winogradGradientAVX2(image, row, col, next, planes, step, w.Tiles, w.Channels, tmp)
	}
}
