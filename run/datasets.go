package run

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/amgen/amgen/flows/science"
	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/internal/mistake"
	"github.com/amgen/amgen/internal/terminal"
)

// KnownDataset returns a [ConfigError] that lists what there is, unless there is a data set of that name, of images
// or of points. It opens nothing.
func KnownDataset(name string) error {
	known := fmt.Sprintf("%s (images), %s (points)", strings.Join(imaging.Names(), ", "), strings.Join(science.Names(),
		", "))
	if name == "" {
		return mistake.New("no data set given; pass {dataset} with one of %s", known)
	}
	if science.Known(name) {
		return nil
	}
	if err := imaging.Known(name); isFolder(name) && err != nil {
		return mistake.Wrap(err)
	} else if err != nil {
		return mistake.New("unknown data set %q; %s%s", name, adviseName(name, known),
			mistake.Meant(name, append(imaging.Names(), science.Names()...)))
	}
	return nil
}

// adviseName says what to choose instead of a name that no data set has: a path gets the word before it.
func adviseName(name, known string) string {
	paths, _ := science.SplitSnapshots(name)
	ext := strings.ToLower(filepath.Ext(paths[0]))
	switch {
	case slices.Contains([]string{".csv", ".tsv", ".txt", ".h5ad", ".npz", ".npy"}, ext):
		return fmt.Sprintf("choose snapshots:%s for a table of cells", name)
	case strings.ContainsAny(name, `/\`):
		return fmt.Sprintf("choose folder:%s for a folder of pictures, or snapshots:FILE for a table of cells", name)
	}
	return "choose one of " + known
}

func isFolder(name string) bool {
	_, folder := imaging.CutFolder(name)
	return folder
}

// LoadImages is [imaging.Load] that tells what it does: which folder it opens, before it does, since a run's
// configuration may name any; and what was done to the files in it. Its error is a [ConfigError] for an unknown name.
func LoadImages(ctx context.Context, name string, split imaging.Split, opts imaging.Options,
	out Output) (*imaging.Dataset, error) {
	if err := KnownDataset(name); err != nil {
		return nil, err
	}
	sayFolder(name, out)
	return loadImages(ctx, name, split, opts, out)
}

// sayFolder tells that a folder is going to be opened.
func sayFolder(name string, out Output) {
	if isFolder(name) {
		out.logf("data: reading the pictures of %s", name)
	}
}

func loadImages(ctx context.Context, name string, split imaging.Split, opts imaging.Options,
	out Output) (*imaging.Dataset, error) {
	opts.Progress = out.Progress
	data, err := imaging.Load(ctx, name, split, opts)
	if err == nil {
		for _, line := range data.Found.Remarks() {
			out.logf("data: %s: %s", name, line)
		}
	}
	return data, err
}

// CheckName is a [ConfigError] unless a name, of what, is UTF-8: files that a run keeps can hold no other.
func CheckName(what, name string) error {
	if utf8.ValidString(name) {
		return nil
	}
	return mistake.New("%s %s isn't UTF-8, and no file that amgen writes can keep it; rename the file or folder, or "+
		"make a link to it", what, terminal.Word(name))
}
