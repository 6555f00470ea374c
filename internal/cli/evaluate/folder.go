package evaluate

import (
	"context"
	"fmt"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/internal/cli/term"
)

// openFolder reads pictures as they are: those of a split, by default train of a folder that is named as a data set,
// which is all of it if it has no splits. A folder without splits may also be named by its path alone.
func openFolder(ctx context.Context, dir string, named imaging.Split, dataset bool, limit int,
	std term.Streams) (*eval.Set, error) {
	var images *imaging.Dataset
	var err error
	name := dir
	switch {
	case named == "" && !dataset:
		images, err = imaging.LoadFolderAsIs(ctx, dir, limit)
	case named == "":
		var splits []imaging.Split
		if splits, err = imaging.FolderSplits(ctx, imaging.FolderName(dir)); err != nil {
			return nil, err
		}
		if len(splits) > 1 || splits[0] != imaging.Train {
			name += ":" + string(imaging.Train)
		}
		images, err = imaging.LoadSplitAsIs(ctx, imaging.FolderName(dir), imaging.Train, limit)
	case named == imaging.All:
		name += ":" + string(named)
		images, err = imaging.LoadSplitAsIs(ctx, imaging.FolderName(name), imaging.Train, limit)
	default:
		name += ":" + string(named)
		images, err = imaging.LoadSplitAsIs(ctx, imaging.FolderName(name), named, limit)
	}
	if err != nil {
		return nil, err
	}
	sayFound(name, images, std)
	labels := images.Labels
	images.Labels = nil // the set is identified by its pictures alone, whatever folders they lie in
	set, err := datasetSet(name, images, limit)
	if err == nil {
		set.Labels = labels
	}
	return set, err
}

// sayFound says what was left out of a folder, and how its pictures were read.
func sayFound(name string, data *imaging.Dataset, std term.Streams) {
	for _, line := range data.Found.Remarks() {
		fmt.Fprintf(std.Err, "data: %s: %s\n", name, line)
	}
}
