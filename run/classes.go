package run

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/internal/mistake"
	"github.com/amgen/amgen/run/classes"
	"github.com/amgen/amgen/weights"
)

// Classes are the classes that a run learns to tell apart.
type Classes = classes.Classes

// ClassOf is the class of sample k where none is asked for: that of the image that is restored, or [Classes.Of]. A
// class that isn't the run's is [flows.NoClass]. The source must have classes.
func (s *Source) ClassOf(k int) int32 {
	if !s.Restores() || s.images == nil {
		return s.Classes.Of(k)
	}
	if s.images.Labels == nil {
		return flows.NoClass
	}
	i := slices.Index(s.Classes.Names, s.images.Classes[s.images.Labels[k]])
	return int32(i) // flows.NoClass where there is none
}

// mostClassNames bounds the names of all classes in bytes, so that a configuration of them isn't too large to be read.
const mostClassNames = 1 << 17

// nameClasses fills in the names of the data set's classes, where the run has classes and they aren't known yet.
func (c *Config) nameClasses(ctx context.Context) error {
	if !c.Classes || c.ClassNames != nil {
		return nil
	}
	names, err := imaging.ClassNames(ctx, c.Dataset)
	if err != nil {
		return mistake.Wrap(err)
	}
	total := 0
	for _, name := range names {
		if err := CheckName("the class", name); err != nil {
			return err
		}
		total += len(name)
	}
	if total > mostClassNames {
		return mistake.New("the names of the %d classes of %s take %d bytes, and a configuration keeps %d at most; "+
			"use shorter or fewer ones", len(names), c.Dataset, total, mostClassNames)
	}
	c.ClassNames = names
	return nil
}

// classes are those that the configuration names, nil of a run without.
func (c Config) classes() *Classes {
	if !c.Classes {
		return nil
	}
	return &Classes{Names: c.ClassNames}
}

// classesIn are the configuration's classes with their counts in images; nil of a run without. Images of other classes
// are an error.
func (c Config) classesIn(images *imaging.Dataset) (*Classes, error) {
	if !c.Classes {
		return nil, nil
	}
	if images.Labels == nil || !slices.Equal(images.Classes, c.ClassNames) {
		return nil, mistake.New("%s has the classes %s, and the run is to have %s; bring those back, or train another "+
			"run", c.Dataset, classes.Listed(images.Classes), classes.Listed(c.ClassNames))
	}
	return &Classes{Names: c.ClassNames, Counts: images.ClassCounts()}, nil
}

// CheckClasses refuses a checkpoint of other classes than the plan's. One that keeps none, as of imported weights, is
// none of other classes: the architecture tells whether there are some.
func (p *Plan) CheckClasses(c *weights.Checkpoint) error {
	_, err := p.trainedClasses(c)
	return err
}

// trainedClasses are those that a checkpoint keeps, nil for none.
func (p *Plan) trainedClasses(c *weights.Checkpoint) (*Classes, error) {
	text := c.Extra[ClassesKey]
	if text == nil || p.Classes == nil {
		return nil, nil
	}
	var was Classes
	if err := json.Unmarshal(text, &was); err != nil {
		return nil, fmt.Errorf("classes in the checkpoint of step %d: %w; it is damaged", c.Step, err)
	}
	if !slices.Equal(was.Names, p.Classes.Names) {
		return nil, fmt.Errorf("the classes in the checkpoint of step %d are %s, and the configuration's are %s; set "+
			"class_names in %s back, or train another run", c.Step, classes.Listed(was.Names),
			classes.Listed(p.Classes.Names), ConfigName)
	}
	if err := was.Check(); err != nil {
		return nil, fmt.Errorf("classes in the checkpoint of step %d: %w; it is damaged", c.Step, err)
	}
	return &was, nil
}

// adoptClasses takes the counts of the classes from a checkpoint. One without leaves them open, with a line in the log.
func (p *Plan) adoptClasses(c *weights.Checkpoint, out Output) error {
	was, err := p.trainedClasses(c)
	switch {
	case was != nil:
		p.Classes = was
	case err == nil && p.Classes != nil:
		out.logf("amgen: the checkpoint of step %d doesn't tell how many images each class had: samples take the "+
			"classes evenly", c.Step)
	}
	return err
}
