package cli

import (
	"fmt"
	"image"
	"os"
	"path/filepath"
	"time"

	"github.com/amgen/amgen/imaging"
)

// frameDelay is how long a .gif shows a state.
const frameDelay = 80 * time.Millisecond

// write puts the samples where the user wants them: a grid on stdout or in a file, grids in an animation, numbers, or
// one file each.
func (o *sampleOptions) write(d *drawing, std streams) error {
	if !o.pictures() {
		return o.writeNumbers(d)
	}
	if o.kind() == ".gif" && !o.manyFiles() {
		return o.writeGIF(d)
	}
	pixels, err := d.pixels(d.samples, o.seed)
	if err != nil {
		return err
	}
	if o.manyFiles() {
		return o.writeEach(pixels, d, std)
	}
	grid, err := o.gridOf(pixels, d)
	if err != nil {
		return err
	}
	if o.out == "" {
		return imaging.EncodePNG(std.out, grid)
	}
	return imaging.WritePNG(o.out, grid)
}

func (o *sampleOptions) gridOf(pixels []uint8, d *drawing) (image.Image, error) {
	return imaging.Grid(pixels, o.n*o.tiles, d.dims[0], d.dims[1], d.dims[2], o.grid())
}

// writeGIF writes a grid for each time.
func (o *sampleOptions) writeGIF(d *drawing) error {
	var frames []image.Image
	for _, state := range d.states {
		pixels, err := d.pixels(state, o.seed)
		if err != nil {
			return err
		}
		grid, err := o.gridOf(pixels, d)
		if err != nil {
			return err
		}
		frames = append(frames, grid)
	}
	return imaging.WriteGIF(o.out, frames, frameDelay)
}

// writeNumbers writes the samples as they are: array samples, [n, ...], in a .npy; in a .npz also trajectory,
// [times, n, ...], and times, where there are any, and log_weights, [n], of an unbalanced run.
func (o *sampleOptions) writeNumbers(d *drawing) error {
	samples := array{"samples", append([]int{o.n}, d.dims...), d.samples}
	if o.kind() == ".npy" {
		return writeNPY(o.out, samples)
	}
	arrays := []array{samples}
	if d.times != nil {
		var trajectory []float32
		for _, state := range d.states {
			trajectory = append(trajectory, state...)
		}
		arrays = append(arrays, array{"trajectory", append([]int{len(d.times), o.n}, d.dims...), trajectory},
			array{"times", []int{len(d.times)}, d.times})
	}
	if d.logWeights != nil {
		arrays = append(arrays, array{"log_weights", []int{o.n}, d.logWeights})
	}
	return writeNPZ(o.out, arrays)
}

func (o *sampleOptions) writeEach(pixels []uint8, d *drawing, std streams) error {
	if err := os.MkdirAll(o.out, 0o755); err != nil {
		return fmt.Errorf("make directory: %w", err)
	}
	size := o.tiles * d.size()
	for k := range o.n {
		img, err := imaging.Grid(pixels[k*size:(k+1)*size], o.tiles, d.dims[0], d.dims[1], d.dims[2], imaging.GridOptions{Cols: o.tiles})
		if err != nil {
			return err
		}
		if err := imaging.WritePNG(filepath.Join(o.out, fmt.Sprintf("%06d.png", k)), img); err != nil {
			return err
		}
	}
	fmt.Fprintf(std.err, "sample: wrote %d images to %s\n", o.n, o.out)
	return nil
}
