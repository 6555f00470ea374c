package evaluate

import (
	"errors"
	"fmt"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/eval/arrayfile"
	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/memory"
)

// role is what a set is to the comparison.
type role string

const (
	samplesRole   role = "samples"
	referenceRole role = "reference"
)

// rangeFlag sets the range of pixels of a set.
func (r role) rangeFlag() string {
	if r == referenceRole {
		return "--reference-range"
	}
	return "--range"
}

// parseRanges reads the flags of both sets.
func parseRanges(samples, reference string) (map[role]*arrayfile.PixelRange, error) {
	ranges := map[role]*arrayfile.PixelRange{}
	for r, text := range map[role]string{samplesRole: samples, referenceRole: reference} {
		if text == "" {
			continue
		}
		given, err := arrayfile.ParsePixelRange(text)
		if err != nil {
			return nil, flags.Usagef("%s takes the numbers of black and white, as -1,1 or 0,255, got %q", r.rangeFlag(),
				text)
		}
		ranges[r] = &given
	}
	return ranges, nil
}

// openArrays reads a .npy or .npz.
func (e evaluation) openArrays(r role, path string, limit int) (*eval.Set, error) {
	set, err := arrayfile.Open(path, arrayfile.Options{Limit: limit, Range: e.ranges[r], Memory: memory.There(),
		Labels: e.metric.Labelled && r == samplesRole})
	var unclear *arrayfile.RangeError
	if !errors.As(err, &unclear) {
		return set, inFlags(err)
	}
	text := fmt.Sprintf("%s has %s pass %s with the numbers of black and white", unclear.Name, unclear.What,
		r.rangeFlag())
	switch {
	case unclear.Drawn:
		text = fmt.Sprintf("%s has %s pass %s %s if amgen sample wrote it, else undo a normalisation by mean and "+
			"deviation, or pass the numbers of black and white", unclear.Name, unclear.What, r.rangeFlag(),
			unclear.Ranges)
	case unclear.Ranges != "":
		text += ", as " + unclear.Ranges
	}
	return nil, errors.New(text + unclear.Hint)
}

// datasetSet are the images of a data set, or as many as limit says from all over it.
func datasetSet(name string, d *imaging.Dataset, limit int) (*eval.Set, error) {
	set, err := eval.ArraySet(name, &eval.ImageArray{Pixels: d.Images, Labels: d.Labels, Height: d.Height,
		Width: d.Width, Channels: d.Channels}, limit)
	if err == nil {
		set.Classes = d.Classes
	}
	return set, err
}
