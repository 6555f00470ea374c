// Package resize brings images to the size that a feature network takes, by the rules under which published scores were
// computed. The rules differ enough to change a FID by several units, so a score means something only with its [Mode].
package resize

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
)

// Mode names a rule of resizing and the range that the pixels are brought to.
type Mode string

const (
	// LegacyTF is TensorFlow 1's bilinear resizing: output i reads at i·in/out, without half a pixel's shift and
	// without antialiasing. Pixels become (x − 128)/128. The FID of Heusel et al. (2017) and of torch-fidelity.
	LegacyTF Mode = "legacy-tf"
	// LegacyPyTorch is PyTorch's bilinear interpolation: output i reads at (i + ½)·in/out − ½, kept inside the image,
	// without antialiasing. Pixels become 2x/255 − 1. The FID of pytorch-fid.
	LegacyPyTorch Mode = "legacy-pytorch"
	// Clean is Pillow's bicubic filter (a = −½), widened with the scale where it shrinks, of each channel in floating
	// point, and cut off to [0, 255]. Pixels become (x − 128)/128. The FID of Parmar, Zhang and Zhu, On Aliased
	// Resizing and Surprising Subtleties in GAN Evaluation, 2022.
	Clean Mode = "clean"
)

// Modes lists the modes in the order in which help prints them.
func Modes() []Mode { return []Mode{LegacyTF, LegacyPyTorch, Clean} }

// Parse returns the mode of a name. Another name is an error that lists them.
func Parse(name string) (Mode, error) {
	var known []string
	for _, m := range Modes() {
		if string(m) == name {
			return m, nil
		}
		known = append(known, string(m))
	}
	return "", fmt.Errorf("resize: mode, got %q; choose one of %s", name, strings.Join(known, ", "))
}

// Range is the affine map x·scale + shift from grey levels to what the FID network takes under the mode.
func (m Mode) Range() (scale, shift float64) {
	if m == LegacyPyTorch {
		return 2.0 / 255, -1
	}
	return 1.0 / 128, -1
}

// maxSide bounds heights and widths, so that no product of sizes overflows.
const maxSide = 1 << 15

// outChannels is what every image comes out with; grey is repeated.
const outChannels = 3

// Resizer resizes images of one size to another. It holds the filter's weights and may be used from many goroutines.
type Resizer struct {
	mode                Mode
	height, width       int
	toHeight, toWidth   int
	vertical, alongRows []window
}

// New prepares the resizing of height×width images to toHeight×toWidth. An unknown mode, and sides that are not from
// 1 to 32768, are errors.
func New(mode Mode, height, width, toHeight, toWidth int) (*Resizer, error) {
	if _, err := Parse(string(mode)); err != nil {
		return nil, err
	}
	for _, side := range []int{height, width, toHeight, toWidth} {
		if side < 1 || side > maxSide {
			return nil, fmt.Errorf("resize: images of %d×%d to %d×%d; use sides from 1 to %d", height, width, toHeight,
				toWidth, maxSide)
		}
	}
	windows := mode.windows()
	return &Resizer{mode: mode, height: height, width: width, toHeight: toHeight, toWidth: toWidth,
		vertical: windows(height, toHeight), alongRows: windows(width, toWidth)}, nil
}

// Len is the number of values that an image has after resizing.
func (r *Resizer) Len() int { return r.toHeight * r.toWidth * outChannels }

// Run resizes images src, [n, height, width, channels] of 1 or 3 channels, into dst, [n, toHeight, toWidth, 3] in grey
// levels from 0 to 255; grey is repeated three times. Each image is the work of one goroutine, so the bits depend on
// neither their number nor the other images. Slices of other lengths, and other numbers of channels, are errors.
func (r *Resizer) Run(dst []float32, src []uint8, channels int) error {
	size := r.height * r.width * channels
	if channels != 1 && channels != outChannels {
		return fmt.Errorf("resize: images of %d channels; give grey or RGB", channels)
	}
	n := len(src) / size
	if len(src) != n*size || len(dst) != n*r.Len() {
		return fmt.Errorf("resize: %d values from %d pixels; images of %d×%d×%d take %d values for every %d pixels",
			len(dst), len(src),
			r.height, r.width, channels, r.Len(), size)
	}
	workers := min(n, runtime.GOMAXPROCS(0))
	var group sync.WaitGroup
	for w := range workers {
		group.Go(func() {
			rows := make([]float32, r.height*r.toWidth*channels)
			line := make([]float32, r.toWidth*channels)
			for i := n * w / workers; i < n*(w+1)/workers; i++ {
				r.image(dst[i*r.Len():(i+1)*r.Len()], src[i*size:(i+1)*size], channels, rows, line)
			}
		})
	}
	group.Wait()
	return nil
}

// image resizes one image: all its rows into rows, and these into the lines of dst.
func (r *Resizer) image(dst []float32, src []uint8, channels int, rows, line []float32) {
	from, to := r.width*channels, r.toWidth*channels
	for y := range r.height {
		resizeRow(rows[y*to:(y+1)*to], src[y*from:(y+1)*from], r.alongRows, channels)
	}
	for y, w := range r.vertical {
		out := dst[y*r.toWidth*outChannels : (y+1)*r.toWidth*outChannels]
		if channels == outChannels {
			w.mix(out, rows, to)
		} else {
			w.mix(line, rows, to)
			for x, v := range line {
				out[3*x], out[3*x+1], out[3*x+2] = v, v, v
			}
		}
		if r.mode == Clean {
			for i, v := range out {
				out[i] = min(max(v, 0), 255)
			}
		}
	}
}

// resizeRow resizes a row of pixels of so many channels.
func resizeRow(dst []float32, src []uint8, windows []window, channels int) {
	for x := range windows {
		w := &windows[x]
		for c := range channels {
			at := w.first*channels + c
			sum := 0.0
			for _, weight := range w.weights {
				sum += weight * float64(src[at])
				at += channels
			}
			dst[x*channels+c] = float32(sum)
		}
	}
}
