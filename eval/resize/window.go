package resize

import "math"

// window is what one output pixel sums along an axis: inputs from first on, each by its weight.
type window struct {
	first   int
	weights []float64
}

// mix is a row of the output, the weighted sum of rows of so many values.
func (w window) mix(dst, rows []float32, size int) {
	rows = rows[w.first*size : (w.first+len(w.weights))*size]
	switch len(w.weights) {
	case 1:
		copy(dst, rows) // the weight is 1
	case 2: // of so few, sums of float32 are within 1e-4 of a grey level
		u, v := float32(w.weights[0]), float32(w.weights[1])
		a, b := rows[:size], rows[size:]
		for i := range dst {
			dst[i] = u*a[i] + v*b[i]
		}
	case 4:
		s, t, u, v := float32(w.weights[0]), float32(w.weights[1]), float32(w.weights[2]), float32(w.weights[3])
		a, b, c, d := rows[:size], rows[size:2*size], rows[2*size:3*size], rows[3*size:]
		for i := range dst {
			dst[i] = s*a[i] + t*b[i] + (u*c[i] + v*d[i])
		}
	default:
		for i := range dst {
			sum := 0.0
			for k, weight := range w.weights {
				sum += weight * float64(rows[k*size+i])
			}
			dst[i] = float32(sum)
		}
	}
}

// windows returns the function that gives the windows of an axis.
func (m Mode) windows() func(in, out int) []window {
	switch m {
	case LegacyTF:
		return func(in, out int) []window {
			scale := float32(in) / float32(out)
			return linear(in, out, func(i int) float64 { return float64(float32(i) * scale) })
		}
	case LegacyPyTorch:
		return func(in, out int) []window {
			scale := float64(float32(in) / float32(out))
			return linear(in, out, func(i int) float64 { return max(0, (float64(i)+0.5)*scale-0.5) })
		}
	default:
		return bicubic
	}
}

// linear interpolates between the two neighbours of each position; past the last pixel there is only the last.
// TensorFlow rounds scale and position to float32, PyTorch's CPU code the scale alone; at pixel 500 that moves a value
// by up to 0.004 grey levels.
func linear(in, out int, position func(i int) float64) []window {
	windows := make([]window, out)
	for i := range windows {
		at := position(i)
		first := min(int(at), in-1)
		windows[i] = window{first: first, weights: []float64{1}}
		if second := at - float64(first); second > 0 && first+1 < in {
			windows[i].weights = []float64{1 - second, second}
		}
	}
	return windows
}

// bicubic is Pillow's resampling: the cubic kernel, stretched by the scale where it shrinks, at the pixels whose
// centres it covers, with weights scaled to the sum 1.
func bicubic(in, out int) []window {
	const radius = 2
	windows := make([]window, out)
	scale := float64(in) / float64(out)
	stretch := max(scale, 1)
	for i := range windows {
		centre := (float64(i) + 0.5) * scale
		first := max(0, int(centre-radius*stretch+0.5))
		end := min(in, int(centre+radius*stretch+0.5))
		w := window{first: first, weights: make([]float64, end-first)}
		sum := 0.0
		for k := range w.weights {
			w.weights[k] = cubic((float64(first+k) - centre + 0.5) / stretch)
			sum += w.weights[k]
		}
		for k := range w.weights {
			w.weights[k] /= sum
		}
		windows[i] = w
	}
	return windows
}

// cubic is the convolution kernel of Keys, Cubic Convolution Interpolation for Digital Image Processing, 1981, with
// a = −½.
func cubic(x float64) float64 {
	const a = -0.5
	switch x = math.Abs(x); {
	case x < 1:
		return ((a+2)*x-(a+3))*x*x + 1
	case x < 2:
		return (((x-5)*x+8)*x - 4) * a
	default:
		return 0
	}
}
