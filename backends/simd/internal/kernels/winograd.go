package kernels

import "fmt"

// WinogradInput is one of the four steps of the input transform of F(2×2, 3×3), for a row of tiles: it combines input
// rows a and b, a + b or a − b, and transforms the result d across the four columns of each tile:
//
//	dst[j·step + t·channels + c] for j = 0 … 3: d0 − d2, d1 + d2, d2 − d1, d1 − d3,
//
// where dj is at [(2t + j)·channels + c] of the rows.
func WinogradInput(dst []float32, step int, a, b []float32, subtract bool, tiles, channels int) {
	if n := (2*tiles + 2) * channels; len(a) < n || len(b) < n || len(dst) < 3*step+tiles*channels {
		panic(fmt.Sprintf("kernels: WinogradInput of %d tiles and %d channels, got rows of %d and %d elements and %d for the result",
			tiles, channels, len(a), len(b), len(dst)))
	}
	if tiles > 0 && channels > 0 {
		winogradInput(dst, step, a, b, subtract, tiles, channels)
	}
}

// WinogradOutput is the output transform of F(2×2, 3×3) for a row of tiles: it makes the 2×2 outputs of each tile from
// its 16 products m_ij at src[(4i + j)·step + t·features + o], first across, y_i0 = m_i1 + m_i2 + m_i0 and y_i1 = m_i1 −
// m_i2 − m_i3, then down in the same way. Output (0, j) is at top[(2t + j)·features + o], (1, j) there in bottom.
func WinogradOutput(top, bottom, src []float32, step, tiles, features int) {
	if n := 2 * tiles * features; len(top) < n || len(bottom) < n || len(src) < 15*step+tiles*features {
		panic(fmt.Sprintf("kernels: WinogradOutput of %d tiles and %d features, got rows of %d and %d elements and %d products",
			tiles, features, len(top), len(bottom), len(src)))
	}
	if tiles > 0 && features > 0 {
		winogradOutput(top, bottom, src, step, tiles, features)
	}
}
