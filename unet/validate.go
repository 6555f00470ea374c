package unet

import (
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strings"

	"github.com/dustin/go-humanize/english"
)

// Bounds of a Config. Networks beyond them have more parameters than machines have memory; within them no count
// overflows.
const (
	mostSize     = 1 << 14
	mostChannels = 1 << 16
	mostBlocks   = 256
	mostClasses  = 1 << 16
)

// FieldError says which field of a [Config] doesn't fit, and what would.
type FieldError struct {
	Field   string // its name in Config
	Problem string // what is wrong with it, as in "must be at least 1, got 0"
}

// Error implements error.
func (e *FieldError) Error() string { return "unet: " + e.Field + " " + e.Problem }

// Validate returns a [*FieldError] unless there is a network of c.
func (c Config) Validate() error {
	for _, check := range []func() *FieldError{c.checkImage, c.checkChannels, c.checkChoices, c.checkResolutions} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func fail(field, problem string, args ...any) *FieldError {
	return &FieldError{field, fmt.Sprintf(problem, args...)}
}

// within is an error unless got is in [least, most].
func within(field string, got, least, most int) *FieldError {
	if got < least || got > most {
		return fail(field, "must be from %d to %d, got %d", least, most, got)
	}
	return nil
}

func (c Config) checkImage() *FieldError {
	if err := within("Size", c.Size, 1, mostSize); err != nil {
		return err
	}
	if err := within("Channels", c.Channels, 1, mostChannels); err != nil {
		return err
	}
	if err := within("Patch", c.patch(), 1, c.Size); err != nil {
		return err
	}
	if c.Patch < 0 || c.Size%c.patch() != 0 {
		return fail("Patch", "must divide the images of %d×%d pixels, got %d", c.Size, c.Size, c.Patch)
	}
	return within("ConditionChannels", c.ConditionChannels, 0, mostChannels)
}

func (c Config) checkChannels() *FieldError {
	switch {
	case c.Base < 4 || c.Base%4 != 0 || c.Base > mostChannels:
		return fail("Base", "must be a multiple of 4, since channels are normalised in groups of 4 or more, "+
			"and at most %d; got %d", mostChannels, c.Base)
	case c.Convention == Authors && c.Base%authorsGroups != 0:
		return fail("Base", "must be a multiple of %d by the convention of %s, which normalises in %d groups; got %d",
			authorsGroups, c.Convention, authorsGroups, c.Base)
	case len(c.Multipliers) == 0:
		return fail("Multipliers", "must be one for each resolution, such as 1,2,2; got none")
	}
	for _, m := range c.Multipliers {
		if m < 1 || m > mostChannels/c.Base {
			return fail("Multipliers", "of %d channels must be from 1 to %d, got %s", c.Base, mostChannels/c.Base,
				listed(c.Multipliers))
		}
	}
	return within("Blocks", c.Blocks, 1, mostBlocks)
}

func (c Config) checkChoices() *FieldError {
	switch {
	case !(c.Dropout >= 0 && c.Dropout < 1): // NaN too
		return fail("Dropout", "must be a probability below 1, got %g", c.Dropout)
	case !(c.TimeScale >= 0) || math.IsInf(c.TimeScale, 0):
		return fail("TimeScale", "must be a positive number, got %g", c.TimeScale)
	case c.TimeScale != 0 && c.TimeScale <= leastTimeScale:
		return fail("TimeScale", "must be more than %g, the angle of the slowest component, got %g", leastTimeScale,
			c.TimeScale)
	case c.Form != InnerProduct && c.Form != Quadratic:
		return fail("Form", "must be InnerProduct or Quadratic, got %d", int(c.Form))
	case c.Convention != Amgen && c.Convention != Authors:
		return fail("Convention", "must be Amgen or Authors, got %d", int(c.Convention))
	case c.Classes > 0 && c.Convention == Authors:
		return fail("Classes", "must be 0 by the convention of %s, whose networks have none; got %d", c.Convention,
			c.Classes)
	}
	if c.Augment > 0 && c.Convention == Authors {
		return fail("Augment", "must be 0 by the convention of %s, whose networks aren't told; got %d", c.Convention,
			c.Augment)
	}
	if err := within("Augment", c.Augment, 0, mostClasses); err != nil {
		return err
	}
	return within("Classes", c.Classes, 0, mostClasses)
}

func (c Config) checkResolutions() *FieldError {
	halvings, most := len(c.Multipliers)-1, bits.TrailingZeros(uint(c.finest()))
	if halvings > most {
		return fail("Multipliers", "must be at most %s for images of %d×%d pixels, which each but the first halves; "+
			"got %d numbers: %s", english.Plural(most+1, "number", ""), c.finest(), c.finest(), len(c.Multipliers),
			listed(c.Multipliers))
	}
	resolutions := c.resolutions()
	for i, r := range c.Attention {
		if !slices.Contains(resolutions, r) {
			return fail("Attention", "must be at resolutions of the network, which has %s pixels; got %s",
				listed(resolutions), listed(c.Attention))
		}
		if slices.Contains(c.Attention[:i], r) {
			return fail("Attention", "must name each resolution once, got %s", listed(c.Attention))
		}
	}
	return nil
}

// listed is a list as a user writes it. A long one is cut.
func listed(numbers []int) string {
	const most = 20
	var words []string
	for i, n := range numbers {
		if i == most {
			words = append(words, "…")
			break
		}
		words = append(words, fmt.Sprint(n))
	}
	return strings.Join(words, ",")
}
