package run

import (
	"context"
	"encoding/json"
	"fmt"
	"math/bits"
	"slices"
	"strings"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/internal/mistake"
	"github.com/amgen/amgen/internal/terminal"
	"github.com/amgen/amgen/weights"
)

// Classes are the classes that a run learns to tell apart. Class i is told to the network as the number i.
type Classes struct {
	Names []string `json:"names"`
	// Counts are the images of each class in the training split; nil where they aren't known.
	Counts []int `json:"counts"`
}

// Len is the number of classes.
func (c *Classes) Len() int { return len(c.Names) }

// Frequencies are the shares of the classes in the training split, which sum to 1; all alike where its counts aren't
// known.
func (c *Classes) Frequencies() []float64 {
	shares := make([]float64, c.Len())
	total := c.total()
	for i := range shares {
		shares[i] = float64(c.count(i)) / float64(total)
	}
	return shares
}

func (c *Classes) count(i int) int {
	if c.Counts == nil {
		return 1
	}
	return c.Counts[i]
}

func (c *Classes) total() (n int) {
	for i := range c.Names {
		n += c.count(i)
	}
	return n
}

// goldenTurn is 2⁶⁴ times the golden ratio's fraction. Its multiples mod 2⁶⁴ are evenly spread, each number of them.
const goldenTurn = 0x9e3779b97f4a7c15

// Of is the class of sample k where none is asked for: the frequencies' class at (k + 1)·φ mod 1, φ the golden ratio.
// So any run of samples has each class about as often as the training split, and sample k the same one always.
func (c *Classes) Of(k int) int32 {
	at, _ := bits.Mul64((uint64(k)+1)*goldenTurn, uint64(c.total()))
	left := int(at)
	for i := range c.Names {
		if left -= c.count(i); left < 0 {
			return int32(i)
		}
	}
	return int32(c.Len() - 1) // never: at is below the total
}

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
			"run", c.Dataset, listedClasses(images.Classes), listedClasses(c.ClassNames))
	}
	return &Classes{Names: c.ClassNames, Counts: images.ClassCounts()}, nil
}

// listedClasses are names in one line, cut where there are many.
func listedClasses(names []string) string {
	const most = 12
	if len(names) == 0 {
		return "none"
	}
	var words []string
	for _, name := range names[:min(most, len(names))] {
		words = append(words, terminal.Word(name))
	}
	if len(names) > most {
		words = append(words, fmt.Sprintf("and %d more", len(names)-most))
	}
	return strings.Join(words, ", ")
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
			"class_names in %s back, or train another run", c.Step, listedClasses(was.Names),
			listedClasses(p.Classes.Names), ConfigName)
	}
	if err := was.check(); err != nil {
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

// check returns an error unless there is a count of each class, and their sum is one of images.
func (c *Classes) check() error {
	if len(c.Counts) != len(c.Names) {
		return fmt.Errorf("%d counts of %d classes", len(c.Counts), len(c.Names))
	}
	const most = 1 << 40
	total := 0
	for _, n := range c.Counts {
		if n < 0 || n > most-total {
			return fmt.Errorf("a count of %d images", n)
		}
		total += n
	}
	if total == 0 {
		return fmt.Errorf("no image in %d classes", len(c.Names))
	}
	return nil
}
