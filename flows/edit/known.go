package edit

import (
	"fmt"
)

// Known is what is known of an image in 8 bits, [height, width, channels]: a linear measurement of it.
type Known interface {
	// Project moves an image of [-1, 1] the least distance to where it has the known values.
	Project(x []float32)
	// Settle changes an image of 8 bits by as little as makes it have the known values exactly.
	Settle(levels []uint8)
	// Check is an error where it can't be known of an image of so many numbers.
	Check(size int) error
}

var _, _, _ Known = Pixels{}, Grey{}, Blocks{}

// middle is the value of a level: that of the middle of its interval in [-1, 1).
func middle(level uint8) float64 { return (float64(level)+0.5)/128 - 1 }

// Pixels are known where Fill is false.
type Pixels struct {
	Levels []uint8 // of the whole image
	Fill   []bool  // [height, width]
}

// Check implements [Known].
func (p Pixels) Check(size int) error {
	if len(p.Levels) != size || len(p.Fill) == 0 || size%len(p.Fill) != 0 {
		return fmt.Errorf("edit: %d levels with a mask of %d pixels, of an image of %d numbers; give a level for "+
			"each number, and a mask for each pixel", len(p.Levels), len(p.Fill), size)
	}
	return nil
}

// Project implements [Known].
func (p Pixels) Project(x []float32) {
	channels := len(p.Levels) / len(p.Fill)
	for i, level := range p.Levels {
		if !p.Fill[i/channels] {
			x[i] = float32(middle(level))
		}
	}
}

// Settle implements [Known].
func (p Pixels) Settle(levels []uint8) {
	channels := len(p.Levels) / len(p.Fill)
	for i, level := range p.Levels {
		if !p.Fill[i/channels] {
			levels[i] = level
		}
	}
}

// Grey is known of an image of three channels: its luma by BT.601, as [image/color] rounds it.
type Grey struct{ Levels []uint8 } // [height, width]

// luma are the weights of the channels, in 65536ths.
var luma = [3]uint32{19595, 38470, 7471}

// lumaOf is the luma of a colour.
func lumaOf(c []uint8) uint8 {
	var sum uint32
	for i, weight := range luma {
		sum += weight * uint32(c[i]) * 0x101
	}
	return uint8((sum + 1<<15) >> 24)
}

// Check implements [Known].
func (g Grey) Check(size int) error {
	if 3*len(g.Levels) != size {
		return fmt.Errorf("edit: the grey of %d pixels, of an image of %d numbers; give one for each 3, of an image "+
			"of three channels", len(g.Levels), size)
	}
	return nil
}

// Project implements [Known].
func (g Grey) Project(x []float32) {
	var weights [3]float64
	var squares float64
	for c, w := range luma {
		weights[c] = float64(w) / (1 << 16)
		squares += weights[c] * weights[c]
	}
	for i, level := range g.Levels {
		pixel, lacks := x[3*i:3*i+3], middle(level)
		for c, w := range weights {
			lacks -= w * float64(pixel[c])
		}
		for c, w := range weights {
			pixel[c] += float32(lacks * w / squares)
		}
	}
}

// Settle implements [Known]. It moves all channels together, which keeps the hue, as far as they go, and one after
// another for the last level: a step of all may pass it by.
func (g Grey) Settle(levels []uint8) {
	for i, level := range g.Levels {
		pixel := levels[3*i : 3*i+3]
		for turn := 0; ; turn++ {
			lacks := int(level) - int(lumaOf(pixel))
			if lacks == 0 {
				break
			}
			moved := pixel
			if lacks == 1 || lacks == -1 {
				c := (turn + 2) % 3 // blue first, which counts least
				moved = pixel[c : c+1]
			}
			for c, v := range moved {
				if lacks > 0 {
					moved[c] = min(254, v) + 1
				} else {
					moved[c] = max(1, v) - 1
				}
			}
		}
	}
}

// Blocks are known of an image by the means of Factor × Factor pixels: the image made smaller.
type Blocks struct {
	Levels                  []uint8 // of the small image, [height/factor, width/factor, channels]
	Width, Channels, Factor int     // Width is that of the large image
}

// NewBlocks makes Blocks of a small image for one of height × width. Sizes that don't divide are an error.
func NewBlocks(small []uint8, height, width, channels, factor int) (Blocks, error) {
	b := Blocks{small, width, channels, factor}
	return b, b.Check(height * width * channels)
}

// Check implements [Known].
func (b Blocks) Check(size int) error {
	if b.Factor < 1 || b.Width < 1 || b.Channels < 1 || b.Width%b.Factor != 0 ||
		size%(b.Width*b.Channels*b.Factor) != 0 || len(b.Levels)*b.Factor*b.Factor != size {
		return fmt.Errorf("edit: %d values for the blocks of %d×%d pixels of an image of %d numbers, %d pixels wide "+
			"with %d channels; give one for each, with a size that divides the image's", len(b.Levels), b.Factor,
			b.Factor, size, b.Width, b.Channels)
	}
	return nil
}

// blocks hands the places of the values of each block to do.
func (b Blocks) blocks(do func(level uint8, places []int)) {
	columns := b.Width / b.Factor
	places := make([]int, 0, b.Factor*b.Factor)
	for i, level := range b.Levels {
		channel, column, row := i%b.Channels, i/b.Channels%columns, i/b.Channels/columns
		places = places[:0]
		for y := range b.Factor {
			for x := range b.Factor {
				places = append(places, ((row*b.Factor+y)*b.Width+column*b.Factor+x)*b.Channels+channel)
			}
		}
		do(level, places)
	}
}

// Project implements [Known].
func (b Blocks) Project(x []float32) {
	b.blocks(func(level uint8, places []int) {
		var sum float64
		for _, at := range places {
			sum += float64(x[at])
		}
		lacks := float32(middle(level) - sum/float64(len(places)))
		for _, at := range places {
			x[at] += lacks
		}
	})
}

// Settle implements [Known]. The mean of the levels of a block is then exactly the small image's.
func (b Blocks) Settle(levels []uint8) {
	b.blocks(func(level uint8, places []int) {
		lacks := int(level) * len(places)
		for _, at := range places {
			lacks -= int(levels[at])
		}
		for lacks != 0 {
			for _, at := range places {
				switch v := levels[at]; {
				case lacks > 0 && v < 255:
					levels[at], lacks = v+1, lacks-1
				case lacks < 0 && v > 0:
					levels[at], lacks = v-1, lacks+1
				}
			}
		}
	})
}
