package imaging

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// ClassNames names the classes of the training split of a data set, in the order of the labels that [Load] gives. Of a
// folder they are the folders right below the split's, which are listed and not read. A data set without classes, as a
// folder with pictures that lie in none, is an error that says what to do.
func ClassNames(ctx context.Context, name string) ([]string, error) {
	if !strings.HasPrefix(name, folderPrefix) {
		s, err := lookup(name)
		if err != nil {
			return nil, err
		}
		if s.classes == nil {
			return nil, fmt.Errorf("imaging: classes of %s, which has none; take another data set", name)
		}
		return slices.Clone(s.classes), nil
	}
	f, err := openFolder(ctx, name)
	if err != nil {
		return nil, err
	}
	root, w, err := f.pictures(ctx, Train)
	if err != nil {
		return nil, err
	}
	_, classes := folderClasses(root, w.paths)
	if len(classes) < 2 {
		return nil, fmt.Errorf("imaging: classes of %s, got %s; put the pictures of each class into a folder of its "+
			"own there, two or more", root, flatOrOne(classes))
	}
	return classes, nil
}

// OfClasses keeps the images whose labels are wanted. Labels and classes keep their numbers. A set without labels, and
// one of which no image is wanted, are errors.
func (d *Dataset) OfClasses(wanted func(label int32) bool) (*Dataset, error) {
	if d.Labels == nil {
		return nil, fmt.Errorf("imaging: classes of %s, which has none; take another data set", d.Name)
	}
	var pixels []uint8
	var labels []int32
	for i, label := range d.Labels {
		if wanted(label) {
			pixels, labels = append(pixels, d.Image(i)...), append(labels, label)
		}
	}
	if labels == nil {
		return nil, fmt.Errorf("imaging: the images of %s, got none of the classes asked for; ask for others", d.Name)
	}
	out, err := New(d.Name, d.Split, pixels, labels, d.Height, d.Width, d.Channels)
	if err == nil {
		out.Classes = d.Classes
	}
	return out, err
}

// flatOrOne says why a folder has no classes.
func flatOrOne(classes []string) string {
	if len(classes) == 1 {
		return fmt.Sprintf("all pictures in the one folder %s", classes[0])
	}
	return "pictures that lie in no folder"
}
