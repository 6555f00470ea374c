package evaluate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/draw"
)

// What reports say of the classes that images were given, beside a list of classes.
const (
	ownClass = "own"
	noClass  = "none"
)

// toldImages are images whose likelihood is computed, with what the network is told beside them.
type toldImages struct {
	images   *imaging.Dataset
	numbers  []int32 // of the run for each of the images' classes; nil where no class is told
	guidance flows.Guidance
	text     string // for the report, empty for a run without classes
}

// classes are what images first, first+1, … are told, nil for no class.
func (d toldImages) classes(first, count int) []int32 {
	if d.numbers == nil {
		return nil
	}
	list := make([]int32, count)
	for i := range list {
		list[i] = d.numbers[d.images.Labels[first+i]]
	}
	return list
}

// of names the classes whose images alone were taken.
func (d toldImages) of() string {
	if d.numbers == nil || d.text == ownClass {
		return ""
	}
	return " of class " + d.text
}

// asked is what the line for a terminal says of classes and guidance.
func (r BPDReport) asked() (text string) {
	if r.Samples.Class != "" {
		text = ", class " + r.Samples.Class
	}
	if r.Samples.Guidance != 0 {
		text += ", " + r.Samples.Guided.Text()
	}
	return text
}

// told decides which of the held-out images are taken, and what the network is told of their classes.
func (o *bpdOptions) told(trained *run.Trained, data *imaging.Dataset, std term.Streams) (d toldImages, err error) {
	d.images = data
	asked := draw.Options{}
	if asked.Classes, err = o.classes.Of(trained); err != nil {
		return d, err
	}
	if asked.Guidance, err = o.classes.Guidance(); err != nil {
		return d, err
	}
	learned := trained.Plan.Classes
	if err := asked.CheckClasses(learned); err != nil || learned == nil {
		return d, err
	}
	d.guidance, d.text = asked.Guidance, noClass
	anyClass := slices.Contains(asked.Classes, flows.NoClass)
	switch {
	case anyClass && slices.Max(asked.Classes) != flows.NoClass:
		return d, flags.Usagef("--class %s for all images and other classes for some are two likelihoods; ask for one",
			noClass)
	case anyClass:
		return d, nil
	case data.Labels == nil && (asked.Classes != nil || asked.Guidance.Weight != 0):
		return d, flags.Usagef("the held-out images of %s have no classes; put those of each class into a folder "+
			"named like it, or pass --class %s", data.Name, noClass)
	case data.Labels == nil:
		fmt.Fprintf(std.Err, "eval: the held-out images of %s have no classes: this is the likelihood without one\n",
			data.Name)
		return d, nil
	}
	return d, d.own(asked.Classes, learned.Names)
}

// own takes the images of some classes, all for nil, and tells each its own.
func (d *toldImages) own(asked []int32, names []string) (err error) {
	for _, class := range d.images.Classes {
		d.numbers = append(d.numbers, int32(slices.Index(names, class))) // flows.NoClass where there is none
	}
	if d.text = ownClass; asked != nil {
		d.text = flags.ClassList(names, asked)
		d.images, err = d.images.OfClasses(func(label int32) bool { return slices.Contains(asked, d.numbers[label]) })
		return err
	}
	var unknown []string
	for _, label := range d.images.Labels {
		if name := d.images.Classes[label]; d.numbers[label] == flows.NoClass && !slices.Contains(unknown, name) {
			unknown = append(unknown, name)
		}
	}
	if unknown != nil {
		return flags.Usagef("the run hasn't learned some classes of the held-out images of %s (%s); pass the "+
			"learned ones as --class, or --class %s", d.images.Name,
			strings.Join(unknown[:min(3, len(unknown))], ", "), noClass)
	}
	return nil
}
